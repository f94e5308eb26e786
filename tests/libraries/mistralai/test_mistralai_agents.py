# SPDX-License-Identifier: Apache-2.0
"""Agents and conversations: hosted agents are invoked, conversations with a model are chats."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat, IsStr
from opentelemetry.trace import SpanKind

from asking import HELLO
from spanwright.console.provider import Provider, Reply, ToolCall

if TYPE_CHECKING:
    from harness import Recorder

MODEL = "mistral-medium-latest"
AGENT = "ag_test"
TOOL: dict[str, Any] = {"type": "function", "function": {"name": "get_weather", "parameters": {}}}


def used(usage: Any) -> dict[str, Any]:
    return {
        "gen_ai.usage.input_tokens": usage.prompt_tokens,
        "gen_ai.usage.output_tokens": usage.completion_tokens,
    }


def invoked(server: dict[str, Any], usage: Any) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": "mistral_ai",
        "gen_ai.agent.id": AGENT,
        **server,
        "gen_ai.response.finish_reasons": ["stop"],
        **used(usage),
    }


def conversed(server: dict[str, Any], usage: Any) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "mistral_ai",
        **server,
        "gen_ai.response.model": MODEL,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.conversation.id": IsStr(),
        **used(usage),
    }


def test_an_agent_is_invoked(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    answer = client.agents.complete(agent_id=AGENT, messages=HELLO)
    assert traced.attributes() == invoked(server, answer.usage)


def test_an_invocation_is_a_span_of_a_client(traced: Recorder, client: Any) -> None:
    client.agents.complete(agent_id=AGENT, messages=HELLO)
    assert (traced.one().name, traced.one().kind) == ("invoke_agent", SpanKind.CLIENT)


async def test_an_agent_is_invoked_asynchronously(
    traced: Recorder, client: Any, server: dict[str, Any]
) -> None:
    answer = await client.agents.complete_async(agent_id=AGENT, messages=HELLO)
    assert traced.attributes() == invoked(server, answer.usage)


def test_an_agent_is_invoked_and_streams(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    chunks = list(client.agents.stream(agent_id=AGENT, messages=HELLO))
    assert traced.attributes() == invoked(server, chunks[-1].data.usage)


def test_an_agent_that_does_not_exist(traced: Recorder, client: Any, sdk: Any, provider: Provider) -> None:
    provider.say(Reply(error=404))
    with pytest.raises(sdk.errors.SDKError):
        client.agents.complete(agent_id="ag_none", messages=HELLO)
    assert traced.attributes()["error.type"].endswith(".SDKError")


def test_a_conversation_is_started(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    answer = client.beta.conversations.start(
        model=MODEL,
        inputs="Hello there",
        completion_args={"temperature": 0.5, "max_tokens": 50, "random_seed": 3},
    )
    assert traced.attributes() == {
        **conversed(server, answer.usage),
        "gen_ai.request.model": MODEL,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 50,
        "gen_ai.request.seed": 3,
        "gen_ai.conversation.id": answer.conversation_id,
    }


def test_a_conversation_goes_on(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    answer = client.beta.conversations.append(conversation_id="conv_test", inputs="Hello there")
    assert traced.attributes() == {**conversed(server, answer.usage), "gen_ai.conversation.id": "conv_test"}


async def test_a_conversation_goes_on_asynchronously(
    traced: Recorder, client: Any, server: dict[str, Any]
) -> None:
    answer = await client.beta.conversations.append_async(conversation_id="conv_test", inputs="Hello there")
    assert traced.attributes() == {**conversed(server, answer.usage), "gen_ai.conversation.id": "conv_test"}


def test_a_conversation_is_begun_anew(traced: Recorder, client: Any) -> None:
    client.beta.conversations.restart(
        conversation_id="conv_test", from_entry_id="msg_1", inputs="Hello there"
    )
    assert traced.attributes()["gen_ai.conversation.id"] == "conv_test"


def test_a_conversation_with_an_agent_invokes_it(
    traced: Recorder, client: Any, server: dict[str, Any]
) -> None:
    answer = client.beta.conversations.start(agent_id=AGENT, inputs="Hello there")
    assert traced.attributes() == {
        **invoked(server, answer.usage),
        "gen_ai.conversation.id": answer.conversation_id,
    }


def test_a_streamed_conversation(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    events = list(client.beta.conversations.start_stream(model=MODEL, inputs="Hello there"))
    assert traced.attributes() == {
        **conversed(server, events[-1].data.usage),
        "gen_ai.request.model": MODEL,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.conversation.id": events[0].data.conversation_id,
    }


async def test_a_streamed_conversation_that_goes_on_asynchronously(traced: Recorder, client: Any) -> None:
    stream = await client.beta.conversations.append_stream_async(
        conversation_id="conv_test", inputs="Hello there"
    )
    events = [event async for event in stream]
    assert traced.attributes()["gen_ai.usage.output_tokens"] == events[-1].data.usage.completion_tokens


def test_a_conversation_that_is_left_early(traced: Recorder, client: Any) -> None:
    with client.beta.conversations.start_stream(model=MODEL, inputs="Hello there") as stream:
        for _ in stream:
            break
    found = traced.attributes()
    assert ("gen_ai.response.finish_reasons" in found, "error.type" in found) == (False, False)


def test_an_error_within_a_conversation(traced: Recorder, client: Any, provider: Provider) -> None:
    events = [
        {"type": "conversation.response.started", "conversation_id": "conv_test"},
        {"type": "conversation.response.error", "message": "SECRET", "code": 3000},
    ]
    provider.say(Reply(events=[f"event: {each['type']}\ndata: {json.dumps(each)}" for each in events]))
    list(client.beta.conversations.start_stream(model=MODEL, inputs="Hello there"))
    found = traced.attributes()
    assert (found["error.type"], found["gen_ai.response.finish_reasons"]) == ("3000", ["error"])


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_the_entries_of_a_conversation_are_content(
    shown: Recorder, client: Any, provider: Provider, stream: bool
) -> None:
    searched = {
        "object": "entry",
        "type": "tool.execution",
        "id": "tool_exec_1",
        "name": "web_search",
        "arguments": "{}",
    }
    provider.say(
        Reply(text="It is mild", tool_calls=[ToolCall("get_weather", {"city": "Paris"})], items=[searched])
    )
    asked = client.beta.conversations.start_stream if stream else client.beta.conversations.start
    answer = asked(
        model=MODEL,
        instructions="Be kind",
        tools=[{"type": "web_search"}, TOOL],
        inputs=[
            {"role": "user", "content": "Is it warm?"},
            {"type": "function.call", "tool_call_id": "call_1", "name": "get_weather", "arguments": "{}"},
            {"type": "function.result", "tool_call_id": "call_1", "result": '{"degrees": 18}'},
        ],
    )
    _ = list(answer) if stream else answer
    found = shown.attributes()
    assert json.loads(found["gen_ai.system_instructions"]) == [{"type": "text", "content": "Be kind"}]
    assert [each["name"] for each in json.loads(found["gen_ai.tool.definitions"])] == [
        "web_search",
        "get_weather",
    ]
    assert json.loads(found["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "Is it warm?"}]},
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": "call_1", "name": "get_weather", "arguments": {}}],
        },
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": "call_1", "response": {"degrees": 18}}],
        },
    ]
    (message,) = json.loads(found["gen_ai.output.messages"])
    kinds = [part["type"] for part in message["parts"]]
    assert (kinds, message["finish_reason"]) == (["server_tool_call", "tool_call", "text"], "tool_call")
    assert message["parts"][1]["arguments"] == {"city": "Paris"}
    assert message["parts"][2]["content"] == "It is mild"


def test_no_content_of_a_conversation_without_being_asked(traced: Recorder, client: Any) -> None:
    list(client.beta.conversations.start_stream(model=MODEL, inputs="SECRET", instructions="SECRET"))
    assert "SECRET" not in traced.everything()
