# SPDX-License-Identifier: Apache-2.0
"""With the SDK's tracing off, with conversations, without us, and with things that are not as expected."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import agents
import pytest
from agents import Agent, RunConfig, Runner, SQLiteSession, function_tool
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.instrumentation.utils import suppress_instrumentation

from alike.processes import imported_for, run
from alike.weather import ASK
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.instrumentors.openai_agents import OpenAIAgentsInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Recorder
    from libraries.openai_agents.conftest import Heard
    from spanwright.console.provider import Provider

TREE = [
    "invoke_workflow Morning",
    "  invoke_agent Triage",
    "    chat gpt-4o-mini",
    "    handoff",
    "  invoke_agent Forecaster",
    "    chat gpt-4o-mini",
    "    execute_tool get_weather",
    "    chat gpt-4o-mini",
]


async def consumed(agent: Agent, *given: Any, **options: Any) -> Any:
    result = Runner.run_streamed(agent, *given, **options)
    async for _ in result.stream_events():
        pass
    return result


# --- the SDK's tracing off ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("run", [Runner.run, consumed])
async def test_a_run_whose_tracing_is_off_has_the_same_tree(
    traced: Recorder, triage: Agent, provider: Provider, heard: Heard, run: Any
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("transfer_to_forecaster")]))
    await run(triage, ASK, run_config=RunConfig(tracing_disabled=True, workflow_name="Morning", group_id="t"))
    assert traced.tree() == TREE
    assert heard.started == []
    assert {(span.attributes or {}).get("gen_ai.conversation.id") for span in traced.spans} == {"t", None}


@pytest.mark.parametrize("run", [Runner.run, consumed])
async def test_with_all_tracing_off_there_is_the_same_tree(
    traced: Recorder, triage: Agent, provider: Provider, heard: Heard, run: Any
) -> None:
    agents.set_tracing_disabled(True)
    provider.say(Reply(tool_calls=[ToolCall("transfer_to_forecaster")]))
    await run(triage, ASK, run_config=RunConfig(workflow_name="Morning"))
    assert traced.tree() == TREE
    assert heard.started == []


async def test_a_trace_of_the_application_keeps_its_name_with_tracing_off(
    traced: Recorder, forecaster: Agent
) -> None:
    agents.set_tracing_disabled(True)
    with agents.trace("Morning", group_id="thread-1"):
        await Runner.run(forecaster, "hi")
    assert traced.tree() == ["invoke_workflow Morning", "  invoke_agent Forecaster", "    chat gpt-4o-mini"]
    assert traced.attributes("invoke_agent")["gen_ai.conversation.id"] == "thread-1"


def test_the_switch_in_the_environment_leaves_ours_alone(provider: Provider) -> None:
    script = f"""
        import asyncio, os
        os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"
        from spanwright.instrumentors.openai_agents import OpenAIAgentsInstrumentor
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
        exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        OpenAIAgentsInstrumentor().instrument(tracer_provider=provider)
        from agents import Agent, OpenAIChatCompletionsModel, Runner
        from openai import AsyncOpenAI
        async def main():
            async with AsyncOpenAI(base_url={provider.base_url!r}, api_key="test") as client:
                await Runner.run(Agent(name="One", model=OpenAIChatCompletionsModel("gpt-4o-mini", client)), "hi")
        asyncio.run(main())
        print([span.name for span in exporter.get_finished_spans()])
    """
    done = run(script)
    assert done.stdout.strip() == "['chat gpt-4o-mini', 'invoke_agent One']", done.stderr


@pytest.mark.needs("host tools are traced")
@pytest.mark.parametrize("off", [False, True])
async def test_tools_of_the_host_are_traced(
    traced: Recorder, make: Callable[..., Agent], provider: Provider, off: bool
) -> None:
    from agents import ShellTool

    action = {"commands": ["true"], "timeout_ms": 1000, "max_output_length": 100}
    call = {"type": "shell_call", "id": "sh_1", "call_id": "call_1", "action": action, "status": "completed"}
    provider.say(Reply(items=[call]))
    provider.say(Reply(text="done"))
    shell = ShellTool(executor=lambda request: "ran")
    await Runner.run(make(tools=[shell]), "Go", run_config=RunConfig(tracing_disabled=off))
    assert traced.attributes("execute_tool")["gen_ai.tool.name"] == "shell"


# --- conversations -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"run_config": RunConfig(group_id="thread-1")}, "thread-1"),
        ({"session": SQLiteSession("session-1")}, "session-1"),
        ({"conversation_id": "conv_1"}, "conv_1"),
        ({}, None),
    ],
)
async def test_a_conversation_is_told_on_every_span(
    traced: Recorder, forecaster: Agent, options: dict[str, Any], told: str | None
) -> None:
    config = options.pop("run_config", None) or RunConfig()
    await Runner.run(forecaster, ASK, run_config=RunConfig(group_id=config.group_id), **options)
    assert {(span.attributes or {}).get("gen_ai.conversation.id") for span in traced.spans} == {told}


async def test_a_conversation_does_not_leak_into_the_next_run(traced: Recorder, forecaster: Agent) -> None:
    await Runner.run(forecaster, "hi", run_config=RunConfig(group_id="thread-1"))
    await Runner.run(forecaster, "hi")
    told = [(span.attributes or {}).get("gen_ai.conversation.id") for span in traced.spans]
    assert told == ["thread-1", "thread-1", None, None]


# --- without us --------------------------------------------------------------------------------------------------


async def test_uninstrumented_there_is_nothing_left_of_us(recorder: Recorder, forecaster: Agent) -> None:
    from agents.run import AgentRunner
    from agents.tracing.spans import NoOpSpan, SpanImpl

    places = [(AgentRunner, "run"), (SpanImpl, "start"), (NoOpSpan, "finish")]
    before = [vars(kind)[name] for kind, name in places]
    recorder.instrument(OpenAIAgentsInstrumentor())
    assert {type(vars(kind)[name]).__name__ for kind, name in places} == {"Wrapped"}
    recorder.uninstrument()
    assert all(vars(kind)[name] is each for (kind, name), each in zip(places, before, strict=True))
    await Runner.run(forecaster, ASK)
    assert recorder.spans == []
    recorder.instrument(OpenAIAgentsInstrumentor())
    await Runner.run(forecaster, "hi")
    assert recorder.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini"]


async def test_uninstrumented_in_the_middle_of_a_run_the_run_goes_on(
    traced: Recorder, make: Callable[..., Agent]
) -> None:
    @function_tool
    def get_weather(city: str) -> str:
        """Get the weather of a city."""
        traced.uninstrument()
        return f"It is sunny in {city}."

    result = await Runner.run(make(tools=[get_weather]), ASK)
    assert result.final_output == "Here is what I found: It is sunny in Lisbon."
    from spanwright.instrumentors._kernel import ending

    ending.finish_open()


async def test_suppressed_runs_have_no_spans(traced: Recorder, triage: Agent) -> None:
    with suppress_instrumentation():
        await Runner.run(triage, "hi")
        await consumed(triage, "hi")
    assert traced.spans == []


async def test_the_sdk_keeps_its_signatures(traced: Recorder) -> None:
    from agents.run import AgentRunner

    assert inspect.iscoroutinefunction(AgentRunner.run)
    assert list(inspect.signature(AgentRunner.run).parameters) == [
        "self",
        "starting_agent",
        "input",
        "kwargs",
    ]


async def test_a_run_that_is_never_awaited_is_no_run(traced: Recorder, forecaster: Agent) -> None:
    Runner.run(forecaster, "hi").close()
    assert traced.spans == []


def test_an_own_package_with_the_name_of_the_sdk_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "__init__.py").write_text("")
    (tmp_path / "agents" / "run.py").write_text("class AgentRunner:\n    def run(self): return 1\n")
    script = """
        from spanwright.instrumentors.openai_agents import OpenAIAgentsInstrumentor
        OpenAIAgentsInstrumentor().instrument()
        import agents.run
        print(type(vars(agents.run.AgentRunner)["run"]).__name__)
    """
    done = run(script, cwd=tmp_path)
    assert (done.stdout.strip(), done.stderr) == ("function", "")


def test_the_sdk_is_not_imported_for_it() -> None:
    assert not imported_for(OpenAIAgentsInstrumentor, "agents")


# --- odd ---------------------------------------------------------------------------------------------------------

ODD = [
    "odd:no-usage",
    "odd:usage-null-details",
    "odd:empty-body",
    "odd:failed",
    "odd:incomplete",
    "odd:unknown-part",
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ODD)
async def test_an_odd_answer_gives_what_the_bare_sdk_gives(
    recorder: Recorder, make: Callable[..., Agent], model: str, stream: bool
) -> None:
    run = consumed if stream else Runner.run

    async def outcome() -> Any:
        try:
            return (await run(make(model=model), "hi")).final_output
        except Exception as error:
            return type(error), str(error)

    bare = await outcome()
    recorder.instrument(
        OpenAIAgentsInstrumentor(),
        OpenAIInstrumentor(),
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true",
    )
    assert await outcome() == bare
    assert recorder.tree()[0] == "invoke_agent Forecaster"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(result=st.recursive(st.none() | st.booleans() | st.text(), st.lists, max_leaves=4))
def test_whatever_a_tool_returns_the_model_gets(shown: Recorder, provider: Provider, result: Any) -> None:
    from openai import AsyncOpenAI

    @function_tool
    def odd() -> Any:
        return result

    async def main() -> Any:
        async with AsyncOpenAI(base_url=provider.base_url, api_key="test") as client:
            provider.say(Reply(tool_calls=[ToolCall("odd")]))
            provider.say(Reply(text="done"))
            model = agents.OpenAIChatCompletionsModel("gpt-4o-mini", client)
            return await Runner.run(Agent(name="Odd", tools=[odd], model=model), "Go")

    done = asyncio.run(main())
    assert done.final_output == "done"
    (output,) = [item for item in done.new_items if item.type == "tool_call_output_item"]
    assert output.output == result


async def test_nothing_of_the_application_is_changed(shown: Recorder, forecaster: Agent) -> None:
    given = [{"role": "user", "content": ASK}]
    before = repr((forecaster, given))
    result = await Runner.run(forecaster, given)
    assert repr((forecaster, given)) == before
    assert type(result) is agents.RunResult
