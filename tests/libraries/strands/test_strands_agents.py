# SPDX-License-Identifier: Apache-2.0
"""One tree a run: agents, the models that they ask, the tools that they use, and the teams that they make up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat, IsInt, IsStr
from opentelemetry import trace
from strands import tool
from strands.multiagent import GraphBuilder, Swarm
from strands.session.file_session_manager import FileSessionManager

from alike import agents as alike
from alike import weather
from alike.runs import judge_metrics
from libraries.strands.conftest import MODEL, QUESTION, SUNNY
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.instrumentors.strands import StrandsInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from strands import Agent

    from harness import Recorder
    from spanwright.console.provider import Provider

TREE = [
    "invoke_agent forecaster",
    f"  chat {MODEL}",
    "  execute_tool get_weather",
    f"  chat {MODEL}",
]


async def called(agent: Agent, text: str = QUESTION) -> str:
    return str(agent(text)).strip()


async def invoked(agent: Agent, text: str = QUESTION) -> str:
    return str(await agent.invoke_async(text)).strip()


async def streamed(agent: Agent, text: str = QUESTION) -> str:
    events = [event async for event in agent.stream_async(text)]
    return str(events[-1]["result"]).strip()


@pytest.mark.parametrize("run", [called, invoked, streamed])
async def test_a_run_is_an_agent_with_its_model_calls_and_tools(
    traced: Recorder, forecaster: Agent, run: Any
) -> None:
    assert await run(forecaster) == "It is sunny in Lisbon."
    assert traced.tree() == TREE


async def test_everything_is_said_of_an_agent(traced: Recorder, forecaster: Agent) -> None:
    await invoked(forecaster)
    assert traced.attributes("invoke_agent") == {**weather.agent("forecaster"), "gen_ai.request.model": MODEL}


async def test_everything_is_said_of_a_tool(traced: Recorder, forecaster: Agent) -> None:
    await invoked(forecaster)
    assert traced.attributes("execute_tool") == {**weather.tool("forecaster"), "gen_ai.tool.call.id": IsStr}


async def test_everything_is_said_of_a_model_call(
    traced: Recorder, make: Callable[..., Agent], server: dict[str, Any]
) -> None:
    await invoked(make(), "hi")
    assert traced.attributes("chat") == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "openai.api.type": "chat_completions",
        "gen_ai.request.model": MODEL,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": IsStr,
        "gen_ai.response.model": IsStr,
        "openai.response.service_tier": IsStr,
        "openai.response.system_fingerprint": IsStr,
        "gen_ai.usage.input_tokens": IsInt,
        "gen_ai.usage.output_tokens": IsInt,
        **server,
    }


async def test_the_metrics_count_each_call_once(traced: Recorder, forecaster: Agent) -> None:
    await invoked(forecaster)
    judge_metrics(traced)


async def test_the_agent_that_every_framework_traces_alike(
    recorder: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    inner = make(alike.GUIDE)

    @tool(name=alike.GUIDE)
    async def guide(input: str) -> str:  # noqa: A002 - the argument's name in every framework's agent
        """Tell the way."""
        return str(await inner.invoke_async(input))

    host = make(alike.HOST, tools=[tool(alike.thermometer), guide])
    provider.say(*alike.script())
    recorder.instrument(StrandsInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    pieces = [event["data"] async for event in host.stream_async(alike.ASK) if "data" in event]
    assert alike.ANSWER in "".join(pieces)
    assert alike.shape(recorder.tree()) == alike.TREE
    chats = [span for span in recorder.spans if span.name.startswith("chat")]
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == len(chats)


async def test_tools_that_run_at_the_same_time_are_siblings(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    provider.say(
        Reply(tool_calls=[ToolCall("meet", {"name": "a"}), ToolCall("meet", {"name": "b"})]), Reply("done")
    )
    here: list[str] = []
    both = asyncio.Event()

    @tool
    async def meet(name: str) -> str:
        """Wait for the other one."""
        here.append(name)
        if len(here) > 1:
            both.set()
        await both.wait()
        return name

    await invoked(make(tools=[meet]))
    assert traced.tree() == [
        "invoke_agent forecaster",
        f"  chat {MODEL}",
        "  execute_tool meet",
        "  execute_tool meet",
        f"  chat {MODEL}",
    ]


async def test_a_span_of_the_application_nests_in_its_tool(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    tracer = traced.tracer_provider.get_tracer("application")

    @tool
    def get_weather(city: str) -> str:
        """Get the weather of a city."""
        with tracer.start_as_current_span("look up"):
            return city

    provider.say(*SUNNY)
    await invoked(make(tools=[get_weather]))
    tree = traced.tree()
    assert tree[tree.index("  execute_tool get_weather") + 1] == "    look up"


async def test_nothing_of_ours_is_current_while_the_application_has_an_event(
    traced: Recorder, forecaster: Agent
) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("own") as own:
        async for _ in forecaster.stream_async(QUESTION):
            assert trace.get_current_span() is own
    assert traced.tree() == ["own", *("  " + line for line in TREE)]


def test_a_run_in_a_thread_of_its_own_is_part_of_its_callers_trace(
    traced: Recorder, forecaster: Agent
) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("own"):
        forecaster(QUESTION)
    assert traced.tree() == ["own", *("  " + line for line in TREE)]


async def test_a_session_is_the_conversation(
    traced: Recorder, make: Callable[..., Agent], tmp_path: Path
) -> None:
    manager = FileSessionManager(session_id="session-1", storage_dir=str(tmp_path))
    await invoked(make(session_manager=manager, agent_id="one"), "hi")
    assert {(span.attributes or {})["gen_ai.conversation.id"] for span in traced.spans} == {"session-1"}


async def test_a_swarm_is_a_workflow(
    traced: Recorder, make: Callable[..., Agent], provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    handed = ToolCall("handoff_to_agent", {"agent_name": "two", "message": "You."})
    provider.say(Reply(tool_calls=[handed]), Reply("Handed."), Reply("Done."))
    await Swarm([make("one"), make("two")], id="pair").invoke_async("hi")
    # The first versions take each step of a stream in a task of its own, where their own blocks cannot be left.
    caplog.clear()
    tree = [line for line in traced.tree() if "chat" not in line]
    assert tree == [
        "invoke_workflow pair",
        "  invoke_agent one",
        "    execute_tool handoff_to_agent",
        "  invoke_agent two",
    ]


async def test_a_graph_is_a_workflow(traced: Recorder, make: Callable[..., Agent]) -> None:
    builder = GraphBuilder()
    for name in ("one", "two", "three"):
        builder.add_node(make(name), name)
    builder.add_edge("one", "two")
    builder.add_edge("one", "three")
    await builder.build().invoke_async("hi")
    assert sorted(line for line in traced.tree() if "chat" not in line) == [
        "  invoke_agent one",
        "  invoke_agent three",
        "  invoke_agent two",
        "invoke_workflow",
    ]
