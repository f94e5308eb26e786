# SPDX-License-Identifier: Apache-2.0
"""Without us there is nothing of us left, ADK's own telemetry is silent while ours is not, and odd things stay odd."""

from __future__ import annotations

import inspect
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from google.adk import telemetry
from google.adk.agents.base_agent import BaseAgent
from google.adk.flows.llm_flows.base_llm_flow import BaseLlmFlow
from google.adk.runners import Runner
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from alike import processes
from alike.processes import imported_for
from libraries.google_adk.conftest import MODEL, agent, get_weather, run
from spanwright.console.provider import Reply
from spanwright.instrumentors.google_adk import GoogleAdkInstrumentor
from spanwright.instrumentors.google_genai import GoogleGenAIInstrumentor

if TYPE_CHECKING:
    from google.adk.agents import LlmAgent

    from harness import Recorder
    from libraries.google_adk.conftest import Ask
    from spanwright.console.provider import Provider

PLACES = [(BaseAgent, "run_async"), (BaseLlmFlow, "_run_and_handle_error"), (Runner, "run_async")]


async def test_uninstrumented_there_is_nothing_left_of_us(
    recorder: Recorder, forecaster: LlmAgent, ask: Ask
) -> None:
    before = [vars(kind)[name] for kind, name in PLACES]
    recorder.instrument(GoogleAdkInstrumentor())
    assert {type(vars(kind)[name]).__name__ for kind, name in PLACES} == {"Wrapped"}
    recorder.uninstrument()
    assert all(vars(kind)[name] is each for (kind, name), each in zip(PLACES, before, strict=True))
    assert "start_as_current_span" not in vars(telemetry.tracer)
    await ask(forecaster)
    assert recorder.spans == []
    recorder.instrument(GoogleAdkInstrumentor())
    await ask(forecaster, "hi")
    assert recorder.tree() == ["invoke_agent forecaster", f"  generate_content {MODEL}"]


# Before, what is then ADK's own again writes on the span of ours that is current.
@pytest.mark.needs("its telemetry holds its own spans")
async def test_uninstrumented_in_the_middle_of_a_run_the_run_goes_on(
    traced: Recorder, forecaster: LlmAgent
) -> None:
    events = run(forecaster)
    first = await events.__anext__()
    traced.uninstrument()
    rest = [event async for event in events]
    assert first.content.parts[0].function_call.name == "get_weather"
    assert rest[-1].content.parts[0].text == "It is sunny in Lisbon."


async def test_suppressed_runs_have_no_spans(traced: Recorder, forecaster: LlmAgent, ask: Ask) -> None:
    with suppress_instrumentation():
        await ask(forecaster)
    assert traced.spans == []


