# SPDX-License-Identifier: Apache-2.0
"""Deep Agents, which stand on LangChain: sub-agents behind the tool `task`, alone and side by side, plans and files."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import openai
import pytest

deepagents = pytest.importorskip("deepagents")

from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command
from packaging.version import Version

from alike import agents as alike
from alike.runs import calls_by_agent, content, errors
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.langchain import LangChainInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.tools import BaseTool

    from harness import Recorder
    from spanwright.console.provider import Provider

ASK = {"messages": [("user", "hello")]}
SCOUT: Any = {"name": "scout", "description": "Scouts.", "system_prompt": "Scout.", "tools": []}
ALONE = [
    "invoke_agent chief",
    "  chat gpt-4o-mini",
    "  execute_tool task",
    "    invoke_agent scout",
    "      chat gpt-4o-mini",
    "  chat gpt-4o-mini",
]


def task(name: str) -> ToolCall:
    """Return the call by which a model hands a task to a sub-agent."""
    return ToolCall("task", {"description": f"look as {name}", "subagent_type": name})


@pytest.fixture
def chief(model: ChatOpenAI) -> Callable[..., Any]:
    """Return a maker of deep agents."""

    def made(*subagents: Any, **settings: Any) -> Any:
        return deepagents.create_deep_agent(
            **{"model": model, "tools": [], "subagents": list(subagents), "name": "chief", **settings}
        )

    return made


def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(recorder: Recorder, provider: Provider) -> None:
    model = ChatOpenAI(model=alike.MODEL, base_url=provider.base_url, api_key="test", streaming=True)
    guide = {**SCOUT, "name": alike.GUIDE}
    host = deepagents.create_deep_agent(
        model=model, tools=[tool(alike.thermometer)], subagents=[guide], name=alike.HOST
    )
    first, _, *rest = alike.script()
    provider.say(first, Reply(tool_calls=[task(alike.GUIDE)]), *rest)
    recorder.instrument(LangChainInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    pieces = [
        piece.content
        for piece, _ in host.stream({"messages": [("user", alike.ASK)]}, stream_mode="messages")
        if piece.type == "AIMessageChunk"
    ]
    assert alike.ANSWER in "".join(pieces)
    tree = tuple(line.replace("execute_tool guide", "execute_tool task") for line in alike.TREE)
    assert alike.shape(recorder.tree()) == tree
    chats = [span for span in recorder.spans if span.name.startswith("chat")]
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == len(chats)


async def test_an_asynchronous_run_is_traced_alike(
    traced: Recorder, provider: Provider, chief: Callable[..., Any]
) -> None:
    provider.say(Reply(tool_calls=[task("scout")]))
    await chief(SCOUT).ainvoke(ASK)
    assert traced.tree() == ALONE


def test_sub_agents_side_by_side_are_siblings_and_count_for_themselves(
    traced: Recorder, provider: Provider, chief: Callable[..., Any]
) -> None:
    provider.say(Reply(tool_calls=[task("scout"), task("general-purpose")]))
    chief(SCOUT).invoke(ASK)
    spans = {span.context.span_id: span for span in traced.spans if span.context}
    above = {
        span.name: spans[span.parent.span_id].name
        for span in traced.spans
        if span.parent and span.name.startswith("invoke_agent")
    }
    assert above == {
        "invoke_agent scout": "execute_tool task",
        "invoke_agent general-purpose": "execute_tool task",
    }
    assert calls_by_agent(traced) == {
        ("inference_calls", "chief"): 2,
        ("tool_calls", "chief"): 2,
        ("inference_calls", "scout"): 1,
        ("tool_calls", "scout"): 0,
        ("inference_calls", "general-purpose"): 1,
        ("tool_calls", "general-purpose"): 0,
    }


@pytest.mark.skipif(
    Version(version("deepagents")) < Version("0.6"), reason="such a graph is not said to be an agent yet"
)
def test_any_graph_that_is_given_as_a_sub_agent_is_an_agent(
    traced: Recorder, provider: Provider, chief: Callable[..., Any]
) -> None:
    built = StateGraph(MessagesState)
    built.add_node("look", lambda _: {"messages": [AIMessage("nothing")]})
    built.add_edge(START, "look")
    provider.say(Reply(tool_calls=[task("scout")]))
    chief({"name": "scout", "description": "Scouts.", "runnable": built.compile()}).invoke(ASK)
    assert traced.tree() == [line for line in ALONE if not line.startswith("      ")]


def test_plans_and_files_are_tools_whose_content_is_shown_only_when_asked_for(
    traced: Recorder, provider: Provider, chief: Callable[..., Any]
) -> None:
    written = {"file_path": "/notes.txt", "content": "the secret plan"}
    provider.say(Reply(tool_calls=[ToolCall("write_file", written)]))
    chief().invoke(ASK)
    assert traced.tree()[2] == "  execute_tool write_file"
    assert "secret" not in traced.everything()


def test_what_a_sub_agent_is_asked_and_answers_is_content(
    shown: Recorder, provider: Provider, chief: Callable[..., Any]
) -> None:
    provider.say(Reply(tool_calls=[task("scout")]), Reply("Nothing there."))
    chief(SCOUT).invoke(ASK)
    told = content(shown, "invoke_agent scout")
    assert told["input.messages"][-1]["parts"] == [{"type": "text", "content": "look as scout"}]
    assert told["output.messages"][-1]["parts"] == [{"type": "text", "content": "Nothing there."}]


def test_a_sub_agent_that_fails_fails_all_that_wait_for_it(
    traced: Recorder, provider: Provider, chief: Callable[..., Any]
) -> None:
    provider.say(Reply(tool_calls=[task("scout")]), Reply(error=500))
    with pytest.raises(openai.InternalServerError) as raised:
        chief(SCOUT).invoke(ASK)
    waiting = ("invoke_agent chief", "execute_tool task", "invoke_agent scout", "chat gpt-4o-mini")
    assert errors(traced) == dict.fromkeys(waiting, f"{raised.type.__module__}.{raised.type.__qualname__}")


def test_a_sub_agent_that_waits_for_a_person_is_no_error_and_is_resumed_in_the_same_conversation(
    traced: Recorder, provider: Provider, chief: Callable[..., Any], weather: BaseTool
) -> None:
    careful = {**SCOUT, "tools": [weather], "interrupt_on": {"get_weather": True}}
    asked = ToolCall("get_weather", {"city": "Oslo"})
    provider.say(Reply(tool_calls=[task("scout")]), Reply(tool_calls=[asked]))
    agent = chief(careful, checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t-1"}}
    assert "__interrupt__" in agent.invoke(ASK, config)
    agent.invoke(Command(resume={"decisions": [{"type": "approve"}]}), config)
    assert errors(traced) == {}
    assert "execute_tool get_weather" in [span.name for span in traced.spans]
    assert {(span.attributes or {}).get("gen_ai.conversation.id") for span in traced.spans} == {"t-1"}
