# SPDX-License-Identifier: Apache-2.0
"""Replicate's predictions and Voyage's embeddings, read from JSON alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import replicate_predictions, voyage
from spanwright.semconv import content, render
from spanwright.semconv.model import Blob, Embeddings, Generic, Inference, Message, Response, Text, Uri, Usage

ENDED = {
    "id": "p",
    "model": "acme/text",
    "status": "succeeded",
    "metrics": {"input_token_count": 3, "output_token_count": 4, "predict_time": 0.5},
}
many = settings(max_examples=150, deadline=None, derandomize=True, database=None)
NAMES = [
    *("id", "model", "status", "metrics", "input_token_count", "output", "prompt", "system_prompt", "image"),
    *("seed", "top_k", "usage", "total_tokens", "output_dtype", "output_dimension", "event", "data", "url"),
]
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["done", "data:"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=15,
)


def test_a_prediction_that_has_ended_tells_its_tokens() -> None:
    assert replicate_predictions.response(ENDED) == Response(
        id="p", model="acme/text", finish_reasons=["stop"], usage=Usage(3, 4)
    )


@pytest.mark.parametrize(
    ("status", "reasons", "error"),
    [("starting", None, None), ("failed", ["error"], "failed"), ("canceled", ["error"], None)],
)
def test_a_status_is_told_in_the_conventions_words(status: str, reasons: Any, error: Any) -> None:
    read = replicate_predictions.response({"status": status})
    assert (read.finish_reasons, read.error) == (reasons, error)


@pytest.mark.parametrize(
    ("output", "parts"),
    [
        ("a text", [Text("a text")]),
        (["pieces", " of", " text"], [Text("pieces of text")]),
        (
            ["https://f.test/a.png", "https://f.test/b.mp4?x=1"],
            [Uri("image", "https://f.test/a.png"), Uri("video", "https://f.test/b.mp4?x=1")],
        ),
        ("data:image/png;base64,AA", [Blob("image", "AA", "image/png")]),
        ({"segments": [1]}, [Generic("output", {"segments": [1]})]),
        ("https://f.test/unknown", [Uri("document", "https://f.test/unknown")]),
    ],
)
def test_an_output_of_any_shape_is_read(output: Any, parts: Any) -> None:
    assert replicate_predictions.output(output) == [Message("assistant", parts)]


def test_an_input_without_a_prompt_passes_through() -> None:
    assert replicate_predictions.content({"steps": 5}).input == [
        Message("user", [Generic("input", {"steps": 5})])
    ]


def test_embeddings_tell_model_and_tokens() -> None:
    told = {"model": "voyage-3.5", "usage": {"total_tokens": 3, "text_tokens": 3}}
    assert voyage.response(told) == Response(model="voyage-3.5", usage=Usage(3))
    assert voyage.response({"total_tokens": 4}).usage == Usage(4)


@many
@given(ODD, ODD, st.lists(ODD, max_size=4))
def test_no_data_makes_the_dialect_of_predictions_raise(asked: Any, value: Any, events: Any) -> None:
    subject = Inference(request=replicate_predictions.request(asked, "m"))
    subject.content = replicate_predictions.content(asked)
    subject.response = replicate_predictions.response(value)
    subject.content.output = replicate_predictions.output(value)
    chunks = replicate_predictions.Chunks(content=True)
    for event in events:
        chunks.add(event)
    replicate_predictions.output(chunks.value()["output"])
    render.start(subject)
    render.finish(subject)
    content.structured(subject)


@many
@given(st.dictionaries(st.sampled_from(NAMES), ODD, max_size=5), ODD)
def test_no_data_makes_the_dialect_of_embeddings_raise(body: Any, value: Any) -> None:
    subject = Embeddings(request=voyage.request(body), response=voyage.response(value))
    render.start(subject)
    render.finish(subject)
