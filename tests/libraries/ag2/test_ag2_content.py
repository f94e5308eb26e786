# SPDX-License-Identifier: Apache-2.0
"""Content of agents, models and tools: only when it is asked for, and what it says then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alike.runs import content
from alike.weather import ASK
from libraries.ag2.conftest import held
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

ASKED = [{"role": "user", "parts": [{"type": "text", "content": ASK}]}]
TOLD = [{"type": "text", "content": "You tell."}]
RESULT = "It is sunny in Lisbon."


async def test_nothing_is_captured_by_default(traced: Recorder, forecaster: Any) -> None:
    await forecaster.ask(ASK)
    everything = traced.everything()
    assert [word for word in ("Lisbon", "sunny", "You tell") if word in everything] == []


async def test_an_agent_has_its_question_and_its_answer(shown: Recorder, forecaster: Any) -> None:
    reply = await forecaster.ask(ASK)
    said = {"role": "assistant", "parts": [{"type": "text", "content": reply.body}], "finish_reason": "stop"}
    assert content(shown, "invoke_agent") == {
        "input.messages": ASKED,
        "output.messages": [said],
        "system_instructions": TOLD,
    }
    assert content(shown, "execute_tool") == {
        "tool.call.arguments": {"city": "Lisbon"},
        "tool.call.result": RESULT,
    }


async def test_a_model_call_has_the_history_as_ag2_has_it(
    alone: Recorder, forecaster: Any, provider: Provider
) -> None:
    provider.say(
        Reply(tool_calls=[ToolCall("get_weather", {"city": "Lisbon"}, id="call_1")]), Reply("Sunny.")
    )
    await forecaster.ask(ASK)
    call = {"type": "tool_call", "name": "get_weather", "id": "call_1", "arguments": {"city": "Lisbon"}}
    found = content(alone, "chat", 1)
    (offered,) = found.pop("tool.definitions")
    assert (offered["name"], offered["description"]) == ("get_weather", "Get the weather of a city.")
    assert found == {
        "system_instructions": TOLD,
        "input.messages": [
            *ASKED,
            {"role": "assistant", "parts": [call]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_1", "response": RESULT}]},
        ],
        "output.messages": [
            {
                "role": "assistant",
                "parts": [{"type": "text", "content": "Sunny."}],
                "finish_reason": "stop",
            }
        ],
    }


async def test_a_picture_is_told_without_its_bytes(shown: Recorder, make: Callable[..., Any]) -> None:
    picture = held(".events:ImageInput")(data=b"secret-bytes", media_type="image/png")
    await make().ask("Look", picture)
    first, second = content(shown, "invoke_agent")["input.messages"][0]["parts"]
    assert first == {"type": "text", "content": "Look"}
    assert second["modality"] == "image"
    assert "c2VjcmV0LWJ5dGVz" not in shown.everything()


async def test_the_callers_middleware_and_question_are_left_as_they_are(
    shown: Recorder, forecaster: Any
) -> None:
    middleware: list[Any] = []
    await forecaster.ask(ASK, middleware=middleware)
    assert middleware == []
    assert forecaster.middleware == () if hasattr(forecaster, "middleware") else True
