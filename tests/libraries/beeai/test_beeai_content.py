# SPDX-License-Identifier: Apache-2.0
"""Content of agents, models and tools: only when it is asked for, and what it says then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from alike import agents as alike
from alike.runs import content
from libraries.beeai.conftest import ASK

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

ASKED = {"role": "user", "parts": [{"type": "text", "content": ASK}]}


@pytest.mark.parametrize("stream", [False, True])
async def test_nothing_is_captured_by_default(
    traced: Recorder, forecaster: Any, spoken: Provider, stream: bool
) -> None:
    forecaster._llm.parameters.stream = stream
    await forecaster.run(ASK)
    everything = traced.everything()
    assert [word for word in ("Lisbon", "sunny", ASK) if word in everything] == []
    del spoken


async def test_an_agent_has_what_it_is_asked_and_what_it_answers(
    shown: Recorder, forecaster: Any, spoken: Provider
) -> None:
    await forecaster.run(ASK)
    assert content(shown, "invoke_agent") == {
        "input.messages": [ASKED],
        "output.messages": alike.answered("forecaster", "It is sunny."),
    }
    del spoken


async def test_a_tool_has_its_arguments_and_its_result(
    shown: Recorder, forecaster: Any, spoken: Provider
) -> None:
    await forecaster.run(ASK)
    assert content(shown, "execute_tool") == {
        "tool.call.arguments": {"city": "Lisbon"},
        "tool.call.result": "It is sunny in Lisbon.",
    }
    del spoken


@pytest.mark.parametrize("stream", [False, True])
async def test_a_model_has_its_messages_and_the_tools_that_it_may_call(
    alone: Recorder, forecaster: Any, spoken: Provider, stream: bool, model: Callable[..., Any]
) -> None:
    forecaster._llm = model(stream=stream)
    await forecaster.run(ASK)
    first, last = content(alone, "chat", 0), content(alone, "chat", 1)
    (said,) = first["output.messages"]
    (called,) = said["parts"]
    assert (called["type"], called["name"], called["arguments"]) == (
        "tool_call",
        "get_weather",
        {"city": "Lisbon"},
    )
    assert said["finish_reason"] == "tool_call"
    assert [each["role"] for each in last["input.messages"]] == ["system", "user", "assistant", "tool"]
    (answered,) = last["input.messages"][-1]["parts"]
    assert (answered["id"], answered["response"]) == (called["id"], "It is sunny in Lisbon.")
    assert "get_weather" in [each["name"] for each in last["tool.definitions"]]
    del spoken
