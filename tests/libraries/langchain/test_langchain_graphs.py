# SPDX-License-Identifier: Apache-2.0
"""Graphs, agents, nodes and tools make one tree, in which every span hangs where the code ran."""

from __future__ import annotations

import asyncio
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pytest

# Commands, interrupts and the functional interface came with later releases of langgraph 0.2.
pytest.importorskip("langgraph.func")
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint, task
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command, Send, interrupt
from opentelemetry import trace

from alike.weather import tree
from libraries.langchain.agents import create_agent
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.tools import BaseTool
    from langchain_openai import ChatOpenAI

    from harness import Recorder
    from spanwright.console.provider import Provider

ASK = {"messages": [("user", "What is the weather in Lisbon?")]}


def add(left: list[Any], right: list[Any]) -> list[Any]:
    return left + right


class State(TypedDict, total=False):
    said: Annotated[list[Any], add]


def graph_of(name: str | None = None, **nodes: Any) -> Any:
    """Return a graph in which all nodes follow the start."""
    built = StateGraph(State)
    for node, function in nodes.items():
        built.add_node(node, function)
        built.add_edge(START, node)
    return built.compile(name=name)


def parents(recorder: Recorder) -> list[tuple[str, str | None]]:
    names = {span.context.span_id: span.name for span in recorder.spans}
    return [(span.name, names.get(span.parent.span_id) if span.parent else None) for span in recorder.spans]


def test_an_agent_is_one_span_with_its_calls_and_tools(
    traced: Recorder, model: ChatOpenAI, weather: BaseTool
) -> None:
    create_agent(model, [weather], name="forecaster").invoke(ASK)
    assert traced.tree() == tree("forecaster")
    assert (
        traced.attributes("execute_tool").items()
        >= {
            "gen_ai.tool.name": "get_weather",
            "gen_ai.tool.type": "function",
            "gen_ai.tool.description": "Get the weather of a city.",
            "gen_ai.agent.name": "forecaster",
        }.items()
    )
    assert traced.attributes("execute_tool")["gen_ai.tool.call.id"].startswith("call_")
    assert {p.metric: p.sum for p in traced.points("gen_ai.invoke_agent.")}.items() >= {
        "gen_ai.invoke_agent.inference_calls": 2,
        "gen_ai.invoke_agent.tool_calls": 1,
    }.items()


async def test_an_async_agent_has_the_same_tree(
    traced: Recorder, model: ChatOpenAI, weather: BaseTool
) -> None:
    await create_agent(model, [weather], name="forecaster").ainvoke(ASK)
    assert traced.tree() == tree("forecaster")


@pytest.mark.parametrize("mode", ["values", "updates", "messages", "debug", ["messages", "updates"]])
def test_a_streamed_agent_is_never_current_for_its_consumer(
    traced: Recorder, model: ChatOpenAI, weather: BaseTool, mode: Any, wire: list[str]
) -> None:
    count = 0
    for _ in create_agent(model, [weather], name="forecaster").stream(ASK, stream_mode=mode):
        count += 1
        assert trace.get_current_span() is trace.INVALID_SPAN
    assert count > (10 if mode == "messages" else 1)
    assert traced.tree() == tree("forecaster")
    assert wire == ["chat gpt-4o-mini"] * 2


@pytest.mark.parametrize("mode", ["values", "messages", "astream_events"])
async def test_an_async_streamed_agent_is_never_current_for_its_consumer(
    traced: Recorder, model: ChatOpenAI, weather: BaseTool, mode: str, wire: list[str]
) -> None:
    agent = create_agent(model, [weather], name="forecaster")
    events = (
        agent.astream_events(ASK, version="v2")
        if mode == "astream_events"
        else agent.astream(ASK, stream_mode=mode)
    )
    async for _ in events:
        assert trace.get_current_span() is trace.INVALID_SPAN
    assert traced.tree() == tree("forecaster")
    assert wire == ["chat gpt-4o-mini"] * 2


def test_an_agent_without_a_name_has_none(traced: Recorder, model: ChatOpenAI) -> None:
    create_agent(model, []).invoke(ASK)
    assert traced.tree() == ["invoke_agent", "  chat gpt-4o-mini"]


@pytest.mark.filterwarnings("ignore:create_react_agent")
def test_the_prebuilt_agent_of_langgraph_is_an_agent(
    traced: Recorder, model: ChatOpenAI, weather: BaseTool
) -> None:
    from langgraph.prebuilt import create_react_agent

    create_react_agent(model, [weather], name="classic").invoke(ASK)
    assert traced.tree() == tree("classic")


