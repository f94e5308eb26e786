# SPDX-License-Identifier: Apache-2.0
"""Runs end on every path: errors, tripwires, limits, cancellation, and streams that are left."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest
from agents import (
    GuardrailFunctionOutput,
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    OutputGuardrailTripwireTriggered,
    RunConfig,
    Runner,
    function_tool,
    input_guardrail,
    output_guardrail,
)
from agents.exceptions import UserError

from alike.runs import errors
from alike.weather import ASK
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents import Agent

    from harness import Recorder
    from spanwright.console.provider import Provider


def named() -> RunConfig:
    """Return settings with a name; they hold the client that they were first used with."""
    return RunConfig(workflow_name="Morning")


async def consumed(result: Any) -> None:
    async for _ in result.stream_events():
        pass


# --- errors ------------------------------------------------------------------------------------------------------


async def test_an_error_of_the_provider_fails_the_call_its_agent_and_its_workflow(
    traced: Recorder, make: Callable[..., Agent]
) -> None:
    with pytest.raises(Exception, match="429") as caught:
        await Runner.run(make(model="error:429"), "hi", run_config=named())
    kind = f"{type(caught.value).__module__}.RateLimitError"
    assert errors(traced) == {
        "invoke_workflow Morning": kind,
        "invoke_agent Forecaster": kind,
        "chat error:429": kind,
    }


async def test_an_error_in_a_stream_fails_the_same(traced: Recorder, make: Callable[..., Agent]) -> None:
    with pytest.raises(Exception, match="429"):
        await consumed(Runner.run_streamed(make(model="error:429"), "hi", run_config=named()))
    assert set(errors(traced)) == {"invoke_workflow Morning", "invoke_agent Forecaster", "chat error:429"}


async def test_too_many_turns_fail_the_agent(traced: Recorder, forecaster: Agent) -> None:
    with pytest.raises(MaxTurnsExceeded):
        await Runner.run(forecaster, ASK, max_turns=1, run_config=named())
    kind = "agents.exceptions.MaxTurnsExceeded"
    assert errors(traced) == {"invoke_workflow Morning": kind, "invoke_agent Forecaster": kind}


async def test_too_many_turns_of_a_stream_fail_the_agent(traced: Recorder, forecaster: Agent) -> None:
    with pytest.raises(MaxTurnsExceeded):
        await consumed(Runner.run_streamed(forecaster, ASK, max_turns=1, run_config=named()))
    kind = "agents.exceptions.MaxTurnsExceeded"
    assert errors(traced) == {"invoke_workflow Morning": kind, "invoke_agent Forecaster": kind}


async def test_a_tool_that_fails_fails_its_span_alone(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    @function_tool
    def broken() -> str:
        message = "no forecast"
        raise LookupError(message)

    provider.say(Reply(tool_calls=[ToolCall("broken")]))
    await Runner.run(make(tools=[broken]), "Go", run_config=named())
    assert errors(traced) == {"execute_tool broken": "LookupError"}
    assert "no forecast" not in traced.everything()


async def test_a_tool_whose_error_nobody_handles_fails_the_run(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    @function_tool(failure_error_function=None)
    def broken() -> str:
        raise LookupError

    provider.say(Reply(tool_calls=[ToolCall("broken")]))
    with pytest.raises(UserError):
        await Runner.run(make(tools=[broken]), "Go")
    assert errors(traced) == {
        "invoke_agent Forecaster": "agents.exceptions.UserError",
        "execute_tool broken": "agents.exceptions.UserError",
    }


async def test_a_run_in_the_handler_of_an_error_does_not_have_that_error(
    traced: Recorder, forecaster: Agent
) -> None:
    try:
        raise LookupError
    except LookupError:
        await Runner.run(forecaster, ASK)
    assert errors(traced) == {}


# --- guardrails --------------------------------------------------------------------------------------------------


def guard(kind: Any, *, trips: bool) -> Any:
    @kind
    async def polite(context: Any, agent: Any, given: Any) -> GuardrailFunctionOutput:
        return GuardrailFunctionOutput(output_info=None, tripwire_triggered=trips)

    return polite


async def test_a_guardrail_is_a_step_of_its_agent(traced: Recorder, make: Callable[..., Agent]) -> None:
    rails = {
        "input_guardrails": [guard(input_guardrail, trips=False)],
        "output_guardrails": [guard(output_guardrail, trips=False)],
    }
    await Runner.run(make(**rails), "hi")
    assert sorted(traced.tree()) == [
        "  chat gpt-4o-mini",
        "  guardrail polite",
        "  guardrail polite",
        "invoke_agent Forecaster",
    ]
    steps = [span for span in traced.spans if span.name.startswith("guardrail")]
    assert [dict(step.attributes or {}) for step in steps] == [
        {"openai_agents.guardrail.triggered": False}
    ] * 2


async def test_an_input_tripwire_fails_the_agent_and_not_the_guardrail(
    traced: Recorder, make: Callable[..., Agent]
) -> None:
    with pytest.raises(InputGuardrailTripwireTriggered):
        await Runner.run(make(input_guardrails=[guard(input_guardrail, trips=True)]), "hi")
    kind = "agents.exceptions.InputGuardrailTripwireTriggered"
    assert errors(traced)["invoke_agent Forecaster"] == kind
    assert traced.attributes("guardrail") == {"openai_agents.guardrail.triggered": True}
    assert traced.one("guardrail").status.is_unset


async def test_an_output_tripwire_of_a_stream_fails_the_agent(
    traced: Recorder, make: Callable[..., Agent]
) -> None:
    with pytest.raises(OutputGuardrailTripwireTriggered):
        await consumed(
            Runner.run_streamed(make(output_guardrails=[guard(output_guardrail, trips=True)]), "hi")
        )
    assert traced.attributes("guardrail") == {"openai_agents.guardrail.triggered": True}


# --- cancelled and left ------------------------------------------------------------------------------------------


async def test_a_cancelled_run_ends_everything(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    begun = asyncio.Event()

    @function_tool
    async def slow() -> str:
        begun.set()
        await asyncio.Event().wait()
        return "never"

    provider.say(Reply(tool_calls=[ToolCall("slow")]))
    task = asyncio.create_task(Runner.run(make(tools=[slow]), "Go", run_config=named()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert errors(traced) == {
        "invoke_workflow Morning": "cancelled",
        "invoke_agent Forecaster": "cancelled",
        "execute_tool slow": "cancelled",
    }


async def test_a_stream_that_its_consumer_cancels_is_no_error(traced: Recorder, forecaster: Agent) -> None:
    result = Runner.run_streamed(forecaster, ASK, run_config=named())
    async for event in result.stream_events():
        if event.type == "raw_response_event":
            result.cancel()
    await settled()
    assert {span.name for span in traced.spans} >= {"invoke_workflow Morning", "invoke_agent Forecaster"}
    assert set(errors(traced)) <= {"chat gpt-4o-mini"}


async def test_a_stream_that_is_left_ends_with_its_run(traced: Recorder, forecaster: Agent) -> None:
    result = Runner.run_streamed(forecaster, ASK, run_config=named())
    events = result.stream_events()
    async for _ in events:
        break
    await events.aclose()
    del events
    await settled()
    assert traced.tree()[:2] == ["invoke_workflow Morning", "  invoke_agent Forecaster"]


async def test_a_stream_that_nobody_consumes_ends_with_its_run(traced: Recorder, forecaster: Agent) -> None:
    Runner.run_streamed(forecaster, ASK, run_config=named())
    await settled()
    assert traced.tree() == [
        "invoke_workflow Morning",
        "  invoke_agent Forecaster",
        "    chat gpt-4o-mini",
        "    execute_tool get_weather",
        "    chat gpt-4o-mini",
    ]
    assert errors(traced) == {}


def test_a_loop_that_closes_ends_what_runs_in_it(traced: Recorder, provider: Provider) -> None:
    import agents
    from openai import AsyncOpenAI

    begun = []

    @function_tool
    async def slow() -> str:
        begun.append(True)
        await asyncio.Event().wait()
        return "never"

    async def main() -> None:
        async with AsyncOpenAI(base_url=provider.base_url, api_key="test") as client:
            model = agents.OpenAIChatCompletionsModel("gpt-4o-mini", client)
            provider.say(Reply(tool_calls=[ToolCall("slow")]))
            Runner.run_streamed(agents.Agent(name="Slow", tools=[slow], model=model), "Go")
            while not begun:
                await asyncio.sleep(0)

    asyncio.run(main())
    gc.collect()
    assert [span.name for span in traced.spans] == [
        "invoke_agent Slow",
        "chat gpt-4o-mini",
        "execute_tool slow",
    ]


async def settled() -> None:
    """Let everything that still runs come to its end."""
    gc.collect()
    while running := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(running)
