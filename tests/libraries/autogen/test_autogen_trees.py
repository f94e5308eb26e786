# SPDX-License-Identifier: Apache-2.0
"""Agents, teams and tools as trees: alone, in teams, side by side, and through runtimes of the application's own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat, SelectorGroupChat
from autogen_agentchat.tools import TeamTool
from autogen_core import (
    AgentId,
    MessageContext,
    RoutedAgent,
    SingleThreadedAgentRuntime,
    message_handler,
    trace_tool_span,
)
from autogen_core.tools import FunctionTool, ToolResult, Workbench
from opentelemetry import trace
from opentelemetry.instrumentation.threading import ThreadingInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from alike import weather
from alike.weather import ASK
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from autogen_agentchat.agents import AssistantAgent

    from harness import Recorder
    from spanwright.console.provider import Provider

PAIR = [
    "invoke_workflow",
    "  invoke_agent one",
    "    chat gpt-4o-mini",
    "  invoke_agent two",
    "    chat gpt-4o-mini",
]


def pair(make: Callable[..., AssistantAgent], **settings: Any) -> RoundRobinGroupChat:
    """Return a team of two, of which each says something."""
    members: list[Any] = [make("one"), make("two")]
    return RoundRobinGroupChat(members, termination_condition=MaxMessageTermination(3), **settings)


async def test_an_agent_says_who_it_is_and_what_it_does(traced: Recorder, forecaster: AssistantAgent) -> None:
    await forecaster.run(task=ASK)
    assert traced.tree() == weather.tree("forecaster")
    assert traced.attributes("invoke_agent") == weather.agent("forecaster")
    found = traced.attributes("execute_tool")
    assert found.pop("gen_ai.tool.call.id")
    assert found == weather.tool("forecaster")


async def test_metrics_count_what_an_agent_does(traced: Recorder, forecaster: AssistantAgent) -> None:
    await forecaster.run(task=ASK)
    found = {point.metric: (point.sum, point.count) for point in traced.points("gen_ai.invoke_agent")}
    assert found["gen_ai.invoke_agent.inference_calls"] == (2, 1)
    assert found["gen_ai.invoke_agent.tool_calls"] == (1, 1)
    (durations,) = [point for point in traced.points("gen_ai.client.operation.duration")]
    assert durations.count == 2


async def test_http_requests_nest_under_the_model_calls(traced: Recorder, forecaster: AssistantAgent) -> None:
    traced.instrument(HttpxInstrumentor())
    await forecaster.run(task=ASK)
    assert traced.tree()[:3] == ["invoke_agent forecaster", "  chat gpt-4o-mini", "    POST"]


@pytest.fixture
def threads() -> Iterator[None]:
    """Let threads keep the context, as the instrumentor for them does that comes with the pack."""
    ThreadingInstrumentor().instrument()
    yield
    ThreadingInstrumentor().uninstrument()


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("kind", ["plain", "async"])
async def test_the_applications_spans_nest_in_the_tool(
    traced: Recorder, make: Callable[..., AssistantAgent], provider: Provider, kind: str
) -> None:
    tracer = traced.tracer_provider.get_tracer("application")

    def look() -> str:
        """Look."""
        with tracer.start_as_current_span("look up"):
            return "seen"

    async def alook() -> str:
        """Look."""
        return look()

    provider.say(Reply(tool_calls=[ToolCall("look")]))
    tool = FunctionTool(look if kind == "plain" else alook, "Look", name="look")
    await make(tools=[tool]).run(task="Look")
    assert traced.tree()[2:] == ["  execute_tool look", "    look up"]


async def test_a_streamed_run_is_the_same_tree(traced: Recorder, forecaster: AssistantAgent) -> None:
    outside: set[Any] = set()
    async for _ in forecaster.run_stream(task=ASK):
        outside.add(trace.get_current_span())
    assert outside == {trace.INVALID_SPAN}
    assert traced.tree() == weather.tree("forecaster")


async def test_tools_that_run_side_by_side_are_siblings(
    traced: Recorder, make: Callable[..., AssistantAgent], provider: Provider
) -> None:
    both = asyncio.Barrier(2) if hasattr(asyncio, "Barrier") else None

    async def left() -> str:
        """Go left."""
        if both is not None:
            await both.wait()
        return "left"

    async def right() -> str:
        """Go right."""
        if both is not None:
            await both.wait()
        return "right"

    provider.say(Reply(tool_calls=[ToolCall("left"), ToolCall("right")]))
    await make(tools=[left, right]).run(task="Go")
    assert traced.tree() == [
        "invoke_agent forecaster",
        "  chat gpt-4o-mini",
        "  execute_tool left",
        "  execute_tool right",
    ]


async def test_agents_that_run_side_by_side_are_siblings(
    traced: Recorder, make: Callable[..., AssistantAgent]
) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("request"):
        await asyncio.gather(make("one").run(task="hi"), make("two").run(task="hi"))
    assert sorted(traced.tree()) == sorted(
        [
            "request",
            "  invoke_agent one",
            "    chat gpt-4o-mini",
            "  invoke_agent two",
            "    chat gpt-4o-mini",
        ]
    )


async def test_a_handoff_is_a_tool(
    traced: Recorder, make: Callable[..., AssistantAgent], provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("transfer_to_two")]))
    await make("one", handoffs=["two"]).run(task="Go")
    assert traced.tree()[-1] == "  execute_tool transfer_to_two"


# --- teams -------------------------------------------------------------------------------------------------------


async def test_a_team_is_a_workflow_of_its_agents(
    traced: Recorder, make: Callable[..., AssistantAgent]
) -> None:
    await pair(make).run(task="hi")
    assert traced.tree() == PAIR


async def test_a_team_of_which_each_run_is_streamed(
    traced: Recorder, make: Callable[..., AssistantAgent]
) -> None:
    team = pair(make)
    for _ in range(2):
        async for _ in team.run_stream(task="hi"):
            pass
    assert traced.tree() == PAIR * 2


async def test_an_agent_of_a_team_says_who_it_is(
    traced: Recorder, make: Callable[..., AssistantAgent]
) -> None:
    await pair(make).run(task="hi")
    assert traced.attributes("invoke_agent one") == {
        **weather.agent("one"),
        "gen_ai.agent.description": "An agent that provides assistance with ability to use tools.",
    }


async def test_a_team_with_a_name_says_it(traced: Recorder, make: Callable[..., AssistantAgent]) -> None:
    await pair(make, name="Morning").run(task="hi")
    assert traced.attributes("invoke_workflow") == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "Morning",
    }


async def test_the_model_call_that_chooses_the_next_speaker_is_the_teams(
    traced: Recorder, make: Callable[..., AssistantAgent], provider: Provider, client: Callable[..., Any]
) -> None:
    members: list[Any] = [make("one"), make("two")]
    team = SelectorGroupChat(members, client(), termination_condition=MaxMessageTermination(2))
    provider.say(Reply("two"))
    await team.run(task="hi")
    assert traced.tree() == [
        "invoke_workflow",
        "  chat gpt-4o-mini",
        "  invoke_agent two",
        "    chat gpt-4o-mini",
    ]


async def test_a_team_in_a_team_nests(traced: Recorder, make: Callable[..., AssistantAgent]) -> None:
    inner = pair(make, name="Inner", description="Two")
    members: list[Any] = [make("three"), inner]
    await RoundRobinGroupChat(members, termination_condition=MaxMessageTermination(3)).run(task="hi")
    assert traced.tree() == [
        "invoke_workflow",
        "  invoke_agent three",
        "    chat gpt-4o-mini",
        "  invoke_workflow Inner",
        "    invoke_agent one",
        "      chat gpt-4o-mini",
    ]


async def test_a_team_behind_a_tool_nests(
    traced: Recorder, make: Callable[..., AssistantAgent], provider: Provider
) -> None:
    tool = TeamTool(pair(make), name="ask_team", description="Ask", return_value_as_last_message=True)
    provider.say(Reply(tool_calls=[ToolCall("ask_team", {"task": "hi"})]))
    await make(tools=[tool]).run(task="Go")
    assert traced.tree() == [
        "invoke_agent forecaster",
        "  chat gpt-4o-mini",
        "  execute_tool ask_team",
        *("    " + line for line in PAIR),
    ]


async def test_teams_on_one_runtime_of_the_applications_own_are_each_their_own_tree(
    traced: Recorder, make: Callable[..., AssistantAgent]
) -> None:
    runtime = SingleThreadedAgentRuntime()
    tracer = traced.tracer_provider.get_tracer("application")
    with tracer.start_as_current_span("start"):
        runtime.start()
    for _ in range(2):
        with tracer.start_as_current_span("request"):
            await pair(make, runtime=runtime).run(task="hi")
    await runtime.stop_when_idle()
    assert traced.tree() == ["start", *(["request", *("  " + line for line in PAIR)] * 2)]


# --- AutoGen's own spans -----------------------------------------------------------------------------------------


async def test_messages_have_no_spans_in_our_provider(
    traced: Recorder, make: Callable[..., AssistantAgent]
) -> None:
    runtime = SingleThreadedAgentRuntime(tracer_provider=traced.tracer_provider)
    runtime.start()
    await pair(make, runtime=runtime).run(task="hi")
    await runtime.stop_when_idle()
    assert traced.tree() == PAIR


async def test_a_runtime_that_reports_elsewhere_is_left_alone(
    traced: Recorder, make: Callable[..., AssistantAgent]
) -> None:
    elsewhere, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(elsewhere))
    runtime = SingleThreadedAgentRuntime(tracer_provider=provider)
    runtime.start()
    await pair(make, runtime=runtime).run(task="hi")
    await runtime.stop_when_idle()
    names = {span.name.split()[1] for span in elsewhere.get_finished_spans()}
    assert {"create", "process", "send"} <= names


async def test_a_span_that_a_workbench_starts_is_our_tool(
    traced: Recorder, make: Callable[..., AssistantAgent], provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("bench")]))
    await make(workbench=Bench()).run(task="Go")
    assert traced.tree() == ["invoke_agent forecaster", "  chat gpt-4o-mini", "  execute_tool bench"]
    found = traced.attributes("execute_tool")
    assert found.pop("gen_ai.tool.call.id")
    assert found == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "bench",
        "gen_ai.tool.type": "function",
        "gen_ai.agent.name": "forecaster",
    }


async def test_a_handler_of_messages_runs_in_the_trace_of_who_sends(traced: Recorder) -> None:
    tracer = traced.tracer_provider.get_tracer("application")

    class Echo(RoutedAgent):
        @message_handler
        async def echo(self, message: Said, ctx: MessageContext) -> Said:
            del ctx
            with tracer.start_as_current_span("handle"):
                return message

    runtime = SingleThreadedAgentRuntime()
    await Echo.register(runtime, "echo", lambda: Echo("Says the same"))
    runtime.start()
    with tracer.start_as_current_span("request"):
        assert await runtime.send_message(Said("hi"), AgentId("echo", "default")) == Said("hi")
    await runtime.stop_when_idle()
    assert traced.tree() == ["request", "  handle"]


@dataclass
class Said:
    """A message of the application's own."""

    text: str


class Bench(Workbench):
    """A workbench that traces its calls with AutoGen's own function, as the one for MCP does."""

    component_type = "workbench"

    async def list_tools(self) -> list[Any]:
        return [{"name": "bench", "description": "Works", "parameters": {"type": "object", "properties": {}}}]

    async def call_tool(
        self, name: str, arguments: Any = None, cancellation_token: Any = None, call_id: str | None = None
    ) -> ToolResult:
        del arguments, cancellation_token
        with trace_tool_span(tool_name=name, tool_call_id=call_id):
            return ToolResult(name=name, result=[])

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def reset(self) -> None: ...

    async def save_state(self) -> dict[str, Any]:
        return {}

    async def load_state(self, state: Any) -> None: ...


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_run_that_was_made_before_is_traced(
    recorder: Recorder, make: Callable[..., AssistantAgent], streamed: bool
) -> None:
    from spanwright.instrumentors.autogen import AutoGenInstrumentor

    agent = make()
    run = agent.run_stream if streamed else agent.run
    recorder.instrument(AutoGenInstrumentor())
    made = getattr(agent, run.__name__)(task="hi")
    if streamed:
        async for _ in made:
            pass
    else:
        await made
    assert recorder.tree() == ["invoke_agent forecaster"]
