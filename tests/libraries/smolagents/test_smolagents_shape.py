# SPDX-License-Identifier: Apache-2.0
"""The agent that every framework traces alike, in smolagents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from smolagents import tool

from alike import agents as alike
from libraries.smolagents.conftest import calls, says, writes
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.instrumentors.smolagents import SmolagentsInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider


@tool
def thermometer(room: str) -> str:
    """Tell the temperature of a room.

    Args:
        room: The room.
    """
    return alike.thermometer(room)


def chats(recorder: Recorder) -> list[Any]:
    return [span for span in recorder.spans if span.name.startswith("chat")]


@pytest.mark.parametrize("whole", [False, True])
def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(
    recorder: Recorder, provider: Provider, make: Callable[..., Any], whole: bool
) -> None:
    inner = make(alike.GUIDE, (), description="Tells the way.", stream_outputs=True)
    host = make(alike.HOST, (thermometer,), managed_agents=[inner], stream_outputs=True)
    provider.say(
        calls(alike.TOOL, room="hall"),
        calls(alike.GUIDE, task="Where is the hall?"),
        says("To the left."),
        says(alike.ANSWER),
    )
    recorder.instrument(SmolagentsInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    if whole:
        answer = host.run(alike.ASK)
    else:
        *_, last = host.run(alike.ASK, stream=True)
        answer = last.output
    assert answer == alike.ANSWER
    assert alike.shape(recorder.tree()) == alike.TREE
    assert all((span.attributes or {}).get("gen_ai.request.stream") for span in chats(recorder))
    counted = recorder.points("gen_ai.client.operation.duration")
    assert sum(point.count for point in counted) == len(chats(recorder))


def test_an_agent_that_writes_code_has_its_tools_under_the_code(
    recorder: Recorder, provider: Provider, make: Callable[..., Any], coder: Callable[..., Any]
) -> None:
    inner = make(alike.GUIDE, (), description="Tells the way.")
    host = coder(alike.HOST, (thermometer,), managed_agents=[inner])
    provider.say(
        writes('print(thermometer(room="hall"))'),
        writes('print(guide(task="Where is the hall?"))'),
        says("To the left."),
        writes(f'final_answer("{alike.ANSWER}")'),
    )
    recorder.instrument(SmolagentsInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    assert host.run(alike.ASK) == alike.ANSWER
    code = "  execute_tool python_interpreter"
    assert alike.shape(recorder.tree()) == (
        *alike.TREE[:2],
        code,
        f"  {alike.TREE[2]}",
        alike.TREE[3],
        code,
        *(f"  {line}" for line in alike.TREE[4:7]),
        alike.TREE[7],
        code,
    )
