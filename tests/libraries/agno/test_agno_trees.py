# SPDX-License-Identifier: Apache-2.0
"""The shape of a run: which spans there are, under which, and what each says."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from agno.agent import Agent
from agno.models.openai import OpenAIResponses
from agno.team import Team
from agno.workflow import Parallel, Step, Workflow
from dirty_equals import IsStr
from opentelemetry import trace
from opentelemetry.instrumentation.threading import ThreadingInstrumentor

from alike import weather
from alike.runs import calls_by_agent, tokens
from alike.weather import ASK
from asking import ANSWERED
from libraries.agno.conftest import VERSION, consumed, delegated, get_weather
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.agno import AgnoInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from agno.models.openai import OpenAIChat

    from harness import Recorder
    from spanwright.console.provider import Provider

TREE = weather.tree()
DESK = [
    "invoke_agent Desk",
    "  chat gpt-4o-mini",
    "  execute_tool delegate_task_to_member",
    *("    " + line for line in TREE),
    "  chat gpt-4o-mini",
]


@pytest.fixture
def threads() -> Iterator[None]:
    """Let threads know what is current, as the pack has it done."""
    ThreadingInstrumentor().instrument()
    yield
    ThreadingInstrumentor().uninstrument()


async def run(agent: Any) -> Any:
    return agent.run(ASK)


async def stream(agent: Any) -> Any:
    for _ in agent.run(ASK, stream=True):
        assert trace.get_current_span() is trace.INVALID_SPAN


async def arun(agent: Any) -> Any:
    return await agent.arun(ASK)


async def astream(agent: Any) -> Any:
    return await consumed(agent.arun(ASK, stream=True))


WAYS = pytest.mark.parametrize("way", [run, stream, arun, astream])


def test_an_agent_calls_its_model_and_its_tool(
    traced: Recorder, forecaster: Agent, server: dict[str, Any]
) -> None:
    answer = forecaster.run(ASK, session_id="thread-1")
    assert answer.content == "Here is what I found: It is sunny in Lisbon."
    assert traced.tree() == TREE
    assert traced.attributes("invoke_agent") == {
        **weather.agent(),
        "gen_ai.agent.description": "Tells the weather.",
        "gen_ai.conversation.id": "thread-1",
    }
    assert traced.attributes("execute_tool") == {
        **weather.tool(),
        "gen_ai.tool.description": IsStr(regex="Get the weather of a city..*"),
        "gen_ai.tool.call.id": IsStr(regex="call_.+"),
        "gen_ai.conversation.id": "thread-1",
    }
    first = next(span for span in traced.spans if span.name.startswith("chat"))
    assert dict(first.attributes or {}) == {
        **ANSWERED,
        **server,
        "gen_ai.conversation.id": "thread-1",
        "gen_ai.response.finish_reasons": ("tool_call",),
        "gen_ai.usage.input_tokens": answer.messages[2].metrics.input_tokens,
        "gen_ai.usage.output_tokens": answer.messages[2].metrics.output_tokens,
    }


@WAYS
async def test_every_way_to_run_an_agent_has_the_same_tree(
    traced: Recorder, forecaster: Agent, way: Callable[[Any], Awaitable[Any]]
) -> None:
    await way(forecaster)
    assert traced.tree() == TREE


@WAYS
async def test_the_responses_api_has_the_same_tree(
    traced: Recorder,
    make: Callable[..., Agent],
    model: Callable[..., Any],
    way: Callable[[Any], Awaitable[Any]],
) -> None:
    await way(make(model=model(OpenAIResponses), tools=[get_weather]))
    assert traced.tree() == TREE


@WAYS
async def test_a_member_runs_inside_the_tool_that_its_team_asks_it_with(
    traced: Recorder,
    forecaster: Agent,
    model: Callable[..., OpenAIChat],
    provider: Provider,
    way: Callable[[Any], Awaitable[Any]],
) -> None:
    team = Team(name="Desk", model=model(), members=[forecaster], telemetry=False)
    call = ToolCall("delegate_task_to_member", delegated("forecaster", ASK))
    provider.say(Reply(tool_calls=[call]))
    await way(team)
    assert traced.tree() == DESK
    assert len({(span.attributes or {}).get("gen_ai.conversation.id") for span in traced.spans}) <= 2


# The older versions themselves use what they deprecate.
@pytest.mark.filterwarnings("ignore:The '.+' parameter is deprecated:DeprecationWarning")
@WAYS
async def test_a_workflow_has_its_steps_and_their_agents(
    traced: Recorder, make: Callable[..., Agent], threads: None, way: Callable[[Any], Awaitable[Any]]
) -> None:
    def loud(given: Any) -> Any:
        return str(given.input).upper()

    both = Parallel(Step(name="Two", agent=make("B")), Step(name="Three", agent=make("C")), name="both")
    flow = Workflow(name="Morning", steps=[Step(name="One", executor=loud), both], telemetry=False)
    await way(flow)
    first, second, third = (
        ["  step One"],
        ["  step Two", "    invoke_agent B", "      chat gpt-4o-mini"],
        ["  step Three", "    invoke_agent C", "      chat gpt-4o-mini"],
    )
    told = traced.tree()
    assert told[:2] == ["invoke_workflow Morning", *first]
    assert told[2:] in ([*second, *third], [*third, *second])


def test_a_workflow_is_told_by_name_and_session(traced: Recorder, make: Callable[..., Agent]) -> None:
    Workflow(name="Morning", steps=[make("A")], telemetry=False).run("hi", session_id="thread-2")
    assert traced.attributes("invoke_workflow") == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "Morning",
        "gen_ai.conversation.id": "thread-2",
    }
    assert traced.attributes("invoke_agent")["gen_ai.conversation.id"] == "thread-2"


def test_http_requests_nest_under_the_model_call(recorder: Recorder, make: Callable[..., Agent]) -> None:
    recorder.instrument(AgnoInstrumentor(), HttpxInstrumentor())
    make().run("hi")
    assert recorder.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini", "    POST"]


def test_usage_is_counted_once(traced: Recorder, forecaster: Agent) -> None:
    used = forecaster.run(ASK).metrics
    assert tokens(traced) == {"input": used.input_tokens, "output": used.output_tokens}
    told = [(span.attributes or {}).get("gen_ai.usage.input_tokens", 0) for span in traced.spans]
    assert sum(told) == used.input_tokens


def test_a_team_and_its_member_count_their_own_calls(
    traced: Recorder, forecaster: Agent, model: Callable[..., OpenAIChat], provider: Provider
) -> None:
    team = Team(name="Desk", model=model(), members=[forecaster], telemetry=False)
    provider.say(Reply(tool_calls=[ToolCall("delegate_task_to_member", delegated("forecaster", ASK))]))
    team.run(ASK)
    assert calls_by_agent(traced) == {
        ("inference_calls", "Desk"): 2,
        ("tool_calls", "Desk"): 1,
        ("inference_calls", "Forecaster"): 2,
        ("tool_calls", "Forecaster"): 1,
    }


async def test_parallel_tools_stay_siblings(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    both = asyncio.Event()

    async def first() -> str:
        """Wait for the other."""
        await both.wait()
        return "one"

    async def second() -> str:
        """Wake the other."""
        both.set()
        return "two"

    provider.say(Reply(tool_calls=[ToolCall("first"), ToolCall("second")]), Reply(text="done"))
    await make(tools=[first, second]).arun("Go")
    assert traced.tree() == [
        "invoke_agent Forecaster",
        "  chat gpt-4o-mini",
        "  execute_tool first",
        "  execute_tool second",
        "  chat gpt-4o-mini",
    ]


async def test_spans_of_a_tool_nest_under_it_in_its_thread_too(
    traced: Recorder, make: Callable[..., Agent]
) -> None:
    seen: list[Any] = []

    def get_weather(city: str) -> str:
        """Get the weather of a city."""
        seen.append(trace.get_current_span())
        return f"It is sunny in {city}."

    agent = make(tools=[get_weather])
    agent.run(ASK)
    await agent.arun(ASK)
    assert [span.name for span in seen] == ["execute_tool get_weather"] * 2
    assert trace.get_current_span() is trace.INVALID_SPAN


async def test_runs_side_by_side_keep_to_themselves(traced: Recorder, make: Callable[..., Agent]) -> None:
    await asyncio.gather(*(make(f"A{at}").arun("hi", session_id=f"thread-{at}") for at in range(4)))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda at: make(f"A{at}").run("hi", session_id=f"thread-{at}"), range(4, 6)))
    by_id = {span.context.span_id: span for span in traced.spans}
    calls = [span for span in traced.spans if span.name.startswith("chat")]
    told = {(by_id[call.parent.span_id].name, call.attributes["gen_ai.conversation.id"]) for call in calls}
    assert told == {(f"invoke_agent A{at}", f"thread-{at}") for at in range(6)}


def test_a_span_of_the_application_is_the_parent_of_a_run(
    traced: Recorder, make: Callable[..., Agent]
) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("request"):
        make().run("hi")
    assert traced.tree() == ["request", "  invoke_agent Forecaster", "    chat gpt-4o-mini"]


@pytest.mark.skipif(VERSION < (2, 5), reason="not yet: runs in the background")
@pytest.mark.parametrize("streamed", [False, True])
async def test_a_run_in_the_background_lasts_until_its_own_end(
    traced: Recorder, make: Callable[..., Agent], streamed: bool
) -> None:
    from agno.db.in_memory import InMemoryDb

    agent = make(tools=[get_weather], db=InMemoryDb())
    if streamed:
        await consumed(agent.arun(ASK, stream=True, background=True))
    else:
        pending = await agent.arun(ASK, background=True)
        assert pending.status != "COMPLETED"
    while running := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(running)
    assert traced.tree() == TREE


async def test_what_an_agent_knows_is_searched(traced: Recorder, make: Callable[..., Agent]) -> None:
    agent = make(knowledge=knowledge(), search_knowledge=True)
    agent.knowledge.search("Where is the hall?", max_results=3)
    await searched(agent.knowledge)
    assert traced.tree() == ["retrieval handbook"] * 2
    assert dict(traced.spans[0].attributes or {}) == {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.data_source.id": "handbook",
        "gen_ai.retrieval.top_k": 3,
    }


def test_a_search_of_an_agent_is_inside_its_tool(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("search_knowledge_base", {"query": "hall"})]))
    answer = make(knowledge=knowledge(), search_knowledge=True).run("Where is the hall?")
    assert "to the left" in str(answer.content)
    assert traced.tree() == [
        "invoke_agent Forecaster",
        "  chat gpt-4o-mini",
        "  execute_tool search_knowledge_base",
        "    retrieval handbook",
        "  chat gpt-4o-mini",
    ]


def knowledge() -> Any:
    """Return knowledge whose store is the application's own."""
    from agno.knowledge.document import Document
    from agno.knowledge.knowledge import Knowledge
    from agno.vectordb.base import VectorDb

    found = [Document(id="doc-1", name="halls", content="The hall is to the left.", meta_data={"page": 1})]

    def nothing(self: Any, *args: Any, **kwargs: Any) -> Any:
        return True

    async def later(self: Any, *args: Any, **kwargs: Any) -> Any:
        return found

    members: dict[str, Any] = dict.fromkeys(VectorDb.__abstractmethods__, nothing)
    members["search"] = lambda self, *args, **kwargs: found
    members["async_search"] = later
    members["__init__"] = lambda self: None
    return Knowledge(name="handbook", vector_db=type("Store", (VectorDb,), members)())


async def searched(known: Any) -> Any:
    return await (known.asearch if hasattr(known, "asearch") else known.async_search)("Where is the hall?")