def test_middleware_makes_no_span(traced: Recorder, model: ChatOpenAI) -> None:
    before_model: Any = pytest.importorskip("langchain.agents.middleware").before_model

    @before_model
    def look(state: Any, runtime: Any) -> None:
        del state, runtime

    create_agent(model, [], middleware=[look], name="watched").invoke(ASK)
    assert traced.tree() == ["invoke_agent watched", "  chat gpt-4o-mini"]


def test_a_graph_is_a_workflow_with_its_nodes(traced: Recorder, model: ChatOpenAI) -> None:
    tracer = traced.tracer_provider.get_tracer("app")

    def think(state: State) -> State:
        with tracer.start_as_current_span("inside"):
            return {"said": [model.invoke("hi")]}

    graph_of("pipeline", think=think, rest=lambda state: {"said": []}).invoke({"said": []})
    assert sorted(traced.tree()) == sorted(
        [
            "invoke_workflow pipeline",
            "  node think",
            "    inside",
            "      chat gpt-4o-mini",
            "  node rest",
        ]
    )
    assert traced.attributes("node think") == {"langgraph.node": "think", "langgraph.step": 1}


async def test_an_async_graph_nests_spans_of_its_nodes(
    traced: Recorder, model: ChatOpenAI, wire: list[str]
) -> None:
    tracer = traced.tracer_provider.get_tracer("app")

    async def think(state: State) -> State:
        with tracer.start_as_current_span("inside"):
            return {"said": [await model.ainvoke("hi")]}

    await graph_of("pipeline", think=think).ainvoke({"said": []})
    assert traced.tree() == [
        "invoke_workflow pipeline",
        "  node think",
        "    inside",
        "      chat gpt-4o-mini",
    ]
    assert wire == ["chat gpt-4o-mini"]


async def test_a_sync_node_of_an_async_graph_nests_too(traced: Recorder, model: ChatOpenAI) -> None:
    await graph_of("pipeline", think=lambda state: {"said": [model.invoke("hi")]}).ainvoke({"said": []})
    assert traced.tree() == ["invoke_workflow pipeline", "  node think", "    chat gpt-4o-mini"]


def test_a_graph_without_a_name_has_none(traced: Recorder) -> None:
    graph_of(think=lambda state: {"said": [1]}).invoke({"said": []})
    assert traced.tree() == ["invoke_workflow", "  node think"]


def test_nested_graphs_of_the_application_are_workflows(traced: Recorder) -> None:
    inner = graph_of("inner", deep=lambda state: {"said": [1]})
    nameless = graph_of(deeper=lambda state: {"said": [2]})
    graph_of("outer", call=lambda state: inner.invoke({"said": []}), sub=nameless).invoke({"said": []})
    assert sorted(parents(traced), key=str) == sorted(
        [
            ("invoke_workflow outer", None),
            ("node call", "invoke_workflow outer"),
            ("invoke_workflow inner", "node call"),
            ("node deep", "invoke_workflow inner"),
            ("node sub", "invoke_workflow outer"),
            ("invoke_workflow sub", "node sub"),
            ("node deeper", "invoke_workflow sub"),
        ],
        key=str,
    )


def test_parallel_nodes_stay_siblings(traced: Recorder, model: ChatOpenAI) -> None:
    barrier = threading.Barrier(3)

    def node(state: State) -> State:
        barrier.wait()
        return {"said": [model.invoke("hi")]}

    graph_of("wide", a=node, b=node, c=node).invoke({"said": []})
    assert sorted(parents(traced), key=str) == sorted(
        [
            ("invoke_workflow wide", None),
            *[(f"node {name}", "invoke_workflow wide") for name in "abc"],
            *[("chat gpt-4o-mini", f"node {name}") for name in "abc"],
        ],
        key=str,
    )


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_parallel_tools_stay_siblings(
    traced: Recorder, model: ChatOpenAI, provider: Provider, asynchronous: bool
) -> None:
    tracer = traced.tracer_provider.get_tracer("app")

    @tool
    def look_up(word: str) -> str:
        """Look a word up."""
        with tracer.start_as_current_span(f"reading {word}"):
            return word.upper()

    provider.say(Reply(tool_calls=[ToolCall("look_up", {"word": word}) for word in "abc"]))
    agent = create_agent(model, [look_up], name="reader")
    await agent.ainvoke(ASK) if asynchronous else await asyncio.to_thread(agent.invoke, ASK)
    tools = [span for span in traced.spans if span.name == "execute_tool look_up"]
    assert {span.parent.span_id for span in tools} == {traced.one("invoke_agent").context.span_id}
    assert {span.parent.span_id for span in traced.spans if span.name.startswith("reading")} == {
        span.context.span_id for span in tools
    }


