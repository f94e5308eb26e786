# SPDX-License-Identifier: Apache-2.0
"""The dialect of Hugging Face's text generation: what it reads of JSON, and that no JSON makes it raise."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import tgi
from spanwright.semconv import content, render
from spanwright.semconv.model import Content, Inference, Message, Request, Response, Text, Usage

NAMES = st.sampled_from(
    [
        *(
            "inputs",
            "parameters",
            "stream",
            "max_new_tokens",
            "temperature",
            "top_k",
            "seed",
            "stop",
            "grammar",
        ),
        *("generated_text", "details", "finish_reason", "generated_tokens", "prefill", "input_length"),
        *("token", "text", "special", "error"),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
JSONISH = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)
BODIES = st.dictionaries(NAMES, JSONISH, max_size=5)
many = settings(max_examples=200, deadline=None, derandomize=True, database=None)


def test_a_request_is_read_with_its_parameters() -> None:
    wanted = {"max_new_tokens": 9, "temperature": 0.1, "top_p": 0.5, "top_k": 3, "seed": 1, "stop": ["."]}
    assert tgi.request({"inputs": "a", "stream": True, "parameters": {**wanted, "grammar": {}}}) == Request(
        stream=True, max_tokens=9, temperature=0.1, top_p=0.5, top_k=3, seed=1, stop=["."]
    )
    assert tgi.request({"parameters": {"grammar": {"type": "json"}}}).output_type == "json"


def test_an_answer_is_read_with_its_details() -> None:
    detail = {"finish_reason": "eos_token", "generated_tokens": 7, "prefill": [{"id": 1}, {"id": 2}]}
    told = [{"generated_text": "b", "details": detail}]
    assert tgi.response(told) == Response(finish_reasons=["stop"], usage=Usage(input=2, output=7))
    assert tgi.output(told) == [Message("assistant", [Text("b")], finish_reason="stop")]


def test_an_answer_without_details_tells_nothing() -> None:
    assert tgi.response({"generated_text": "b"}) == Response()


def test_tokens_make_up_the_text_of_a_stream_that_broke_off() -> None:
    kept = tgi.Chunks(content=True)
    for text, special in (("a", False), ("b", False), ("</s>", True)):
        kept.add({"token": {"text": text, "special": special}, "generated_text": None, "details": None})
    assert tgi.output(kept.value()) == [Message("assistant", [Text("ab")])]


def test_the_last_event_of_a_stream_tells_all() -> None:
    kept = tgi.Chunks(content=False)
    kept.add({"token": {"text": "a"}})
    kept.add(
        {
            "generated_text": "ab",
            "details": {"generated_tokens": 2, "input_length": 3, "finish_reason": "length"},
        }
    )
    assert tgi.response(kept.value()) == Response(finish_reasons=["length"], usage=Usage(input=3, output=2))


def test_no_json_makes_the_dialect_raise() -> None:
    @many
    @given(BODIES, JSONISH, st.booleans())
    def any_call(body: Any, value: Any, with_content: bool) -> None:
        before = repr((body, value))
        subject = Inference(
            request=tgi.request(body), content=tgi.content(body), response=tgi.response(value)
        )
        render.start(subject)
        render.finish(subject)
        content.structured(subject)
        content.structured(Inference(content=Content(output=tgi.output(value))))
        kept = tgi.Chunks(content=with_content)
        kept.add(value)
        kept.add(body)
        render.finish(Inference(response=tgi.response(kept.value())))
        content.structured(Inference(content=Content(output=tgi.output(kept.value()))))
        assert repr((body, value)) == before

    any_call()
