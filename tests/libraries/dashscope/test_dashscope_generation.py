# SPDX-License-Identifier: Apache-2.0
"""Generation, whole: the span of each kind of question and answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import dashscope
import pytest
from dashscope import Generation, MultiModalConversation
from dashscope.aigc.generation import AioGeneration
from dirty_equals import IsStr
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import SpanKind, StatusCode

from asking import HELLO
from spanwright.console.provider import Provider, Reply, ToolCall
from spanwright.instrumentors.dashscope import DashScopeInstrumentor

if TYPE_CHECKING:
    from harness import Recorder

pytestmark = pytest.mark.usefixtures("provider")
ASK: dict[str, Any] = {"model": "qwen-plus", "messages": HELLO, "result_format": "message"}
ANSWERED = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "dashscope",
    "gen_ai.request.model": "qwen-plus",
    "gen_ai.response.id": IsStr(min_length=1),
    "gen_ai.response.finish_reasons": ["stop"],
}


def used(answer: Any) -> dict[str, Any]:
    """Return the token counts of an answer as attributes."""
    return {
        "gen_ai.usage.input_tokens": answer.usage.input_tokens,
        "gen_ai.usage.output_tokens": answer.usage.output_tokens,
    }


def test_a_call_is_one_client_span_with_all_it_is_known_by(traced: Recorder, server: dict[str, Any]) -> None:
    answer = Generation.call(**ASK)
    assert answer.status_code == 200
    span = traced.one()
    assert (span.name, span.kind, span.status.status_code) == (
        "chat qwen-plus",
        SpanKind.CLIENT,
        StatusCode.UNSET,
    )
    assert traced.attributes() == {**ANSWERED, **server, **used(answer)}


@pytest.mark.usefixtures("asynchronous")
async def test_an_awaited_call_tells_the_same(traced: Recorder, server: dict[str, Any]) -> None:
    answer = await AioGeneration.call(**ASK)
    assert traced.attributes() == {**ANSWERED, **server, **used(answer)}


def test_a_coroutine_that_is_never_awaited_is_no_call(traced: Recorder) -> None:
    AioGeneration.call(**ASK).close()
    assert traced.tree() == []


def test_what_was_asked_for_is_told(traced: Recorder, server: dict[str, Any]) -> None:
    answer = Generation.call(
        **ASK,
        max_tokens=500,
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        presence_penalty=0.2,
        seed=7,
        stop=["END", "STOP"],
        response_format={"type": "json_object"},
    )
    assert traced.attributes() == {
        **ANSWERED,
        **server,
        **used(answer),
        "gen_ai.output.type": "json",
        "gen_ai.request.max_tokens": 500,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.top_k": 40,
        "gen_ai.request.presence_penalty": 0.2,
        "gen_ai.request.seed": 7,
        "gen_ai.request.stop_sequences": ["END", "STOP"],
    }


def test_the_older_format_of_one_text_tells_the_same(traced: Recorder, server: dict[str, Any]) -> None:
    answer = Generation.call(model="qwen-plus", prompt="Hello there")
    assert answer.output.text
    assert traced.attributes() == {**ANSWERED, **server, **used(answer)}


def test_a_conversation_with_media_is_the_same_operation(traced: Recorder, server: dict[str, Any]) -> None:
    answer = MultiModalConversation.call(
        model="qwen-vl-plus", messages=[{"role": "user", "content": [{"text": "Hello there"}]}]
    )
    assert traced.attributes() == {
        **ANSWERED,
        **server,
        **used(answer),
        "gen_ai.request.model": "qwen-vl-plus",
    }


def test_cached_reasoning_and_media_tokens_are_told(traced: Recorder, provider: Provider) -> None:
    usage = {
        "input_tokens": 100,
        "output_tokens": 20,
        "prompt_tokens_details": {"cached_tokens": 40, "cache_creation_input_tokens": 10},
        "input_tokens_details": {"text_tokens": 60, "image_tokens": 40},
        "output_tokens_details": {"reasoning_tokens": 5, "text_tokens": 20},
    }
    provider.say(Reply(text="Hi.", usage=usage))
    Generation.call(**ASK)
    assert {key: value for key, value in traced.attributes().items() if ".usage." in key} == {
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 40,
        "gen_ai.usage.cache_write.input_tokens": 10,
        "gen_ai.usage.reasoning.output_tokens": 5,
        "gen_ai.usage.text.input_tokens": 60,
        "gen_ai.usage.text.output_tokens": 20,
        "gen_ai.usage.image.input_tokens": 40,
    }


def test_a_method_that_was_bound_before_is_traced(recorder: Recorder) -> None:
    held = Generation.call
    recorder.instrument(DashScopeInstrumentor())
    held(**ASK)
    assert recorder.tree() == ["chat qwen-plus"]


def test_nothing_is_traced_after_uninstrumentation_and_again_after_another_one(traced: Recorder) -> None:
    traced.uninstrument()
    Generation.call(**ASK)
    assert traced.tree() == []
    traced.instrument(DashScopeInstrumentor())
    Generation.call(**ASK)
    assert traced.tree() == ["chat qwen-plus"]


def test_suppressed_calls_are_silent(traced: Recorder) -> None:
    with suppress_instrumentation():
        Generation.call(**ASK)
        assert list(Generation.call(**ASK, stream=True))
    assert traced.tree() == []


def test_what_the_caller_gave_is_left_as_it_was(shown: Recorder) -> None:
    messages = [{"role": "user", "content": "Hello there"}]
    Generation.call(model="qwen-plus", messages=messages)
    assert messages == [{"role": "user", "content": "Hello there"}]


def test_a_call_is_counted_once(traced: Recorder, server: dict[str, Any]) -> None:
    answer = Generation.call(**ASK)
    labels = {
        **server,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "dashscope",
        "gen_ai.request.model": "qwen-plus",
    }
    tokens = [(point.labels, point.sum, point.count) for point in traced.points("gen_ai.client.token.usage")]
    assert tokens == [
        ({**labels, "gen_ai.token.type": "input"}, answer.usage.input_tokens, 1),
        ({**labels, "gen_ai.token.type": "output"}, answer.usage.output_tokens, 1),
    ]
    (duration,) = traced.points("gen_ai.client.operation.duration")
    assert (duration.labels, duration.count) == (labels, 1)


def test_tool_calls_and_their_results_are_content(shown: Recorder, provider: Provider) -> None:
    provider.say(
        Reply(text="", reasoning="Paris, then.", tool_calls=[ToolCall("get_weather", {"city": "Paris"})])
    )
    called = {"name": "get_weather", "arguments": '{"city": "Rome"}'}
    talk: list[Any] = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "And this?"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "call_1", "type": "function", "function": called}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": '{"sky": "clear"}'},
    ]
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
    Generation.call(model="qwen-plus", messages=talk, tools=[tool], result_format="message")
    told = shown.attributes()
    asked = json.loads(told["gen_ai.input.messages"])
    assert [part["type"] for message in asked for part in message["parts"]] == [
        "text",
        "text",
        "tool_call",
        "tool_call_response",
    ]
    assert json.loads(told["gen_ai.tool.definitions"]) == [{"type": "function", "name": "get_weather"}]
    (said,) = json.loads(told["gen_ai.output.messages"])
    assert [part["type"] for part in said["parts"]] == ["reasoning", "tool_call"]
    assert said["parts"][1]["arguments"] == {"city": "Paris"}
    assert told["gen_ai.response.finish_reasons"] == ["tool_call"]


def test_media_are_content_by_their_addresses(shown: Recorder) -> None:
    parts = [{"image": "https://images.test/a.png"}, {"text": "And this?"}]
    MultiModalConversation.call(model="qwen-vl-plus", messages=[{"role": "user", "content": parts}])
    (asked,) = json.loads(shown.attributes()["gen_ai.input.messages"])
    assert asked["parts"] == [
        {"type": "uri", "modality": "image", "uri": "https://images.test/a.png"},
        {"type": "text", "content": "And this?"},
    ]


def test_nothing_of_the_content_is_told_unless_asked_for(traced: Recorder) -> None:
    Generation.call(model="qwen-plus", prompt="SECRET prompt")
    Generation.call(model="qwen-plus", messages=[{"role": "user", "content": "SECRET"}])
    list(Generation.call(model="qwen-plus", prompt="SECRET prompt", stream=True))
    dashscope.TextEmbedding.call(model="text-embedding-v3", input="SECRET text")
    dashscope.TextReRank.call(model="gte-rerank", query="SECRET", documents=["SECRET"])
    assert len(traced.spans) == 5
    assert "SECRET" not in traced.everything()
