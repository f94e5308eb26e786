# SPDX-License-Identifier: Apache-2.0
"""Switched on and off: nothing is imported for it, everything comes back, and the application sees no difference."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import TaskResult
from autogen_core import _telemetry, trace_invoke_agent_span
from opentelemetry import trace

from alike.weather import ASK
from libraries.autogen.conftest import get_weather
from spanwright.instrumentors.autogen import AutoGenInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from autogen_agentchat.agents import AssistantAgent

    from harness import Recorder

START = """
import sys
from spanwright.instrumentors.autogen import AutoGenInstrumentor
AutoGenInstrumentor().instrument()
assert not {"autogen_core", "autogen_agentchat"} & set(sys.modules)
import autogen_core
assert "autogen_agentchat" not in sys.modules
from autogen_agentchat.agents import BaseChatAgent
assert type(BaseChatAgent.__dict__["run"]).__name__ == "Wrapped"
"""


def test_nothing_is_imported_before_the_application_does_it() -> None:
    done = subprocess.run([sys.executable, "-c", START], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


async def test_a_run_gives_what_it_gives_without_us(
    recorder: Recorder, make: Callable[..., AssistantAgent]
) -> None:
    plain = [type(event) async for event in make(tools=[get_weather]).run_stream(task=ASK)]
    recorder.instrument(AutoGenInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true")
    assert [type(event) async for event in make(tools=[get_weather]).run_stream(task=ASK)] == plain


async def test_uninstrumenting_puts_all_back(recorder: Recorder, forecaster: AssistantAgent) -> None:
    before = BaseChatAgent.__dict__["run"], _telemetry._genai.trace
    instrumentor = AutoGenInstrumentor()
    recorder.instrument(instrumentor)
    held = BaseChatAgent.run_stream
    recorder.uninstrument()
    assert (BaseChatAgent.__dict__["run"], _telemetry._genai.trace) == before
    assert _telemetry._genai.trace is trace
    await forecaster.run(task=ASK)
    async for _ in held(forecaster, task=ASK):
        pass
    assert recorder.spans == []


async def test_instrumenting_again_traces_once(
    recorder: Recorder, make: Callable[..., AssistantAgent]
) -> None:
    for _ in range(2):
        recorder.instrument(AutoGenInstrumentor())
        recorder.uninstrument()
    recorder.instrument(AutoGenInstrumentor())
    recorder.instrument(AutoGenInstrumentor())
    await make().run(task=ASK)
    assert recorder.tree() == ["invoke_agent forecaster"]


def test_signatures_stay(traced: Recorder) -> None:
    assert inspect.iscoroutinefunction(BaseChatAgent.run)
    assert list(inspect.signature(BaseChatAgent.run_stream).parameters)[:2] == ["self", "task"]


async def test_a_stream_is_a_generator_to_the_application(
    traced: Recorder, make: Callable[..., AssistantAgent]
) -> None:
    stream: Any = make().run_stream(task=ASK)
    assert inspect.isasyncgen(stream)
    events = [event async for event in stream]
    assert isinstance(events[-1], TaskResult)


def test_an_agent_that_is_only_made_is_no_operation(
    traced: Recorder, make: Callable[..., AssistantAgent]
) -> None:
    make()
    assert traced.spans == []


def test_an_agent_that_the_application_traces_itself_is_our_operation(traced: Recorder) -> None:
    with trace_invoke_agent_span("mine", agent_id="mine/1") as span:
        assert trace.get_current_span() is not trace.INVALID_SPAN
        assert span.is_recording()
    assert traced.attributes() == {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "mine"}


async def test_the_libraries_switch_for_its_messages_leaves_agents_traced(
    recorder: Recorder, make: Callable[..., AssistantAgent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOGEN_DISABLE_RUNTIME_TRACING", "true")
    recorder.instrument(AutoGenInstrumentor())
    await make().run(task=ASK)
    assert recorder.tree() == ["invoke_agent forecaster"]


async def test_nothing_is_printed(
    traced: Recorder, forecaster: AssistantAgent, capsys: pytest.CaptureFixture[str]
) -> None:
    await forecaster.run(task=ASK)
    assert capsys.readouterr().out == ""
