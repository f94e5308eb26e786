# SPDX-License-Identifier: Apache-2.0
"""One tree a run: agents, the models that they ask, the tools that they use, and who calls whom."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat, IsInt, IsStr
from google.adk.agents import LoopAgent, ParallelAgent, SequentialAgent
from google.adk.runners import InMemoryRunner
from google.adk.tools.agent_tool import AgentTool
from opentelemetry import trace

from alike import weather
from alike.runs import judge_metrics
from libraries.google_adk.conftest import APP, MODEL, SESSION, VERSION, agent, message, run
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from google.adk.agents import LlmAgent

    from harness import Recorder
    from libraries.google_adk.conftest import Ask
    from spanwright.console.provider import Provider

TURN = [f"  generate_content {MODEL}"]
WITH_TOOL = [*TURN, "  execute_tool get_weather", *TURN]


def deeper(lines: list[str]) -> list[str]:
    return ["  " + line for line in lines]


@pytest.mark.parametrize("stream", [False, True])
async def test_a_run_is_an_agent_with_its_model_calls_and_tools(
    traced: Recorder, forecaster: LlmAgent, ask: Ask, stream: bool
) -> None:
    events = await ask(forecaster, stream=stream)
    assert events[-1].content.parts[0].text == "It is sunny in Lisbon."
    assert traced.tree() == ["invoke_agent forecaster", *WITH_TOOL]


async def test_everything_is_said_of_an_agent(traced: Recorder, forecaster: LlmAgent, ask: Ask) -> None:
    await ask(forecaster)
    assert traced.attributes("invoke_agent") == {
        **weather.agent("forecaster"),
        "gen_ai.conversation.id": SESSION,
        "gen_ai.request.model": MODEL,
    }


async def test_everything_is_said_of_a_tool(traced: Recorder, forecaster: LlmAgent, ask: Ask) -> None:
    await ask(forecaster)
    assert traced.attributes("execute_tool") == {
        **weather.tool("forecaster"),
        "gen_ai.tool.call.id": IsStr,
        "gen_ai.conversation.id": SESSION,
    }


@pytest.mark.parametrize("stream", [False, True])
async def test_everything_is_said_of_a_model_call(
    traced: Recorder, ask: Ask, server: dict[str, Any], stream: bool
) -> None:
    await ask(agent(), "hi", stream=stream)
    expected = {
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": MODEL,
        "gen_ai.conversation.id": SESSION,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": IsStr,
        "gen_ai.response.model": MODEL,
        "gen_ai.usage.input_tokens": IsInt,
        "gen_ai.usage.output_tokens": IsInt,
        "gen_ai.usage.text.input_tokens": IsInt,
        "gen_ai.usage.text.output_tokens": IsInt,
        **server,
    }
    if stream:
        expected |= {"gen_ai.request.stream": True, "gen_ai.response.time_to_first_chunk": IsFloat}
    assert traced.attributes("generate_content") == expected


async def test_what_adk_knows_is_said_where_the_client_says_nothing(alone: Recorder, ask: Ask) -> None:
    config = {"temperature": 0.5, "max_output_tokens": 100, "stop_sequences": ["END"]}
    await ask(agent(generate_content_config=config), "hi")
    told = alone.attributes("generate_content")
    assert {name: value for name, value in told.items() if "messages" not in name} == {
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": MODEL,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 100,
        "gen_ai.request.stop_sequences": ["END"],
        "gen_ai.conversation.id": SESSION,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.model": MODEL,
        "gen_ai.usage.input_tokens": IsInt,
        "gen_ai.usage.output_tokens": IsInt,
        "gen_ai.usage.text.input_tokens": IsInt,
        "gen_ai.usage.text.output_tokens": IsInt,
        "gen_ai.system_instructions": IsStr,
    }


async def test_the_metrics_count_each_call_once(traced: Recorder, forecaster: LlmAgent, ask: Ask) -> None:
    await ask(forecaster)
    judge_metrics(traced)


async def test_a_model_call_ends_before_the_tools_that_it_asks_for(
    traced: Recorder, forecaster: LlmAgent, ask: Ask
) -> None:
    await ask(forecaster)
    asked = traced.spans[1]
    ran = traced.one("execute_tool")
    assert asked.name.startswith("generate_content")
    assert (asked.end_time or 0) <= (ran.start_time or 0)


async def test_a_span_of_the_application_nests_in_its_tool(
    traced: Recorder, forecaster: LlmAgent, ask: Ask
) -> None:
    trace_of = traced.tracer_provider.get_tracer("application")

    def inside(city: str) -> str:
        """Look up."""
        with trace_of.start_as_current_span("look up"):
            return city

    inside.__name__ = "get_weather"
    forecaster.tools = [inside]
    await ask(forecaster)
    tree = traced.tree()
    assert tree[tree.index("  execute_tool get_weather") + 1] == "    look up"


async def test_a_transfer_is_a_tool_and_an_agent_in_one_workflow(
    traced: Recorder, provider: Provider, ask: Ask
) -> None:
    triage = agent("triage", sub_agents=[agent()])
    provider.say(Reply(tool_calls=[ToolCall("transfer_to_agent", {"agent_name": "forecaster"})]))
    provider.say(Reply("It is sunny."))
    await ask(triage)
    # Since 2.0 it is the runner that goes on with the other agent.
    other = ["  invoke_agent forecaster", *deeper(TURN)]
    assert traced.tree() == [
        f"invoke_workflow {APP}",
        "  invoke_agent triage",
        *deeper([*TURN, "  execute_tool transfer_to_agent"]),
        *(other if VERSION >= (2, 0) else deeper(other)),
    ]
    assert traced.attributes("invoke_workflow") == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": APP,
        "gen_ai.conversation.id": SESSION,
    }


async def test_an_agent_as_a_tool_runs_inside_of_it_in_the_same_conversation(
    traced: Recorder, provider: Provider, ask: Ask
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("forecaster", {"request": "Lisbon?"})]))
    provider.say(Reply("It is sunny."), Reply("Sunny."))
    await ask(agent("boss", tools=[AgentTool(agent())]))
    assert traced.tree() == [
        f"invoke_workflow {APP}",
        "  invoke_agent boss",
        *deeper([*TURN, "  execute_tool forecaster"]),
        "      invoke_agent forecaster",
        *deeper(deeper(deeper(TURN))),
        *deeper(TURN),
    ]
    assert {(span.attributes or {})["gen_ai.conversation.id"] for span in traced.spans} == {SESSION}


@pytest.mark.parametrize("kind", [SequentialAgent, ParallelAgent, LoopAgent])
async def test_an_agent_that_orders_others_is_a_workflow(traced: Recorder, ask: Ask, kind: Any) -> None:
    options = {"max_iterations": 1} if kind is LoopAgent else {}
    await ask(kind(name="team", sub_agents=[agent("one"), agent("two")], **options), "hi")
    assert sorted(traced.tree()) == sorted(
        [
            "invoke_workflow team",
            "  invoke_agent one",
            *deeper(TURN),
            "  invoke_agent two",
            *deeper(TURN),
        ]
    )


async def test_tools_that_run_at_the_same_time_are_siblings(
    traced: Recorder, provider: Provider, ask: Ask
) -> None:
    met = asyncio.Barrier(2) if hasattr(asyncio, "Barrier") else None

    async def meet(name: str) -> str:
        """Wait for the other one."""
        if met is not None:
            await met.wait()
        return name

    provider.say(Reply(tool_calls=[ToolCall("meet", {"name": "a"}), ToolCall("meet", {"name": "b"})]))
    provider.say(Reply("done"))
    await ask(agent(tools=[meet]))
    assert traced.tree() == [
        "invoke_agent forecaster",
        *TURN,
        "  execute_tool meet",
        "  execute_tool meet",
        *TURN,
    ]


async def test_runs_at_the_same_time_are_traces_of_their_own(traced: Recorder, ask: Ask) -> None:
    await asyncio.gather(*(ask(agent(), "hi", session=f"session-{number}") for number in range(3)))
    told: dict[int, set[str]] = {}
    for span in traced.spans:
        assert span.context
        told.setdefault(span.context.trace_id, set()).add(
            (span.attributes or {})["gen_ai.conversation.id"]  # pyright: ignore[reportArgumentType]
        )
    assert sorted(told.values(), key=str) == [{f"session-{number}"} for number in range(3)]


async def test_nothing_of_ours_is_current_while_the_application_has_an_event(
    traced: Recorder, forecaster: LlmAgent
) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("own") as own:
        async for _ in run(forecaster, stream=True):
            assert trace.get_current_span() is own
    assert traced.tree() == ["own", "  invoke_agent forecaster", *deeper(WITH_TOOL)]


def test_a_run_that_is_not_awaited_is_part_of_its_callers_trace(
    traced: Recorder, forecaster: LlmAgent
) -> None:
    runner = InMemoryRunner(agent=forecaster, app_name=APP)
    asyncio.run(runner.session_service.create_session(app_name=APP, user_id="someone", session_id=SESSION))
    with traced.tracer_provider.get_tracer("application").start_as_current_span("own"):
        events = list(runner.run(user_id="someone", session_id=SESSION, new_message=message()))
    assert events[-1].content.parts[0].text == "It is sunny in Lisbon."
    assert traced.tree() == ["own", "  invoke_agent forecaster", *deeper(WITH_TOOL)]


async def test_two_turns_are_one_conversation(traced: Recorder, forecaster: LlmAgent) -> None:
    runner = InMemoryRunner(agent=forecaster, app_name=APP)
    await runner.session_service.create_session(app_name=APP, user_id="someone", session_id=SESSION)
    for text in ("hi", "And now?"):
        events = runner.run_async(user_id="someone", session_id=SESSION, new_message=message(text))
        async for _ in events:
            pass
    assert [line for line in traced.tree() if not line.startswith(" ")] == ["invoke_agent forecaster"] * 2
    assert {(span.attributes or {})["gen_ai.conversation.id"] for span in traced.spans} == {SESSION}


@pytest.mark.needs("graphs")
async def test_a_graph_is_a_workflow_with_its_nodes(traced: Recorder) -> None:
    from google.adk.workflow import START, Workflow

    def shout(node_input: Any) -> str:
        return str(node_input).upper()

    one = agent("one")
    graph = Workflow(name="pipeline", edges=[(START, one), (one, shout)])
    runner = InMemoryRunner(node=graph, app_name=APP)
    await runner.session_service.create_session(app_name=APP, user_id="someone", session_id=SESSION)
    async for _ in runner.run_async(user_id="someone", session_id=SESSION, new_message=message("hi")):
        pass
    assert traced.tree() == [
        "invoke_workflow pipeline",
        "  invoke_agent one",
        *deeper(TURN),
        "  invoke_node shout",
    ]
