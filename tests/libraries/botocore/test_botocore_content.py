# SPDX-License-Identifier: Apache-2.0
"""Content of Converse when it is wanted, tools and their results, reasoning, caches, guardrails."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from spanwright.console.provider import Provider, Reply
from spanwright.instrumentors.botocore import BotocoreInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

MODEL = "anthropic.claude-v2"
HELLO: list[Any] = [{"role": "user", "content": [{"text": "Hello there"}]}]
QUESTION: list[Any] = [{"role": "user", "content": [{"text": "What is the weather in Paris?"}]}]
TOOLS = {
    "tools": [
        {
            "toolSpec": {
                "name": "get_weather",
                "description": "The weather in a city.",
                "inputSchema": {
                    "json": {
                        "type": "object",
                        "properties": {"city": {"type": "string"}},
                        "required": ["city"],
                    }
                },
            }
        }
    ]
}
GUARDED = {"guardrailIdentifier": "gr1234", "guardrailVersion": "1"}


def ask(client: Any, streamed: bool, **asked: Any) -> Any:
    """Return the message that came, asked for in either way; a stream is put together by hand."""
    if not streamed:
        return client.converse(modelId=MODEL, **asked)["output"]["message"]
    blocks: dict[int, Any] = {}
    for event in client.converse_stream(modelId=MODEL, **asked)["stream"]:
        if "contentBlockStart" in event:
            told = event["contentBlockStart"]
            blocks[told["contentBlockIndex"]] = {"toolUse": {**told["start"]["toolUse"], "input": ""}}
        elif "contentBlockDelta" in event:
            told = event["contentBlockDelta"]
            block = blocks.setdefault(told["contentBlockIndex"], {"text": ""})
            if "toolUse" in told["delta"]:
                block["toolUse"]["input"] += told["delta"]["toolUse"]["input"]
            else:
                block["text"] += told["delta"].get("text", "")
    for block in blocks.values():
        if "toolUse" in block:
            block["toolUse"]["input"] = json.loads(block["toolUse"]["input"])
    return {"role": "assistant", "content": list(blocks.values())}


BOTH = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])


@BOTH
def test_a_turn_of_tools(shown: Recorder, client: Any, streamed: bool) -> None:
    messages = copy.deepcopy(QUESTION)
    first = ask(client, streamed, messages=messages, toolConfig=TOOLS)
    call = first["content"][0]["toolUse"]
    result = {"toolUseId": call["toolUseId"], "content": [{"text": "18 degrees"}]}
    messages += [first, {"role": "user", "content": [{"toolResult": result}]}]
    ask(client, streamed, messages=messages, toolConfig=TOOLS)
    asked, answered = (dict(span.attributes or {}) for span in shown.spans)
    called = {
        "role": "assistant",
        "parts": [
            {
                "type": "tool_call",
                "id": call["toolUseId"],
                "name": "get_weather",
                "arguments": {"city": "Paris"},
            }
        ],
    }
    assert json.loads(asked["gen_ai.tool.definitions"]) == [{"type": "function", "name": "get_weather"}]
    assert asked["gen_ai.response.finish_reasons"] == ("tool_call",)
    assert json.loads(asked["gen_ai.output.messages"]) == [{**called, "finish_reason": "tool_call"}]
    assert json.loads(answered["gen_ai.input.messages"])[1:] == [
        called,
        {
            "role": "user",
            "parts": [{"type": "tool_call_response", "response": "18 degrees", "id": call["toolUseId"]}],
        },
    ]
    assert json.loads(answered["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": "Here is what I found: 18 degrees"}],
            "finish_reason": "stop",
        }
    ]


@BOTH
def test_the_system_prompt_is_told_apart(shown: Recorder, client: Any, streamed: bool) -> None:
    ask(client, streamed, messages=HELLO, system=[{"text": "Be kind."}])
    assert json.loads(shown.attributes()["gen_ai.system_instructions"]) == [
        {"type": "text", "content": "Be kind."}
    ]


@BOTH
def test_reasoning_is_told_apart(
    shown: Recorder, client: Any, provider: Provider, streamed: bool, needs: Callable[..., None]
) -> None:
    needs("bedrock-runtime", "ContentBlock", "reasoningContent")
    provider.say(Reply(text="Two words.", reasoning="Think first."))
    ask(client, streamed, messages=HELLO)
    (said,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert said["parts"] == [
        {"type": "reasoning", "content": "Think first."},
        {"type": "text", "content": "Two words."},
    ]


@BOTH
def test_bytes_of_pictures_never_leave(shown: Recorder, client: Any, streamed: bool) -> None:
    picture = {"image": {"format": "png", "source": {"bytes": b"\x89PNG secret bytes"}}}
    ask(client, streamed, messages=[{"role": "user", "content": [picture, {"text": "Hello there"}]}])
    (asked,) = json.loads(shown.attributes()["gen_ai.input.messages"])
    assert asked["parts"][0]["mime_type"] == "image/png"
    assert asked["parts"][0]["modality"] == "image"
    assert "secret bytes" not in shown.everything()
    assert "c2VjcmV0" not in shown.everything()


@BOTH
def test_cached_tokens_are_part_of_the_input(
    traced: Recorder, client: Any, provider: Provider, streamed: bool, needs: Callable[..., None]
) -> None:
    """The wire counts them beside it."""
    needs("bedrock-runtime", "TokenUsage", "cacheReadInputTokens")
    used = {
        "inputTokens": 11,
        "outputTokens": 264,
        "totalTokens": 1403,
        "cacheReadInputTokens": 100,
        "cacheWriteInputTokens": 1028,
    }
    provider.say(Reply(text="Two words.", usage=used))
    ask(client, streamed, messages=HELLO)
    found = traced.attributes()
    assert {key: value for key, value in found.items() if "usage" in key} == {
        "gen_ai.usage.input_tokens": 1139,
        "gen_ai.usage.output_tokens": 264,
        "gen_ai.usage.cache_read.input_tokens": 100,
        "gen_ai.usage.cache_write.input_tokens": 1028,
    }


@BOTH
def test_a_guardrail_that_steps_in_is_told(traced: Recorder, client: Any, streamed: bool) -> None:
    asked: list[Any] = [{"role": "user", "content": [{"text": "You are to refuse to answer"}]}]
    ask(client, streamed, messages=asked, guardrailConfig=GUARDED)
    found = traced.attributes()
    assert found["aws.bedrock.guardrail.id"] == "gr1234"
    assert found["gen_ai.response.finish_reasons"] == ["content_filter"]
    assert "error.type" not in found


@BOTH
def test_what_was_asked_for_is_told(traced: Recorder, client: Any, streamed: bool) -> None:
    ask(
        client,
        streamed,
        messages=HELLO,
        inferenceConfig={"maxTokens": 10, "temperature": 0.5, "topP": 0.25, "stopSequences": ["User:"]},
        additionalModelRequestFields={"top_k": 5},
    )
    found = traced.attributes()
    assert found["gen_ai.request.max_tokens"] == 10
    assert found["gen_ai.request.temperature"] == 0.5
    assert found["gen_ai.request.top_p"] == 0.25
    assert found["gen_ai.request.top_k"] == 5
    assert found["gen_ai.request.stop_sequences"] == ["User:"]
    assert found["gen_ai.response.finish_reasons"] == ["length"]


@BOTH
def test_nothing_that_was_said_is_told_unasked(traced: Recorder, client: Any, streamed: bool) -> None:
    ask(client, streamed, messages=QUESTION, toolConfig=TOOLS, system=[{"text": "SECRET order"}])
    everything = traced.everything()
    assert "Paris" not in everything
    assert "SECRET" not in everything
    assert "get_weather" not in everything


@BOTH
def test_content_on_events_is_not_on_spans(recorder: Recorder, client: Any, streamed: bool) -> None:
    recorder.instrument(
        BotocoreInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="EVENT_ONLY"
    )
    ask(client, streamed, messages=HELLO)
    assert "gen_ai.input.messages" not in recorder.attributes()
    (record,) = recorder.logs
    assert record.attributes["gen_ai.input.messages"][0]["parts"][0]["content"] == "Hello there"


@BOTH
def test_the_callers_objects_stay_as_they_are(shown: Recorder, client: Any, streamed: bool) -> None:
    asked = {"messages": copy.deepcopy(QUESTION), "toolConfig": copy.deepcopy(TOOLS)}
    before = copy.deepcopy(asked)
    ask(client, streamed, **asked)
    assert asked == before


@BOTH
def test_the_request_goes_out_as_without_us(
    shown: Recorder, client: Any, provider: Provider, streamed: bool
) -> None:
    ask(client, streamed, messages=QUESTION, toolConfig=TOOLS)
    shown.uninstrument()
    ask(client, streamed, messages=QUESTION, toolConfig=TOOLS)
    seen, alone = provider.requests
    assert seen.raw == alone.raw
    changing = ("x-amz-date", "authorization", "amz-sdk-invocation-id")
    assert {name: value for name, value in seen.headers.items() if name not in changing} == {
        name: value for name, value in alone.headers.items() if name not in changing
    }


def test_tokens_are_counted_once(traced: Recorder, client: Any) -> None:
    list(client.converse_stream(modelId=MODEL, messages=HELLO)["stream"])
    assert {
        point.labels["gen_ai.token.type"]: point.sum for point in traced.points("gen_ai.client.token.usage")
    } == {"input": 9, "output": 27}
