# SPDX-License-Identifier: Apache-2.0
"""Runs end on every path, content is told where it is asked for, and without us nothing is left of us."""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
from typing import TYPE_CHECKING, Any

import openai
import pytest
import strands
from hypothesis import given
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from strands import Agent, tool
from strands.telemetry import tracer as telemetry

from alike.processes import run
from alike.runs import failed
from harness import Recorder
from libraries.strands.conftest import MODEL, QUESTION, SUNNY, get_weather
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.instrumentors.strands import StrandsInstrumentor
from strange_answers import ANY, FEW

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from spanwright.console.provider import Provider

PRIVATE = ("Lisbon", "sunny", "You tell the weather")
CALLED = {"type": "tool_call", "id": "1", "name": "get_weather", "arguments": {"city": "Lisbon"}}


@pytest.mark.parametrize("status", [400, 401, 404, 500])
async def test_an_error_of_the_provider_reaches_the_application_and_every_span(
    traced: Recorder, make: Callable[..., Agent], provider: Provider, status: int
) -> None:
    provider.say(Reply(error=status))
    with pytest.raises(openai.APIStatusError) as raised:
        await make().invoke_async("hi")
    assert raised.value.status_code == status
    assert set(failed(traced)) == {"invoke_agent", "chat"}


async def test_a_connection_that_is_cut_is_an_error(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    provider.say(Reply("one two three four", cut_after=2))
    with pytest.raises(Exception) as raised:
        await make().invoke_async("hi")
    assert raised.value is not None
    assert set(failed(traced)) == {"invoke_agent", "chat"}


async def test_an_error_of_a_tool_is_the_tools_alone(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    @tool
    def get_weather(city: str) -> str:
        """Get the weather of a city."""
        raise LookupError(city)

    provider.say(*SUNNY)
    await make(tools=[get_weather]).invoke_async(QUESTION)
    assert set(failed(traced)) == {"execute_tool"}
    assert failed(traced)["execute_tool"] in ("tool_error", "LookupError")
    assert "Lisbon" not in traced.everything()


async def test_a_tool_that_is_not_there_is_an_error(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    provider.say(*SUNNY)
    await make().invoke_async(QUESTION)
    assert set(failed(traced)) <= {"execute_tool"}


async def test_a_cancelled_run_ends_everything_that_runs_in_it(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    begun = asyncio.Event()

    @tool
    async def get_weather(city: str) -> str:
        """Get the weather of a city."""
        begun.set()
        await asyncio.Event().wait()
        return city

    provider.say(*SUNNY)
    task = asyncio.ensure_future(make(tools=[get_weather]).invoke_async(QUESTION))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    assert failed(traced)["invoke_agent"] == "cancelled"
    assert [span.name.partition(" ")[0] for span in traced.spans] == ["invoke_agent", "chat", "execute_tool"]


async def test_a_run_that_is_closed_early_ends(traced: Recorder, forecaster: Agent) -> None:
    events = forecaster.stream_async(QUESTION)
    async for event in events:
        if "data" in event or "current_tool_use" in event:
            break
    await events.aclose()
    assert [span.name.partition(" ")[0] for span in traced.spans] == ["invoke_agent", "chat"]


async def test_a_run_that_is_dropped_ends(
    traced: Recorder,
    forecaster: Agent,
    settle: Callable[[], Awaitable[None]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    events = forecaster.stream_async(QUESTION)
    async for _ in events:
        break
    del events
    await settle()
    gc.collect()
    # The SDK's own blocks around its spans are left in the context of the loop that closes the stream.
    caplog.clear()
    assert traced.tree()[0] == "invoke_agent forecaster"


async def test_a_run_that_never_begins_is_none(traced: Recorder, forecaster: Agent) -> None:
    await forecaster.stream_async(QUESTION).aclose()
    assert traced.spans == []


# --- content ------------------------------------------------------------------------------------------------------


async def test_nothing_is_told_unless_it_is_asked_for(traced: Recorder, forecaster: Agent) -> None:
    await forecaster.invoke_async(QUESTION)
    everything = traced.everything()
    assert [each for each in PRIVATE if each in everything] == []


def told(span: Any) -> dict[str, Any]:
    names = ("messages", "instructions", "arguments", "result")
    return {
        name: json.loads(value) if str(value)[:1] in "[{" else value
        for name, value in (span.attributes or {}).items()
        if name.endswith(names)
    }


async def test_a_model_call_tells_what_was_asked_and_answered(alone: Recorder, forecaster: Agent) -> None:
    await forecaster.invoke_async(QUESTION)
    (first, last) = [told(span) for span in alone.spans if span.name.startswith("chat")]
    first["gen_ai.output.messages"][0]["parts"][0]["id"] = "1"
    assert first == {
        "gen_ai.system_instructions": [{"type": "text", "content": "You tell the weather."}],
        "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": QUESTION}]}],
        "gen_ai.output.messages": [{"role": "assistant", "parts": [CALLED], "finish_reason": "tool_call"}],
    }
    assert last["gen_ai.input.messages"][-1]["parts"][0]["response"] == "It is sunny in Lisbon."


async def test_a_tool_tells_its_arguments_and_its_result(shown: Recorder, forecaster: Agent) -> None:
    await forecaster.invoke_async(QUESTION)
    assert told(shown.one("execute_tool")) == {
        "gen_ai.tool.call.arguments": {"city": "Lisbon"},
        "gen_ai.tool.call.result": "It is sunny in Lisbon.",
    }


async def test_an_agent_tells_what_it_was_asked_and_what_it_said(shown: Recorder, forecaster: Agent) -> None:
    await forecaster.invoke_async(QUESTION)
    found = told(shown.one("invoke_agent"))
    assert found["gen_ai.input.messages"][0]["parts"] == [{"type": "text", "content": QUESTION}]
    assert found["gen_ai.output.messages"][0]["parts"] == [
        {"type": "text", "content": "It is sunny in Lisbon."}
    ]
    assert found["gen_ai.system_instructions"] == [{"type": "text", "content": "You tell the weather."}]


async def test_nothing_reaches_anybody_elses_exporter(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, forecaster: Agent
) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setitem(vars(telemetry.get_tracer()), "tracer", provider.get_tracer("strands"))
    recorder.instrument(StrandsInstrumentor())
    await forecaster.invoke_async(QUESTION)
    assert exporter.get_finished_spans() == ()
    assert recorder.tree()[0] == "invoke_agent forecaster"


# --- life ---------------------------------------------------------------------------------------------------------


async def test_uninstrumented_there_is_nothing_left_of_us(recorder: Recorder, forecaster: Agent) -> None:
    places = [(Agent, "stream_async"), (telemetry.Tracer, "start_tool_call_span")]
    before = [vars(kind)[name] for kind, name in places]
    own = telemetry.get_tracer().tracer
    recorder.instrument(StrandsInstrumentor())
    assert {type(vars(kind)[name]).__name__ for kind, name in places} == {"Wrapped"}
    assert telemetry.get_tracer().tracer is not own
    recorder.uninstrument()
    assert all(vars(kind)[name] is each for (kind, name), each in zip(places, before, strict=True))
    assert telemetry.get_tracer().tracer is own
    await forecaster.invoke_async(QUESTION)
    assert recorder.spans == []
    recorder.instrument(StrandsInstrumentor())
    await forecaster.invoke_async("hi")
    assert recorder.tree() == ["invoke_agent forecaster", f"  chat {MODEL}"]


async def test_uninstrumented_in_the_middle_of_a_run_the_run_goes_on(
    traced: Recorder, forecaster: Agent
) -> None:
    last: Any = None
    async for event in forecaster.stream_async(QUESTION):
        traced.uninstrument()
        last = event
    assert str(last["result"]).strip() == "It is sunny in Lisbon."


async def test_suppressed_runs_have_no_spans(traced: Recorder, forecaster: Agent) -> None:
    with suppress_instrumentation():
        await forecaster.invoke_async(QUESTION)
    assert traced.spans == []


def test_the_sdk_keeps_its_signatures(traced: Recorder) -> None:
    assert inspect.isasyncgenfunction(Agent.stream_async)
    assert next(iter(inspect.signature(Agent.stream_async).parameters)) == "self"


def test_an_own_package_with_the_name_of_the_sdk_is_left_alone(tmp_path: Any) -> None:
    (tmp_path / "strands").mkdir()
    (tmp_path / "strands" / "__init__.py").write_text("")
    script = """
        from spanwright.instrumentors.strands import StrandsInstrumentor
        StrandsInstrumentor().instrument()
        import strands, sys
        print("strands.agent" in sys.modules)
    """
    done = run(script, cwd=tmp_path)
    assert (done.stdout.strip(), done.stderr) == ("False", "")


@pytest.mark.parametrize("model", ["odd:no-usage", "odd:empty-body", "odd:usage-null-details"])
async def test_an_odd_answer_gives_what_the_bare_sdk_gives(
    recorder: Recorder, make: Callable[..., Agent], model: str
) -> None:
    async def outcome() -> Any:
        try:
            return str(await make(model=model).invoke_async("hi"))
        except Exception as error:
            return type(error), str(error)

    bare = await outcome()
    recorder.instrument(
        StrandsInstrumentor(),
        OpenAIInstrumentor(),
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT",
    )
    assert await outcome() == bare
    assert recorder.tree()[0] == "invoke_agent forecaster"


@FEW
@given(result=ANY)
def test_whatever_a_tool_returns_the_model_gets(provider: Provider, result: Any) -> None:
    from strands.models.openai import OpenAIModel

    @tool
    def odd() -> Any:
        """Return it."""
        return result

    def outcome() -> Any:
        provider.say(Reply(tool_calls=[ToolCall("odd")]), Reply("done"))
        asked = {"base_url": provider.base_url, "api_key": "test"}
        model = OpenAIModel(client_args=asked, model_id=MODEL)
        agent = Agent(model=model, tools=[odd], callback_handler=None)
        agent("Go")
        (told_model,) = [each for each in agent.messages if "toolResult" in each["content"][0]]
        return repr(told_model["content"][0]["toolResult"]["content"])

    bare = outcome()
    # The first versions hand on as text what looks like JSON and is none, so what is told is not judged here.
    recorder = Recorder()
    recorder.instrument(StrandsInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY")
    try:
        assert outcome() == bare
    finally:
        recorder.shutdown()


async def test_nothing_of_the_application_is_changed(shown: Recorder, forecaster: Agent) -> None:
    asked = [{"text": QUESTION}]
    result = await forecaster.invoke_async(asked)
    assert asked == [{"text": QUESTION}]
    assert type(result).__name__ == "AgentResult"
    assert get_weather.tool_name == "get_weather"
    assert trace.get_current_span() is trace.INVALID_SPAN
    assert strands.Agent is Agent
