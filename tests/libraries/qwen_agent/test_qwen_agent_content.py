# SPDX-License-Identifier: Apache-2.0
"""Content of agents, models and tools: only when it is asked for, and what it says then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alike.runs import content
from libraries.qwen_agent.conftest import ask

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.console.provider import Provider

ASKED = {"role": "user", "parts": [{"type": "text", "content": "How is the weather?"}]}
SAID = {
    "role": "assistant",
    "parts": [{"type": "text", "content": "It is sunny."}],
    "finish_reason": "stop",
}


def test_nothing_is_captured_by_default(traced: Recorder, forecaster: Any, spoken: Provider) -> None:
    forecaster.run_nonstream(ask())
    everything = traced.everything()
    assert [word for word in ("Lisbon", "sunny", "How is") if word in everything] == []
    del spoken


def test_an_agent_has_what_it_is_asked_and_what_it_answers(
    shown: Recorder, forecaster: Any, spoken: Provider
) -> None:
    forecaster.run_nonstream(ask())
    assert content(shown, "invoke_agent") == {
        "input.messages": [ASKED],
        "output.messages": [{**SAID, "name": "forecaster"}],
    }
    del spoken


def test_a_tool_has_its_arguments_and_its_result(shown: Recorder, forecaster: Any, spoken: Provider) -> None:
    forecaster.run_nonstream(ask())
    assert content(shown, "execute_tool") == {
        "tool.call.arguments": {"city": "Lisbon"},
        "tool.call.result": "It is sunny in Lisbon.",
    }
    del spoken


def test_a_model_has_its_messages_and_the_tools_that_it_may_call(
    shown: Recorder, forecaster: Any, spoken: Provider
) -> None:
    forecaster.run_nonstream(ask())
    first, last = content(shown, "chat", 0), content(shown, "chat", 1)
    called = {"type": "tool_call", "id": "1", "name": "get_weather", "arguments": {"city": "Lisbon"}}
    assert first["output.messages"] == [
        {"role": "assistant", "parts": [called], "finish_reason": "tool_call"}
    ]
    assert last["output.messages"] == [SAID]
    assert last["input.messages"][-3:] == [
        ASKED,
        {"role": "assistant", "name": "forecaster", "parts": [called]},
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": "1", "response": "It is sunny in Lisbon."}],
        },
    ]
    assert [each["name"] for each in last["tool.definitions"]] == ["get_weather"]
    del spoken