async def test_adks_own_points_are_silent_while_ours_are_not(
    recorder: Recorder, forecaster: LlmAgent, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = InMemoryMetricReader()
    provider = MeterProvider([own])
    metrics_of_adk = sys.modules.get("google.adk.telemetry._metrics")
    if metrics_of_adk is not None:
        for name in ("_agent_invocation_duration", "_tool_execution_duration"):
            made = provider.get_meter("adk").create_histogram(f"adk{name}")
            monkeypatch.setattr(metrics_of_adk, name, made, raising=False)
    recorder.instrument(GoogleAdkInstrumentor())
    await ask(forecaster)
    assert own.get_metrics_data() is None
    assert {point.count for point in recorder.points("gen_ai.invoke_agent.duration")} == {1}


async def test_agents_and_runs_made_before_are_traced(recorder: Recorder, forecaster: LlmAgent) -> None:
    method = forecaster.run_async
    events = run(forecaster)
    recorder.instrument(GoogleAdkInstrumentor(), GoogleGenAIInstrumentor())
    async for _ in events:
        pass
    assert recorder.tree()[0] == "invoke_agent forecaster"
    assert method.__name__ == "run_async"


def test_adk_keeps_its_signatures(traced: Recorder, forecaster: LlmAgent) -> None:
    assert list(inspect.signature(BaseAgent.run_async).parameters) == ["self", "parent_context"]
    assert inspect.isasyncgenfunction(BaseAgent.run_async)
    assert inspect.isasyncgenfunction(Runner.run_async)
    assert inspect.isgeneratorfunction(Runner.run)


async def test_nothing_of_the_application_is_changed(shown: Recorder, ask: Ask) -> None:
    root = agent(tools=[get_weather], instruction="Be kind.", generate_content_config={"temperature": 0.5})
    before = root.model_dump_json(exclude={"tools", "model"})
    await ask(root, "hi")
    assert root.model_dump_json(exclude={"tools", "model"}) == before
    assert type(root.model_copy()) is type(root)


def test_adk_is_not_imported_for_it() -> None:
    assert not imported_for(GoogleAdkInstrumentor, "google.adk")


def test_instrumented_before_adk_is_imported_it_is_traced_as_well(provider: Provider) -> None:
    script = """
        import asyncio
        from spanwright.instrumentors.google_adk import GoogleAdkInstrumentor
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
        exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        GoogleAdkInstrumentor().instrument(tracer_provider=provider)
        from google.adk.agents import LlmAgent
        from google.adk.models.base_llm import BaseLlm
        from google.adk.models.llm_response import LlmResponse
        from google.adk.runners import InMemoryRunner
        from google.genai import types
        def look():
            "Look."
            return "seen"
        class Own(BaseLlm):
            async def generate_content_async(self, llm_request, stream=False):
                asked = llm_request.contents[-1].parts[0]
                call = types.FunctionCall(name="look", args={})
                part = types.Part(function_call=call) if asked.text else types.Part(text="done")
                yield LlmResponse(content=types.Content(role="model", parts=[part]))
        async def main():
            runner = InMemoryRunner(agent=LlmAgent(name="one", model=Own(model="own"), tools=[look]), app_name="app")
            await runner.session_service.create_session(app_name="app", user_id="u", session_id="s")
            said = types.Content(role="user", parts=[types.Part(text="hi")])
            async for _ in runner.run_async(user_id="u", session_id="s", new_message=said):
                pass
        asyncio.run(main())
        print([span.name for span in sorted(exporter.get_finished_spans(), key=lambda span: span.start_time)])
    """
    done = processes.run(script, "-W", "ignore")
    assert done.stdout.strip() == "['invoke_agent one', 'chat own', 'execute_tool look', 'chat own']", (
        done.stderr
    )


# --- odd ----------------------------------------------------------------------------------------------------------

ODD = [
    {},
    {"candidates": []},
    {"candidates": [{}]},
    {"candidates": [{"content": {"parts": []}, "finishReason": "STOP"}]},
    {"candidates": [{"content": {}, "finishReason": "MALFORMED_FUNCTION_CALL"}]},
    {"candidates": [{"content": {"parts": [{"text": ""}]}}], "usageMetadata": {}},
    {"promptFeedback": {"blockReason": "OTHER"}},
]


def seen(events: list[Any]) -> list[Any]:
    """Return what the application sees, without what differs from run to run."""
    left_out = {"id", "timestamp", "invocation_id", "node_info"}
    return [event.model_dump(exclude=left_out, mode="json", exclude_none=True) for event in events]


@pytest.mark.parametrize("body", ODD, ids=json.dumps)
async def test_an_odd_answer_gives_what_the_bare_sdk_gives(
    recorder: Recorder, provider: Provider, ask: Ask, body: Any
) -> None:
    async def outcome() -> Any:
        provider.say(Reply(body=json.dumps(body), headers={"content-type": "application/json"}))
        try:
            return seen(await ask(agent(), "hi"))
        except Exception as error:
            return type(error), str(error)

    bare = await outcome()
    recorder.instrument(
        GoogleAdkInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    assert await outcome() == bare
    assert recorder.tree() == ["invoke_agent forecaster", f"  generate_content {MODEL}"]