def test_work_that_is_sent_stays_under_its_own_node(traced: Recorder) -> None:
    built = StateGraph(State)
    built.add_node("plan", lambda state: {"said": []})
    built.add_node("work", lambda state: {"said": [state]})
    built.add_edge(START, "plan")
    built.add_conditional_edges(
        "plan", lambda state: [Send("work", {"said": [n]}) for n in range(3)], ["work"]
    )
    built.add_edge("work", END)
    built.compile(name="mapping").invoke({"said": []})
    assert sorted(parents(traced), key=str) == sorted(
        [
            ("invoke_workflow mapping", None),
            ("node plan", "invoke_workflow mapping"),
            *[("node work", "invoke_workflow mapping")] * 3,
        ],
        key=str,
    )


def test_an_entrypoint_is_a_workflow_with_its_tasks(traced: Recorder) -> None:
    @task
    def double(number: int) -> int:
        return number * 2

    @entrypoint()
    def calculate(number: int) -> int:
        return double(number).result() + double(number).result()

    assert calculate.invoke(2) == 8
    assert traced.tree() == ["invoke_workflow calculate", "  node double", "  node double"]


def test_a_node_that_is_called_as_its_graph_is_keeps_its_span(traced: Recorder) -> None:
    graph_of("same", same=lambda state: {"said": [1]}).invoke({"said": []})
    assert traced.tree() == ["invoke_workflow same", "  node same"]


def test_an_agent_in_a_graph_is_an_agent_under_its_node(
    traced: Recorder, model: ChatOpenAI, weather: BaseTool
) -> None:
    built = StateGraph(MessagesState)
    built.add_node("research", create_agent(model, [weather], name="researcher"))
    built.add_node("write", create_agent(model, []))
    built.add_edge(START, "research")
    built.add_edge("research", "write")
    built.compile(name="newsroom").invoke(ASK)
    assert traced.tree() == [
        "invoke_workflow newsroom",
        "  node research",
        "    invoke_agent researcher",
        "      chat gpt-4o-mini",
        "      execute_tool get_weather",
        "      chat gpt-4o-mini",
        "  node write",
        "    invoke_agent write",
        "      chat gpt-4o-mini",
    ]


def test_an_agent_as_a_tool_keeps_its_own_name(
    traced: Recorder, model: ChatOpenAI, provider: Provider
) -> None:
    expert = create_agent(model, [], name="expert")

    @tool
    def ask_expert(question: str) -> str:
        """Ask an expert."""
        return expert.invoke({"messages": [("user", question)]})["messages"][-1].text

    provider.say(Reply(tool_calls=[ToolCall("ask_expert", {"question": "why"})]))
    create_agent(model, [ask_expert], name="boss").invoke(ASK)
    assert traced.tree() == [
        "invoke_agent boss",
        "  chat gpt-4o-mini",
        "  execute_tool ask_expert",
        "    invoke_agent expert",
        "      chat gpt-4o-mini",
        "  chat gpt-4o-mini",
    ]
    assert traced.attributes("execute_tool")["gen_ai.agent.name"] == "boss"


def test_the_thread_is_the_conversation_of_every_span_and_of_no_later_run(
    traced: Recorder, model: ChatOpenAI, weather: BaseTool
) -> None:
    built = StateGraph(MessagesState)
    built.add_node("research", create_agent(model, [weather], name="researcher"))
    built.add_edge(START, "research")
    graph = built.compile(name="newsroom", checkpointer=InMemorySaver())
    graph.invoke(ASK, {"configurable": {"thread_id": "t-1"}})
    first = [s for s in traced.spans if not s.name.startswith("node")]
    assert [s.attributes.get("gen_ai.conversation.id") for s in first] == ["t-1"] * 5
    create_agent(model, [weather], name="other").invoke(ASK)
    later = [s for s in traced.spans if s.start_time > max(f.start_time for f in first)]
    assert len(later) == 4
    assert not any("gen_ai.conversation.id" in s.attributes for s in later)


async def test_twenty_agents_that_end_in_another_order_keep_their_parents(
    traced: Recorder, model: ChatOpenAI, provider: Provider
) -> None:
    gates = [asyncio.Event() for _ in range(20)]
    waiting = asyncio.Semaphore(0)

    @tool
    async def wait(number: int) -> str:
        """Wait for a number."""
        waiting.release()
        await gates[number].wait()
        return str(number)

    agent = create_agent(model, [wait], name="waiter")

    async def run(number: int) -> None:
        request = {"messages": [("user", f"wait for number {number}")]}
        await agent.ainvoke(request, {"configurable": {"thread_id": f"t-{number}"}})

    async def release() -> None:
        for _ in gates:
            await waiting.acquire()
        for gate in random.sample(gates, len(gates)):
            gate.set()
            await asyncio.sleep(0)

    await asyncio.gather(release(), *(run(number) for number in range(20)))
    agents = {span.context.span_id: span for span in traced.spans if span.name == "invoke_agent waiter"}
    inner = [span for span in traced.spans if span.parent is not None]
    assert len(agents) == 20
    assert len(inner) == 60
    for span in inner:
        above = agents[span.parent.span_id]
        assert span.attributes["gen_ai.conversation.id"] == above.attributes["gen_ai.conversation.id"]
    del provider


