# SPDX-License-Identifier: Apache-2.0
"""Runs end on every path: errors of models and tools, retries, limits, cancellation, and streams that are left."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import TYPE_CHECKING, Any

import pytest
from crewai.flow.flow import Flow, start
from crewai.tools import tool

from alike.runs import errors
from libraries.crewai.conftest import calls, get_weather, says
from spanwright.console.provider import Reply
from spanwright.instrumentors.crewai import CrewAIInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from crewai import Crew

    from harness import Recorder
    from spanwright.console.provider import Provider

LISBON = {"city": "Lisbon"}


# --- errors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 404, 500])
def test_an_error_of_the_provider_fails_the_call(
    traced: Recorder, llm: Callable[..., Any], status: int
) -> None:
    with pytest.raises(Exception) as caught:
        llm(f"error:{status}").call("hi")
    kind = type(caught.value)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    assert errors(traced) == {f"chat error:{status}": name}


def test_the_attempts_that_the_framework_makes_are_one_inference(
    recorder: Recorder, llm: Callable[..., Any]
) -> None:
    recorder.instrument(CrewAIInstrumentor(), HttpxInstrumentor())
    with pytest.raises(Exception, match="429"):
        llm("error:429").call("hi")
    names = [span.name for span in recorder.spans]
    assert names == ["chat error:429", *["POST"] * (len(names) - 1)]
    assert len(names) >= 2


def test_an_error_of_the_model_fails_its_agent_and_its_crew(
    traced: Recorder, make: Callable[..., Any], llm: Callable[..., Any], crew: Callable[..., Crew]
) -> None:
    failing = make(llm=llm("error:401"), max_retry_limit=0)
    with pytest.raises(Exception, match="401"):
        crew(failing).kickoff(inputs=LISBON)
    assert set(errors(traced)) == {
        "invoke_workflow Morning",
        "task report",
        "invoke_agent Forecaster",
        "chat error:401",
    }


def test_another_attempt_of_an_agent_is_the_same_run(
    traced: Recorder, make: Callable[..., Any], crew: Callable[..., Crew], provider: Provider
) -> None:
    provider.say(Reply(error=401), says("Sunny."))
    assert crew(make(max_retry_limit=1)).kickoff(inputs=LISBON).raw == "Sunny."
    assert traced.tree() == [
        "invoke_workflow Morning",
        "  task report",
        "    invoke_agent Forecaster",
        "      chat gpt-4o-mini",
        "      chat gpt-4o-mini",
    ]
    assert list(errors(traced)) == ["chat gpt-4o-mini"]


@pytest.mark.parametrize("model", ["odd:mid-stream-error", "odd:mid-stream-cut"])
def test_a_stream_that_breaks_fails_its_call(traced: Recorder, llm: Callable[..., Any], model: str) -> None:
    try:
        llm(model, stream=True).call("hi")
    except Exception:
        assert set(errors(traced)) == {f"chat {model}"}
    assert [span.name for span in traced.spans] == [f"chat {model}"]


def test_a_tool_that_fails_fails_its_span_alone(
    traced: Recorder, make: Callable[..., Any], crew: Callable[..., Crew], provider: Provider
) -> None:
    @tool("broken")
    def broken(city: str) -> str:
        """Break."""
        message = "no forecast for Lisbon"
        raise LookupError(message)

    provider.say(*[calls("broken", city="Lisbon"), says("I do not know."), says("I do not know.")])
    crew(make(tools=[broken])).kickoff(inputs=LISBON)
    assert set(errors(traced).items()) == {("execute_tool broken", "LookupError")}
    assert "no forecast" not in traced.everything()


def test_a_flow_whose_method_fails_fails_with_it(traced: Recorder) -> None:
    class Morning(Flow):
        @start()
        def wake(self) -> str:
            raise LookupError

    with pytest.raises(LookupError):
        Morning().kickoff()
    assert errors(traced) == {"invoke_workflow Morning": "LookupError", "wake": "LookupError"}


def test_an_agent_that_takes_too_long_fails(
    traced: Recorder, make: Callable[..., Any], crew: Callable[..., Crew], provider: Provider
) -> None:
    going = threading.Event()
    provider.say(Reply("late", hold=going))
    agent = make(max_execution_time=1, max_retry_limit=0)
    # The framework waits for its thread, so that the answer has to come in the end.
    freed = threading.Timer(2, going.set)
    freed.start()
    with pytest.raises(TimeoutError):
        crew(agent).kickoff(inputs=LISBON)
    freed.join()
    assert errors(traced)["invoke_agent Forecaster"] == "TimeoutError"


# --- cancelled and left ------------------------------------------------------------------------------------------


@pytest.mark.needs("asynchronous crews")
async def test_a_cancelled_crew_ends_everything(
    traced: Recorder, crew: Callable[..., Crew], provider: Provider
) -> None:
    going = threading.Event()
    provider.say(Reply("never", hold=going))
    task = asyncio.create_task(crew().akickoff(inputs=LISBON))
    await asyncio.to_thread(provider.wait, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert errors(traced) == dict.fromkeys(
        ("invoke_workflow Morning", "task report", "invoke_agent Forecaster"), "cancelled"
    )
    # The framework asks its model in a thread, which nobody cancels.
    going.set()
    await asyncio.get_running_loop().shutdown_default_executor()
    assert traced.tree()[-1] == "      chat gpt-4o-mini"


async def test_a_cancelled_flow_ends_everything(traced: Recorder) -> None:
    begun = asyncio.Event()

    class Morning(Flow):
        @start()
        async def wake(self) -> None:
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(Morning().kickoff_async())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert errors(traced) == {"invoke_workflow Morning": "cancelled", "wake": "cancelled"}


async def test_a_run_that_is_never_awaited_is_no_run(traced: Recorder, make: Callable[..., Any]) -> None:
    make().kickoff_async("hi").close()
    assert traced.spans == []


@pytest.mark.needs("streamed crews")
def test_a_streamed_crew_that_nobody_reads_is_no_run(traced: Recorder, crew: Callable[..., Crew]) -> None:
    crew(stream=True).kickoff(inputs=LISBON)
    gc.collect()
    assert traced.spans == []


@pytest.mark.needs("streamed crews")
def test_a_streamed_crew_that_is_left_ends_when_its_run_does(
    traced: Recorder,
    make: Callable[..., Any],
    llm: Callable[..., Any],
    crew: Callable[..., Crew],
    spoken: Provider,
) -> None:
    streamed = crew(make(tools=[get_weather], llm=llm(stream=True)), stream=True).kickoff(inputs=LISBON)
    before = set(threading.enumerate())
    for _ in streamed:
        break
    for thread in set(threading.enumerate()) - before:
        thread.join(5) if not thread.daemon or "ThreadPool" not in thread.name else None
    assert "chat gpt-4o-mini" in [span.name for span in traced.spans]
