# SPDX-License-Identifier: Apache-2.0
"""LiteLLM with everything that it calls inside instrumented too: one inference, counted once, HTTP beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import litellm
import pytest
from dirty_equals import IsStr
from opentelemetry.trace import SpanKind

from asking import HELLO

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

MODEL = "openai/gpt-4o-mini"
ONE = ["chat gpt-4o-mini", "  POST"]


def test_a_call_is_one_inference_with_its_request(layered: Recorder, at: dict[str, Any]) -> None:
    litellm.completion(model=MODEL, messages=HELLO, **at)
    assert layered.tree() == ONE


async def test_an_asynchronous_call_is_one_inference_with_its_request(
    layered: Recorder, at: dict[str, Any]
) -> None:
    await litellm.acompletion(model=MODEL, messages=HELLO, **at)
    assert layered.tree() == ONE


def test_a_stream_is_one_inference_with_its_request(layered: Recorder, at: dict[str, Any]) -> None:
    list(litellm.completion(model=MODEL, messages=HELLO, stream=True, **at))
    assert layered.tree() == ONE


async def test_an_asynchronous_stream_is_one_inference_with_its_request(
    layered: Recorder, at: dict[str, Any]
) -> None:
    async for _ in await litellm.acompletion(model=MODEL, messages=HELLO, stream=True, **at):
        pass
    assert layered.tree() == ONE


def test_a_stream_left_early_is_one_inference(
    layered: Recorder, at: dict[str, Any], collect: Callable[[], None]
) -> None:
    stream = litellm.completion(model=MODEL, messages=HELLO, stream=True, **at)
    next(stream)
    del stream
    collect()
    assert [span.name for span in layered.spans if span.kind is SpanKind.CLIENT and span.name != "POST"] == [
        "chat gpt-4o-mini"
    ]


def test_the_wire_tells_the_model_that_a_stream_hides(layered: Recorder, at: dict[str, Any]) -> None:
    list(litellm.completion(model=MODEL, messages=HELLO, stream=True, **at))
    assert layered.attributes("chat")["gen_ai.response.model"] == "gpt-4o-mini-2024-07-18"


def test_usage_is_counted_once(layered: Recorder, at: dict[str, Any]) -> None:
    answer = litellm.completion(model=MODEL, messages=HELLO, **at)
    points = layered.points("gen_ai.client.token.usage")
    assert {point.labels["gen_ai.token.type"]: (point.sum, point.count) for point in points} == {
        "input": (answer.usage.prompt_tokens, 1),
        "output": (answer.usage.completion_tokens, 1),
    }


def test_a_duration_is_recorded_once(layered: Recorder, at: dict[str, Any]) -> None:
    litellm.completion(model=MODEL, messages=HELLO, **at)
    (point,) = layered.points("gen_ai.client.operation.duration")
    assert point.count == 1


def test_a_provider_that_speaks_another_ones_protocol_keeps_its_name(
    layered: Recorder, at: dict[str, Any]
) -> None:
    litellm.completion(model="hosted_vllm/gpt-4o-mini", messages=HELLO, **at)
    assert layered.attributes("chat")["gen_ai.provider.name"] == "vllm"


def test_a_failure_is_told_once(layered: Recorder, at: dict[str, Any]) -> None:
    with pytest.raises(litellm.RateLimitError):
        litellm.completion(model="openai/error:429", messages=HELLO, **at)
    assert layered.tree() == ["chat error:429", "  POST"]
    assert layered.attributes("chat")["error.type"] == "litellm.exceptions.RateLimitError"


def test_an_embedding_is_one_span_with_its_request(layered: Recorder, at: dict[str, Any]) -> None:
    litellm.embedding(model="openai/text-embedding-3-small", input=["Hello"], **at)
    assert layered.tree() == ["embeddings text-embedding-3-small", "  POST"]


def test_a_response_is_one_inference_with_its_request(layered: Recorder, at: dict[str, Any]) -> None:
    litellm.responses(model=MODEL, input="Hello there", api_base=at["api_base"], api_key="test")
    assert layered.tree() == ONE
    assert layered.attributes("chat")["gen_ai.response.id"] == IsStr(regex="resp_.+")
