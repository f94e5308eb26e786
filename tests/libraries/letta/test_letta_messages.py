# SPDX-License-Identifier: Apache-2.0
"""Messages to agents: what the span of an answer says, however it is asked for, and what it shows when asked to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsPartialDict
from opentelemetry.trace import SpanKind

from alike.runs import content
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.letta import LettaInstrumentor

if TYPE_CHECKING:
    from letta_client import AsyncLetta, Letta

    from harness import Recorder
    from spanwright.console.provider import Provider

AGENT = "agent-1"
ASK: list[Any] = [{"role": "user", "content": "Where is the hall?"}]
TOLD: dict[str, Any] = {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.provider.name": "letta",
    "gen_ai.agent.id": AGENT,
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 9,
    "gen_ai.usage.output_tokens": 4,
    "gen_ai.usage.cache_read.input_tokens": 5,
}
SAID = {
    "role": "assistant",
    "parts": [{"type": "reasoning", "content": "Where?"}, {"type": "text", "content": "To the left."}],
    "finish_reason": "stop",
}
STREAMS = pytest.mark.parametrize("tokens", [False, True])


def test_an_answer_is_one_invocation_of_an_agent_elsewhere(
    traced: Recorder, client: Letta, server: dict[str, Any]
) -> None:
    answer = client.agents.messages.create(AGENT, messages=ASK)
    assert answer.stop_reason.stop_reason == "end_turn"
    assert traced.attributes("invoke_agent") == {**TOLD, **server}
    assert traced.one().kind is SpanKind.CLIENT


@STREAMS
def test_a_streamed_answer_tells_the_same(
    traced: Recorder, client: Letta, server: dict[str, Any], tokens: bool
) -> None:
    for _ in client.agents.messages.stream(AGENT, messages=ASK, stream_tokens=tokens):
        pass
    assert traced.attributes("invoke_agent") == {**TOLD, **server}


def test_the_other_way_to_ask_for_a_stream_is_known_too(traced: Recorder, client: Letta) -> None:
    list(client.agents.messages.create(AGENT, messages=ASK, streaming=True))
    assert traced.attributes("invoke_agent") == IsPartialDict(TOLD)


async def test_asynchronous_answers_are_traced_alike(
    traced: Recorder, later: AsyncLetta, server: dict[str, Any]
) -> None:
    await later.agents.messages.create(AGENT, messages=ASK)
    assert traced.attributes("invoke_agent") == {**TOLD, **server}


async def test_asynchronous_streams_are_traced_alike(traced: Recorder, later: AsyncLetta) -> None:
    async for _ in await later.agents.messages.stream(AGENT, messages=ASK):
        pass
    assert traced.attributes("invoke_agent") == IsPartialDict(TOLD)


def test_a_conversation_is_told(traced: Recorder, client: Letta) -> None:
    if not hasattr(client, "conversations"):
        pytest.skip("not yet: conversations")
    list(client.conversations.messages.create("conversation-1", messages=ASK, streaming=True))
    assert traced.attributes("invoke_agent")["gen_ai.conversation.id"] == "conversation-1"


def test_another_model_than_the_agents_own_is_told(traced: Recorder, client: Letta) -> None:
    client.agents.messages.create(AGENT, messages=ASK, extra_body={"override_model": "openai/gpt-4o-mini"})
    assert traced.attributes("invoke_agent")["gen_ai.request.model"] == "openai/gpt-4o-mini"


def test_a_message_that_is_answered_later_is_no_invocation(traced: Recorder, client: Letta) -> None:
    client.agents.messages.create_async(AGENT, messages=ASK)
    assert traced.spans == []


def test_raw_answers_are_read_when_they_are_parsed(traced: Recorder, client: Letta) -> None:
    raw = client.agents.messages.with_raw_response.create(AGENT, messages=ASK)
    assert raw.parse().messages
    assert traced.attributes("invoke_agent") == IsPartialDict(TOLD)


def test_the_request_is_beneath_the_invocation(recorder: Recorder, client: Letta) -> None:
    recorder.instrument(LettaInstrumentor(), HttpxInstrumentor())
    client.agents.messages.create(AGENT, messages=ASK)
    assert recorder.tree() == ["invoke_agent", "  POST"]


def test_what_a_run_used_is_counted(traced: Recorder, client: Letta) -> None:
    client.agents.messages.create(AGENT, messages=ASK)
    counted = {point.labels["gen_ai.token.type"]: point.sum for point in traced.points("gen_ai.client.token")}
    assert counted in ({}, {"input": 9, "output": 4})


# --- content ------------------------------------------------------------------------------------------------------


@STREAMS
def test_nothing_is_captured_by_default(traced: Recorder, client: Letta, tokens: bool) -> None:
    client.agents.messages.create(AGENT, messages=ASK)
    list(client.agents.messages.stream(AGENT, messages=ASK, stream_tokens=tokens))
    everything = traced.everything()
    assert [word for word in ("hall", "Where", "left") if word in everything] == []


@pytest.mark.parametrize("streamed", [None, False, True])
def test_an_answer_is_shown_when_asked_for(shown: Recorder, client: Letta, streamed: bool | None) -> None:
    if streamed is None:
        client.agents.messages.create(AGENT, messages=ASK)
    else:
        list(client.agents.messages.stream(AGENT, messages=ASK, stream_tokens=streamed))
    assert content(shown, "invoke_agent") == {
        "input.messages": [{"role": "user", "parts": [{"type": "text", "content": "Where is the hall?"}]}],
        "output.messages": [SAID],
    }


def test_tools_that_run_where_the_agent_does_are_parts_of_its_answer(
    shown: Recorder, client: Letta, provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("look", {"at": "plan"})]))
    client.agents.messages.create(AGENT, messages=ASK)
    (said,) = content(shown, "invoke_agent")["output.messages"]
    assert [part["type"] for part in said["parts"]] == [
        "reasoning",
        "server_tool_call",
        "server_tool_call_response",
        "text",
    ]
    assert said["parts"][1]["name"] == "look"
