# SPDX-License-Identifier: Apache-2.0
"""Runs that frameworks trace alike; a library's folder imports the tests and brings the agents as fixtures.

`forecaster` has a tool `get_weather`, `boss` has it behind a tool `ask_weather`, `make` makes an agent by its name,
and `run` is brought where an agent has no such method.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace

from alike.runs import calls_by_agent, errors
from alike.weather import ASK
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.console.provider import Provider
    from spanwright.instrumentors._kernel.instrumentor import Instrumentor

__all__ = [
    "run",
    "test_a_run_in_the_handler_of_an_error_does_not_have_that_error",
    "test_an_agent_behind_a_tool",
    "test_an_agent_counts_its_own_calls_alone",
    "test_http_requests_nest_under_the_model_call",
    "test_runs_gathered_are_siblings",
    "test_tools_called_at_once_are_siblings",
]
OWN: dict[str, Any] = {"model": "own", "messages": [{"role": "user", "content": "hi"}]}
"""What an application asks the client itself."""
Run = Callable[[Any, str], Awaitable[Any]]
"""What runs an agent with a text."""
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


def current() -> str | None:
    """Return the name of the span that is current, if one is."""
    return getattr(trace.get_current_span(), "name", None)


@pytest.fixture
def run() -> Run:
    """Return what runs an agent with a text."""

    async def ran(agent: Any, text: str) -> Any:
        return await agent.run(text)

    return ran


async def test_an_agent_counts_its_own_calls_alone(traced: Recorder, boss: Any, run: Run) -> None:
    await run(boss, ASK)
    assert calls_by_agent(traced) == {
        ("inference_calls", "Boss"): 2,
        ("tool_calls", "Boss"): 1,
        ("inference_calls", "Forecaster"): 2,
        ("tool_calls", "Forecaster"): 1,
    }


async def test_an_agent_behind_a_tool(traced: Recorder, boss: Any, run: Run) -> None:
    await run(boss, ASK)
    assert traced.tree() == TREE


async def test_runs_gathered_are_siblings(traced: Recorder, make: Callable[..., Any], run: Run) -> None:
    tracer = traced.tracer_provider.get_tracer("application")
    with tracer.start_as_current_span("morning"):
        await asyncio.gather(run(make("One"), "hi"), run(make("Two"), "hi"))
    assert sorted(traced.tree()) == [
        "    chat gpt-4o-mini",
        "    chat gpt-4o-mini",
        "  invoke_agent One",
        "  invoke_agent Two",
        "morning",
    ]


async def test_tools_called_at_once_are_siblings(
    traced: Recorder, forecaster: Any, provider: Provider, run: Run
) -> None:
    calls = [ToolCall("get_weather", {"city": city}) for city in ("Lisbon", "Porto")]
    provider.say(Reply(tool_calls=calls), Reply("Sunny."))
    await run(forecaster, ASK)
    assert traced.tree() == [
        "invoke_agent Forecaster",
        "  chat gpt-4o-mini",
        "  execute_tool get_weather",
        "  execute_tool get_weather",
        "  chat gpt-4o-mini",
    ]


async def test_http_requests_nest_under_the_model_call(
    recorder: Recorder, instrumentor: type[Instrumentor], make: Callable[..., Any], run: Run
) -> None:
    recorder.instrument(instrumentor(), HttpxInstrumentor())
    await run(make(), "hi")
    assert recorder.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini", "    POST"]


async def test_a_run_in_the_handler_of_an_error_does_not_have_that_error(
    traced: Recorder, forecaster: Any, run: Run
) -> None:
    try:
        raise LookupError
    except LookupError:
        await run(forecaster, ASK)
    assert errors(traced) == {}
