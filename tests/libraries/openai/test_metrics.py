# SPDX-License-Identifier: Apache-2.0
"""Metrics: both profiles of names, an allow-list of labels, and one count for each call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest

from asking import HELLO
from spanwright.console.provider import Provider, Reply
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from harness import Recorder

ASK: dict[str, Any] = {"model": "gpt-4o-mini", "messages": HELLO}
COMPAT = {"gen_ai.client.operation.duration", "gen_ai.client.token.usage"}
LATEST = {
    "gen_ai.client.inference.duration",
    "gen_ai.client.inference.operation.input_tokens",
    "gen_ai.client.inference.operation.output_tokens",
    "gen_ai.client.inference.usage.input_tokens",
    "gen_ai.client.inference.usage.output_tokens",
}


def names(recorder: Recorder) -> set[str]:
    """Return the names of all metrics that have a point."""
    return {point.metric for point in recorder.points()}


def test_a_call_is_counted_under_the_names_that_dashboards_read(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    answer = client.chat.completions.create(**ASK)
    assert answer.usage is not None
    labels = {
        **server,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
    }
    duration, *tokens = sorted(traced.points(), key=lambda point: (point.metric, point.sum))
    assert (duration.metric, duration.labels, duration.count) == (
        "gen_ai.client.operation.duration",
        labels,
        1,
    )
    assert [(point.metric, point.labels, point.sum, point.count) for point in tokens] == [
        (
            "gen_ai.client.token.usage",
            {**labels, "gen_ai.token.type": "input"},
            answer.usage.prompt_tokens,
            1,
        ),
        (
            "gen_ai.client.token.usage",
            {**labels, "gen_ai.token.type": "output"},
            answer.usage.completion_tokens,
            1,
        ),
    ]


@pytest.mark.parametrize(
    ("profile", "expected"), [("compat", COMPAT), ("latest", LATEST), ("both", COMPAT | LATEST)]
)
def test_the_profile_chooses_the_names(
    recorder: Recorder, client: openai.OpenAI, profile: str, expected: set[str]
) -> None:
    recorder.instrument(OpenAIInstrumentor(), SPANWRIGHT_METRICS=profile)
    client.chat.completions.create(**ASK)
    assert names(recorder) == expected


@pytest.mark.parametrize(
    ("profile", "metric"),
    [
        ("compat", "gen_ai.client.operation.time_to_first_chunk"),
        ("latest", "gen_ai.client.inference.time_to_first_chunk"),
    ],
)
def test_a_stream_is_counted_with_the_time_to_its_first_chunk(
    recorder: Recorder, client: openai.OpenAI, profile: str, metric: str
) -> None:
    recorder.instrument(OpenAIInstrumentor(), SPANWRIGHT_METRICS=profile)
    list(client.chat.completions.create(**ASK, stream=True))
    (point,) = recorder.points(metric)
    assert point.count == 1
    assert point.sum == recorder.attributes()["gen_ai.response.time_to_first_chunk"]


@pytest.mark.parametrize(
    ("profile", "metric"),
    [
        ("compat", "gen_ai.client.operation.time_per_output_chunk"),
        ("latest", "gen_ai.client.inference.time_per_output_chunk"),
    ],
)
def test_the_time_between_chunks_is_counted_when_asked_for(
    recorder: Recorder, client: openai.OpenAI, profile: str, metric: str
) -> None:
    recorder.instrument(OpenAIInstrumentor(), SPANWRIGHT_METRICS=profile, SPANWRIGHT_CHUNK_METRICS="true")
    chunks = list(client.chat.completions.create(**ASK, stream=True))
    assert sum(point.count for point in recorder.points(metric)) == len(chunks) - 1


def test_the_time_between_chunks_is_not_counted_by_default(traced: Recorder, client: openai.OpenAI) -> None:
    list(client.chat.completions.create(**ASK, stream=True))
    assert [name for name in names(traced) if "time_per_output_chunk" in name] == []


def test_the_cached_part_of_the_input_is_a_metric_of_the_latest_profile(
    recorder: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    recorder.instrument(OpenAIInstrumentor(), SPANWRIGHT_METRICS="latest")
    usage: dict[str, Any] = {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "prompt_tokens_details": {"cached_tokens": 60, "audio_tokens": 10},
        "completion_tokens_details": {"reasoning_tokens": 5},
    }
    provider.say(Reply(usage=usage))
    client.chat.completions.create(**ASK)
    found = {
        (point.metric.rpartition("usage.")[2], point.labels["gen_ai.token.modality"]): point.sum
        for point in recorder.points("gen_ai.client.inference.usage")
    }
    assert found == {
        ("input_tokens", "audio"): 10,
        ("input_tokens", "unknown"): 90,
        ("output_tokens", "unknown"): 20,
        ("cache_read.input_tokens", "unknown"): 60,
        ("reasoning.output_tokens", "unknown"): 5,
    }


def test_ids_of_users_and_calls_make_no_series(traced: Recorder, client: openai.OpenAI) -> None:
    for number in range(20):
        client.chat.completions.create(
            **ASK, user=f"user-{number}", metadata={"turn": str(number)}, seed=number
        )
        client.responses.create(model="gpt-4o-mini", input="Hello there", conversation=f"conv_{number}")
    assert len(traced.points("gen_ai.client.operation.duration")) == 1


def test_an_unknown_model_is_a_label_that_is_not_there(
    traced: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    """A None among the labels once broke the encoder of a whole export."""
    provider.say(Reply(body={"id": None, "model": None, "choices": None, "usage": None}))
    client.chat.completions.create(**ASK)
    (point,) = traced.points()
    assert "gen_ai.response.model" not in point.labels


def test_a_call_without_usage_counts_its_duration_alone(traced: Recorder, client: openai.OpenAI) -> None:
    client.chat.completions.create(model="odd:no-usage", messages=HELLO)
    assert names(traced) == {"gen_ai.client.operation.duration"}


def test_the_duration_is_the_spans(traced: Recorder, client: openai.OpenAI) -> None:
    client.chat.completions.create(**ASK)
    (point,), span = traced.points("gen_ai.client.operation.duration"), traced.one()
    assert span.start_time is not None
    assert span.end_time is not None
    assert point.sum == (span.end_time - span.start_time) / 1e9


def test_zero_tokens_are_counted(traced: Recorder, client: openai.OpenAI, provider: Provider) -> None:
    provider.say(Reply(usage={"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}))
    client.chat.completions.create(**ASK)
    assert [(point.sum, point.count) for point in traced.points("gen_ai.client.token.usage")] == [
        (0, 1),
        (0, 1),
    ]
