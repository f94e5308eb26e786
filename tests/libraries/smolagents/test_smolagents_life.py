# SPDX-License-Identifier: Apache-2.0
"""Without us, suppressed, from before, and with things that are not as expected."""

from __future__ import annotations

import inspect
import pickle
import types
from typing import TYPE_CHECKING, Any

import pytest
import smolagents
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.instrumentation.utils import suppress_instrumentation
from smolagents import OpenAIModel, Tool, tool

from alike.answers import ODD
from alike.processes import imported_for
from libraries.smolagents.conftest import calls, get_weather, says
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.instrumentors.smolagents import SmolagentsInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

ASK = "How is the weather?"


def test_uninstrumented_there_is_nothing_left_of_us(
    recorder: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    places = [
        (smolagents.MultiStepAgent, "run"),
        (smolagents.Tool, "__call__"),
        (OpenAIModel, "generate"),
        (OpenAIModel, "generate_stream"),
        (smolagents.LocalPythonExecutor, "__call__"),
    ]
    before = [vars(kind)[name] for kind, name in places]
    recorder.instrument(SmolagentsInstrumentor())
    assert {type(vars(kind)[name]).__name__ for kind, name in places} == {"Wrapped"}
    recorder.uninstrument()
    assert all(vars(kind)[name] is each for (kind, name), each in zip(places, before, strict=True))
    provider.say(says("Sunny."), says("Sunny."))
    make().run(ASK)
    assert recorder.spans == []
    recorder.instrument(SmolagentsInstrumentor())
    make().run(ASK)
    assert recorder.tree() == ["invoke_agent forecaster", "  chat gpt-4o-mini"]


def test_an_agent_made_before_is_traced(
    recorder: Recorder, make: Callable[..., Any], spoken: Provider
) -> None:
    made = make()
    recorder.instrument(SmolagentsInstrumentor(), OpenAIInstrumentor())
    made.run(ASK)
    assert len(recorder.spans) == 4


def test_uninstrumented_in_the_middle_of_a_run_the_run_goes_on(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    @tool
    def leave() -> str:
        """Leave."""
        traced.uninstrument()
        return "gone"

    provider.say(calls("leave"), says("It is over."))
    assert make(tools=(leave,)).run("Go") == "It is over."
    from spanwright.instrumentors._kernel import ending

    ending.finish_open()


@pytest.mark.parametrize("stream", [False, True])
def test_suppressed_runs_have_no_spans(
    traced: Recorder, make: Callable[..., Any], spoken: Provider, stream: bool
) -> None:
    with suppress_instrumentation():
        list(make(stream_outputs=stream).run(ASK, stream=True))
    assert traced.spans == []


def test_the_framework_keeps_its_signatures_and_its_types(
    traced: Recorder, make: Callable[..., Any], spoken: Provider
) -> None:
    assert list(inspect.signature(smolagents.MultiStepAgent.run).parameters)[:3] == ["self", "task", "stream"]
    assert inspect.isgeneratorfunction(OpenAIModel.generate_stream)
    steps = make().run(ASK, stream=True)
    assert isinstance(steps, types.GeneratorType)
    assert type(list(steps)[-1]).__name__ == "FinalAnswerStep"
    assert pickle.loads(pickle.dumps(smolagents.MultiStepAgent.run)).__name__ == "run"


def test_a_tool_can_still_be_written_down(traced: Recorder) -> None:
    assert "def forward" in get_weather.to_dict()["code"]


def test_a_step_callback_hears_all(traced: Recorder, make: Callable[..., Any], spoken: Provider) -> None:
    heard: list[str] = []
    make(step_callbacks=[lambda step, agent=None: heard.append(type(step).__name__)]).run(ASK)
    assert heard.count("ActionStep") == 2


def test_the_framework_is_not_imported_for_it() -> None:
    assert not imported_for(SmolagentsInstrumentor, "smolagents")


# --- odd ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", [*ODD, "odd:tool-delta-no-index"])
def test_an_odd_answer_gives_what_the_bare_framework_gives(
    recorder: Recorder, model: Callable[..., Any], name: str, stream: bool
) -> None:
    asked = [smolagents.ChatMessage(smolagents.MessageRole.USER, [{"type": "text", "text": "hi"}])]

    def outcome() -> Any:
        made = model(name)
        try:
            if stream:
                return [each.content for each in made.generate_stream(asked)]
            return made.generate(asked).content
        except Exception as error:
            return type(error), str(error)

    bare = outcome()
    recorder.instrument(
        SmolagentsInstrumentor(),
        OpenAIInstrumentor(),
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true",
    )
    assert outcome() == bare
    assert [span.name for span in recorder.spans] == [f"chat {name}"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(result=st.recursive(st.none() | st.booleans() | st.text() | st.floats(), st.lists, max_leaves=4))
def test_whatever_a_tool_returns_its_caller_gets(shown: Recorder, result: Any) -> None:
    class Odd(Tool):
        name = "odd"
        description = "Return something odd."
        inputs = {}
        output_type = "any"

        def forward(self) -> Any:
            return result

    assert Odd()() is result
