# SPDX-License-Identifier: Apache-2.0
"""Without us, suppressed, from before, and with things that are not as expected."""

from __future__ import annotations

import inspect
import pickle
import threading
from typing import TYPE_CHECKING, Any

import crewai
import pytest
from crewai.crews.crew_output import CrewOutput
from crewai.tools import BaseTool, tool
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.instrumentation.utils import suppress_instrumentation

from alike.answers import ODD
from alike.processes import imported_for
from libraries.crewai.conftest import calls, says
from spanwright.instrumentors.crewai import CrewAIInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

LISBON = {"city": "Lisbon"}


def test_uninstrumented_there_is_nothing_left_of_us(
    recorder: Recorder, crew: Callable[..., Any], provider: Provider
) -> None:
    places = [
        (crewai.Crew, "kickoff"),
        (crewai.Agent, "execute_task"),
        (BaseTool, "run"),
        (crewai.LLM, "call"),
    ]
    before = [vars(kind)[name] for kind, name in places]
    recorder.instrument(CrewAIInstrumentor())
    assert {type(vars(kind)[name]).__name__ for kind, name in places} == {"Wrapped"}
    recorder.uninstrument()
    assert all(vars(kind)[name] is each for (kind, name), each in zip(places, before, strict=True))
    provider.say(calls("get_weather", city="Lisbon"), says("Sunny."), says("Sunny."))
    crew().kickoff(inputs=LISBON)
    assert recorder.spans == []
    recorder.instrument(CrewAIInstrumentor())
    crew().kickoff(inputs=LISBON)
    assert recorder.tree()[:3] == ["invoke_workflow Morning", "  task report", "    invoke_agent Forecaster"]


def test_a_crew_made_before_is_traced(recorder: Recorder, crew: Callable[..., Any], spoken: Provider) -> None:
    made = crew()
    kickoff = made.kickoff_for_each
    recorder.instrument(CrewAIInstrumentor(), OpenAIInstrumentor())
    kickoff(inputs=[LISBON])
    assert len(recorder.spans) == 6


def test_uninstrumented_in_the_middle_of_a_run_the_run_goes_on(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    @tool("leave")
    def leave() -> str:
        """Leave."""
        traced.uninstrument()
        return "gone"

    provider.say(calls("leave"), says("It is over."))
    assert make(tools=[leave]).kickoff("Go").raw == "It is over."
    from spanwright.instrumentors._kernel import ending

    ending.finish_open()


def test_suppressed_runs_have_no_spans(traced: Recorder, crew: Callable[..., Any], spoken: Provider) -> None:
    with suppress_instrumentation():
        crew().kickoff(inputs=LISBON)
    assert traced.spans == []


def test_the_framework_keeps_its_signatures_and_its_types(
    traced: Recorder, crew: Callable[..., Any], spoken: Provider
) -> None:
    assert next(iter(inspect.signature(crewai.Crew.kickoff).parameters)) == "self"
    assert inspect.iscoroutinefunction(crewai.Agent.kickoff_async)
    assert type(crew().kickoff(inputs=LISBON)) is CrewOutput
    assert pickle.loads(pickle.dumps(crewai.Crew.kickoff)).__name__ == "kickoff"


def test_its_event_bus_hears_all(traced: Recorder, crew: Callable[..., Any], spoken: Provider) -> None:
    from crewai.events import CrewKickoffStartedEvent, ToolUsageStartedEvent, crewai_event_bus

    # Handlers run in threads.
    began, used = threading.Event(), threading.Event()
    with crewai_event_bus.scoped_handlers():

        @crewai_event_bus.on(CrewKickoffStartedEvent)
        def started(source: Any, event: Any) -> None:
            began.set()

        @crewai_event_bus.on(ToolUsageStartedEvent)
        def tool_started(source: Any, event: Any) -> None:
            used.set()

        crew().kickoff(inputs=LISBON)
        assert began.wait(10)
        assert used.wait(10)


def test_the_framework_is_not_imported_for_it() -> None:
    assert not imported_for(CrewAIInstrumentor, "crewai")


# --- odd ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ODD)
def test_an_odd_answer_gives_what_the_bare_framework_gives(
    recorder: Recorder, llm: Callable[..., Any], model: str, stream: bool
) -> None:
    def outcome() -> Any:
        try:
            return llm(model, stream=stream).call("hi")
        except Exception as error:
            return type(error), str(error)

    bare = outcome()
    recorder.instrument(
        CrewAIInstrumentor(), OpenAIInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true"
    )
    assert outcome() == bare
    assert [span.name for span in recorder.spans] == [f"chat {model}"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(result=st.recursive(st.none() | st.booleans() | st.text() | st.floats(), st.lists, max_leaves=4))
def test_whatever_a_tool_returns_its_caller_gets(shown: Recorder, result: Any) -> None:
    @tool("odd")
    def odd() -> Any:
        """Return something odd."""
        return result

    assert odd.run() is result
    assert odd.to_structured_tool().invoke({}) is result