def test_an_interrupt_is_no_error_and_the_run_can_be_resumed(traced: Recorder) -> None:
    def ask(state: State) -> State:
        return {"said": [interrupt("go on?")]}

    built = StateGraph(State)
    built.add_node("ask", ask)
    built.add_edge(START, "ask")
    graph = built.compile(name="careful", checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "t-1"}}
    assert "__interrupt__" in graph.invoke({"said": []}, config)
    assert graph.invoke(Command(resume="yes"), config) == {"said": ["yes"]}
    assert traced.tree() == ["invoke_workflow careful", "  node ask"] * 2
    assert all(span.status.is_unset and not span.events for span in traced.spans)
    nodes = [span.attributes.get("langgraph.interrupted") for span in traced.spans if span.name == "node ask"]
    assert nodes == [True, None]


async def test_an_interrupt_inside_of_a_tool_is_no_error(
    traced: Recorder, model: ChatOpenAI, provider: Provider
) -> None:
    @tool
    def ask_human(question: str) -> str:
        """Ask a human."""
        return interrupt(question)

    provider.say(Reply(tool_calls=[ToolCall("ask_human", {"question": "sure?"})]))
    agent = create_agent(model, [ask_human], name="polite", checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "t-1"}}
    await agent.ainvoke(ASK, config)
    assert traced.tree() == ["invoke_agent polite", "  chat gpt-4o-mini", "  execute_tool ask_human"]
    await agent.ainvoke(Command(resume="yes"), config)
    assert all(span.status.is_unset for span in traced.spans)


def test_a_command_for_the_parent_graph_is_no_error(traced: Recorder) -> None:
    built = StateGraph(State)
    built.add_node("leave", lambda state: Command(goto="end", graph=Command.PARENT))
    built.add_edge(START, "leave")
    inner = built.compile(name="inner")
    outer = StateGraph(State)
    outer.add_node("inner", inner, destinations=("end",))
    outer.add_node("end", lambda state: {"said": [1]})
    outer.add_edge(START, "inner")
    outer.compile(name="outer").invoke({"said": []})
    assert [span.status.is_unset for span in traced.spans] == [True] * len(traced.spans)
    assert traced.tree() == [
        "invoke_workflow outer",
        "  node inner",
        "    invoke_workflow inner",
        "      node leave",
        "  node end",
    ]


def test_plumbing_makes_no_span_by_default(traced: Recorder, model: ChatOpenAI) -> None:
    (RunnableLambda(str) | model | RunnableLambda(str)).invoke("hi")
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_plumbing_is_shown_when_asked_for(recorder: Recorder, model: ChatOpenAI, weather: BaseTool) -> None:
    from spanwright.instrumentors.langchain import LangChainInstrumentor
    from spanwright.instrumentors.openai import OpenAIInstrumentor

    recorder.instrument(LangChainInstrumentor(), OpenAIInstrumentor(), SPANWRIGHT_LANGCHAIN_VERBOSE="true")
    (RunnableLambda(str) | model).invoke("hi")
    assert recorder.tree() == ["RunnableSequence", "  str", "  chat gpt-4o-mini"]
    create_agent(model, [weather], name="forecaster").invoke(ASK)
    assert "  node tools" in recorder.tree() or "  tools" in recorder.tree()


def test_a_config_that_is_passed_to_another_thread_tells_the_parent(
    traced: Recorder, make: Callable[..., ChatOpenAI]
) -> None:
    model = make()

    def fan_out(state: State, config: RunnableConfig) -> State:
        with ThreadPoolExecutor(2) as pool:
            said = list(pool.map(lambda text: model.invoke(text, config), ["a", "b"]))
        return {"said": said}

    graph_of("pipeline", fan_out=fan_out).invoke({"said": []})
    assert traced.tree() == [
        "invoke_workflow pipeline",
        "  node fan_out",
        "    chat gpt-4o-mini",
        "    chat gpt-4o-mini",
    ]


def test_callbacks_that_are_passed_on_by_hand_start_no_new_trace(traced: Recorder, model: ChatOpenAI) -> None:
    class Quiet(BaseCallbackHandler):
        pass

    def ask(state: State) -> State:
        return {"said": [model.invoke("hi", {"callbacks": [Quiet()]})]}

    graph_of("pipeline", ask=ask).invoke({"said": []}, {"callbacks": [Quiet()]})
    assert traced.tree() == ["invoke_workflow pipeline", "  node ask", "    chat gpt-4o-mini"]
