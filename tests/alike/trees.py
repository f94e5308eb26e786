# SPDX-License-Identifier: Apache-2.0
"""Trees that frameworks have alike; a library's folder imports the tests and brings the agents as fixtures.

`forecaster` has a tool `get_weather`, `boss` has it behind a tool `ask_weather`, `make` makes an agent by its name.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

ASK = "What is the weather in Lisbon?"
TREE = [
    "invoke_agent Boss",
    "  chat gpt-4o-mini",
    "  execute_tool ask_weather",
    "    invoke_agent Forecaster",
    "      chat gpt-4o-mini",
    "      execute_tool get_weather",
    "      chat gpt-4o-mini",
    "  chat gpt-4o-mini",
]


async def test_an_agent_counts_its_own_calls_alone(traced: Recorder, boss: Any) -> None:
    await boss.run(ASK)
    counted = {
        (point.metric.rpartition(".")[2], point.labels["gen_ai.agent.name"]): point.sum
        for point in traced.points("gen_ai.invoke_agent")
        if point.metric.endswith("_calls")
    }
    assert counted == {
        ("inference_calls", "Boss"): 2,
        ("tool_calls", "Boss"): 1,
        ("inference_calls", "Forecaster"): 2,
        ("tool_calls", "Forecaster"): 1,
    }


async def test_an_agent_behind_a_tool(traced: Recorder, boss: Any) -> None:
    await boss.run(ASK)
    assert traced.tree() == TREE


async def test_runs_gathered_are_siblings(traced: Recorder, make: Callable[..., Any]) -> None:
    tracer = traced.tracer_provider.get_tracer("application")
    with tracer.start_as_current_span("morning"):
        await asyncio.gather(make("One").run("hi"), make("Two").run("hi"))
    assert sorted(traced.tree()) == [
        "    chat gpt-4o-mini",
        "    chat gpt-4o-mini",
        "  invoke_agent One",
        "  invoke_agent Two",
        "morning",
    ]


async def test_tools_called_at_once_are_siblings(
    traced: Recorder, forecaster: Any, provider: Provider
) -> None:
    calls = [ToolCall("get_weather", {"city": city}) for city in ("Lisbon", "Porto")]
    provider.say(Reply(tool_calls=calls), Reply("Sunny."))
    await forecaster.run(ASK)
    assert traced.tree() == [
        "invoke_agent Forecaster",
        "  chat gpt-4o-mini",
        "  execute_tool get_weather",
        "  execute_tool get_weather",
        "  chat gpt-4o-mini",
    ]
