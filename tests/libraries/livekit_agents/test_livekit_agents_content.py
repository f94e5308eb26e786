# SPDX-License-Identifier: Apache-2.0
"""Content of turns, models and tools: only when it is asked for, whatever the framework captures by default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alike.runs import content
from alike.weather import ASK
from libraries.livekit_agents.conftest import whole
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

RESULT = "It is sunny in Lisbon."


def said(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


async def test_nothing_is_captured_by_default(traced: Recorder, session: Callable[..., Any]) -> None:
    async with session() as talk:
        await talk.run(user_input=ASK)
    everything = traced.everything()
    assert [word for word in ("Lisbon", "sunny", "You tell", "lk.") if word in everything] == []


@whole
async def test_a_turn_has_what_it_is_asked_and_says(
    shown: Recorder, session: Callable[..., Any], provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("get_weather", {"city": "Lisbon"})]), Reply("Sunny."))
    async with session() as talk:
        await talk.run(user_input=ASK)
    assert content(shown, "invoke_agent") == {
        "input.messages": [said("user", ASK)],
        "output.messages": [{**said("assistant", "Sunny."), "finish_reason": "stop"}],
    }


async def test_a_tool_has_its_arguments_and_its_result(shown: Recorder, session: Callable[..., Any]) -> None:
    async with session() as talk:
        await talk.run(user_input=ASK)
    assert content(shown, "execute_tool") == {
        "tool.call.arguments": {"city": "Lisbon"},
        "tool.call.result": RESULT,
    }


async def test_a_model_call_has_its_messages(
    shown: Recorder, session: Callable[..., Any], provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("get_weather", {"city": "Lisbon"})]), Reply("Sunny."))
    async with session() as talk:
        await talk.run(user_input=ASK)
    found = content(shown, "chat", 1)
    assert [each["role"] for each in found["input.messages"]][-3:] == ["user", "assistant", "tool"]
    assert found["output.messages"] == [{**said("assistant", "Sunny."), "finish_reason": "stop"}]
