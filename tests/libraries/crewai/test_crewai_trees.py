# SPDX-License-Identifier: Apache-2.0
"""The shape of a run: which spans there are, under which, and what each says."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from crewai import BaseLLM, Crew, Process, Task
from crewai.flow.flow import Flow, listen, start
from crewai.tools import BaseTool, tool
from dirty_equals import IsStr
from opentelemetry import trace as otel

from alike import weather
from alike.runs import calls_by_agent, tokens
from asking import ANSWERED
from libraries.crewai.conftest import NATIVE, calls, get_weather, says
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.crewai import CrewAIInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.litellm import LiteLLMInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

TREE = [
    "invoke_workflow Morning",
    "  task report",
    "    invoke_agent Forecaster",
    "      chat gpt-4o-mini",
    "      execute_tool get_weather",
    "      chat gpt-4o-mini",
]
LISBON = {"city": "Lisbon"}


def test_a_crew_is_a_workflow_of_tasks_and_agents(
    traced: Recorder, crew: Callable[..., Crew], spoken: Provider
) -> None:
    assert crew().kickoff(inputs=LISBON).raw == "It is sunny."
    assert traced.tree() == TREE
    assert traced.attributes("invoke_workflow") == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "Morning",
    }
    assert traced.attributes("task report") == {}
    assert traced.attributes("invoke_agent") == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "Forecaster",
    }
    found = traced.attributes("execute_tool")
    assert found.pop("gen_ai.tool.call.id", "call_") == IsStr(regex="call_.*")
    assert found == weather.tool()
    first = [span for span in traced.spans if span.name.startswith("chat")][0]
    told = dict(first.attributes or {})
    told.pop("gen_ai.request.stop_sequences", None)
    assert told == {
        **ANSWERED,
        "server.address": "127.0.0.1",
        "server.port": int(spoken.url.rpartition(":")[2]),
        "gen_ai.response.finish_reasons": ("tool_call",) if NATIVE else ("stop",),
        "gen_ai.usage.input_tokens": told["gen_ai.usage.input_tokens"],
        "gen_ai.usage.output_tokens": told["gen_ai.usage.output_tokens"],
    }


@pytest.mark.needs("calls of tools by the model's own means")
def test_a_tool_has_the_id_of_its_call(
    traced: Recorder, crew: Callable[..., Crew], provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("get_weather", LISBON, id="call_7")]), says("Sunny."))
    crew().kickoff(inputs=LISBON)
    assert traced.attributes("execute_tool")["gen_ai.tool.call.id"] == "call_7"


def test_http_requests_nest_under_the_model_call(
    recorder: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    recorder.instrument(CrewAIInstrumentor(), HttpxInstrumentor())
    provider.say(says("Sunny."))
    make().kickoff("hi")
    assert recorder.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini", "    POST"]


def test_usage_is_counted_once(traced: Recorder, crew: Callable[..., Crew], spoken: Provider) -> None:
    run = crew()
    used = run.kickoff(inputs=LISBON).token_usage
    assert tokens(traced) == {"input": used.prompt_tokens, "output": used.completion_tokens}
    told = [(span.attributes or {}).get("gen_ai.usage.input_tokens", 0) for span in traced.spans]
    assert sum(told) == used.prompt_tokens


def test_a_model_whose_client_is_not_traced_tells_its_usage_itself(
    recorder: Recorder, crew: Callable[..., Crew], spoken: Provider
) -> None:
    recorder.instrument(CrewAIInstrumentor())
    used = crew().kickoff(inputs=LISBON).token_usage
    assert recorder.tree() == TREE
    told = [(span.attributes or {}).get("gen_ai.usage.input_tokens", 0) for span in recorder.spans]
    assert sum(told) == used.prompt_tokens


def test_a_model_by_litellm_is_one_inference(
    recorder: Recorder, make: Callable[..., Any], llm: Callable[..., Any], provider: Provider
) -> None:
    recorder.instrument(
        CrewAIInstrumentor(), LiteLLMInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor()
    )
    provider.say(says("Sunny."))
    make(llm=llm("openai/gpt-4o-mini", is_litellm=True, max_retries=0)).kickoff("hi")
    assert recorder.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini", "    POST"]
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == 1
    assert recorder.attributes("chat")["gen_ai.usage.input_tokens"] > 0


def test_a_model_of_the_applications_own_class_is_traced(traced: Recorder, make: Callable[..., Any]) -> None:
    class Parrot(BaseLLM):
        def call(self, messages: Any, *args: Any, **kwargs: Any) -> str:
            return "Thought: I now know the answer\nFinal Answer: Hi"

    make(llm=Parrot(model="parrot-1")).kickoff("Say hi")
    assert traced.tree() == ["invoke_agent Forecaster", "  chat parrot-1"]
    traced.uninstrument()
    assert type(vars(Parrot)["call"]).__name__ == "function"


def test_an_agent_counts_its_own_calls_alone(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    inner = make("Forecaster", tools=[get_weather])

    @tool("ask_weather")
    def ask(question: str) -> str:
        """Ask about the weather."""
        return inner.kickoff(question).raw

    provider.say(
        calls("ask_weather", question="Lisbon?"),
        calls("get_weather", city="Lisbon"),
        says("Sunny."),
        says("Sunny in Lisbon."),
    )
    make("Boss", tools=[ask]).kickoff("hi")
    assert calls_by_agent(traced) == {
        ("inference_calls", "Boss"): 2,
        ("tool_calls", "Boss"): 1,
        ("inference_calls", "Forecaster"): 2,
        ("tool_calls", "Forecaster"): 1,
    }


def test_a_coworker_runs_under_the_tool_that_delegates_to_it(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    boss = make("Boss", allow_delegation=True)
    forecaster = make("Forecaster")
    name = "delegate_work_to_coworker" if NATIVE else "Delegate work to coworker"
    provider.say(
        calls(name, task="Look out", context="Now", coworker="Forecaster"),
        says("Sunny."),
        says("It is sunny."),
    )
    task = Task(name="ask", description="Ask about the weather", expected_output="A word", agent=boss)
    Crew(name="Morning", agents=[boss, forecaster], tasks=[task]).kickoff()
    assert traced.tree() == [
        "invoke_workflow Morning",
        "  task ask",
        "    invoke_agent Boss",
        "      chat gpt-4o-mini",
        f"      execute_tool {name}",
        "        invoke_agent Forecaster",
        "          chat gpt-4o-mini",
        "      chat gpt-4o-mini",
    ]


def test_a_manager_leads_a_hierarchical_crew(
    traced: Recorder, make: Callable[..., Any], llm: Callable[..., Any], provider: Provider
) -> None:
    provider.say(says("It is sunny."))
    forecaster = make("Forecaster")
    task = Task(name="ask", description="Ask about the weather", expected_output="A word")
    Crew(agents=[forecaster], tasks=[task], process=Process.hierarchical, manager_llm=llm()).kickoff()
    names = [span.name for span in traced.spans]
    assert names[1:] == ["task ask", "invoke_agent Crew Manager", "chat gpt-4o-mini"]
    assert names[0].startswith("invoke_workflow")


def test_a_role_with_inputs_in_it_is_told_as_it_was_written(
    traced: Recorder, make: Callable[..., Any], crew: Callable[..., Crew], provider: Provider
) -> None:
    provider.say(says("Sunny."))
    crew(make("{city} Forecaster\n")).kickoff(inputs=LISBON)
    assert traced.one("invoke_agent").name == "invoke_agent {city} Forecaster"
    assert "Lisbon" not in traced.everything()


def test_asynchronous_tasks_are_siblings(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    from opentelemetry.instrumentation.threading import ThreadingInstrumentor

    provider.say(says("One."), says("Two."), says("Three."))
    agents = [make(f"Agent {number}") for number in range(3)]
    tasks = [
        Task(
            name=f"number-{number}",
            description="Do it",
            expected_output="A word",
            agent=agent,
            async_execution=number < 2,
            context=[],
        )
        for number, agent in enumerate(agents)
    ]
    ThreadingInstrumentor().instrument()
    try:
        Crew(name="Morning", agents=agents, tasks=tasks).kickoff()
    finally:
        ThreadingInstrumentor().uninstrument()
    by_id = {span.context.span_id: span for span in traced.spans}

    def above(span: Any) -> str:
        return by_id[span.parent.span_id].name

    assert {(above(span), span.name) for span in traced.spans if span.parent} == {
        pair
        for number in range(3)
        for pair in (
            ("invoke_workflow Morning", f"task number-{number}"),
            (f"task number-{number}", f"invoke_agent Agent {number}"),
            (f"invoke_agent Agent {number}", "chat gpt-4o-mini"),
        )
    }


@pytest.mark.needs("calls of tools by the model's own means")
def test_parallel_tools_stay_siblings(traced: Recorder, make: Callable[..., Any], provider: Provider) -> None:
    both = threading.Barrier(2, timeout=30)

    @tool("first")
    def first() -> str:
        """Do the first thing."""
        both.wait()
        return "one"

    @tool("second")
    def second() -> str:
        """Do the second thing."""
        both.wait()
        return "two"

    provider.say(Reply(tool_calls=[ToolCall("first"), ToolCall("second")]), says("done"))
    make(tools=[first, second]).kickoff("Go")
    assert sorted(traced.tree()[2:4]) == ["  execute_tool first", "  execute_tool second"]
    assert traced.tree()[0] == "invoke_agent Forecaster"
    ids = [span.attributes["gen_ai.tool.call.id"] for span in traced.spans if span.name.startswith("exec")]
    assert len(set(ids)) == 2


def test_spans_of_a_tool_nest_under_it(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    seen: list[Any] = []

    class Weather(BaseTool):
        name: str = "get_weather"
        description: str = "Get the weather of a city."

        def _run(self, city: str) -> str:
            seen.append(otel.get_current_span())
            return f"It is sunny in {city}."

    provider.say(calls("get_weather", city="Lisbon"), says("Sunny."))
    make(tools=[Weather()]).kickoff("hi")
    assert seen[0].name == "execute_tool get_weather"
    assert otel.get_current_span() is otel.INVALID_SPAN


def test_a_tool_has_one_span_by_whichever_way_it_is_called(traced: Recorder) -> None:
    structured = get_weather.to_structured_tool()
    assert structured.invoke({"city": "Lisbon"}) == get_weather.run(city="Lisbon")
    assert [span.name for span in traced.spans] == ["execute_tool get_weather"] * 2


def test_a_function_handed_to_a_model_is_a_tool_under_its_call(
    traced: Recorder, llm: Callable[..., Any], provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("shout", {"word": "hi"})]))
    offered = {
        "type": "function",
        "function": {
            "name": "shout",
            "description": "Shout a word.",
            "parameters": {"type": "object", "properties": {"word": {"type": "string"}}},
        },
    }
    answer = llm().call("Shout hi", tools=[offered], available_functions={"shout": lambda word: word.upper()})
    assert answer == "HI"
    assert traced.tree() == ["chat gpt-4o-mini", "  execute_tool shout"]


async def test_a_crew_kicked_off_from_a_loop_has_the_same_tree(
    traced: Recorder, crew: Callable[..., Crew], spoken: Provider
) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("request"):
        await crew().kickoff_async(inputs=LISBON)
    assert traced.tree() == ["request", *(f"  {line}" for line in TREE)]


@pytest.mark.needs("asynchronous crews")
async def test_an_asynchronous_crew_has_the_same_tree(
    traced: Recorder, crew: Callable[..., Crew], spoken: Provider
) -> None:
    await crew().akickoff(inputs=LISBON)
    assert traced.tree() == TREE


async def test_an_agent_kicked_off_from_a_loop_has_one_span(
    traced: Recorder, make: Callable[..., Any], spoken: Provider
) -> None:
    result = await make(tools=[get_weather]).kickoff_async("hi")
    assert result.raw == "It is sunny."
    assert traced.tree() == [line[4:] for line in TREE[2:]]


def test_crews_for_each_input_are_siblings(
    traced: Recorder, crew: Callable[..., Crew], provider: Provider
) -> None:
    provider.say(says("One."), says("Two."))
    with traced.tracer_provider.get_tracer("application").start_as_current_span("request"):
        crew().kickoff_for_each(inputs=[{"city": "Lisbon"}, {"city": "Porto"}])
    assert [line for line in traced.tree() if "workflow" in line] == ["  invoke_workflow Morning"] * 2


def test_crews_side_by_side_keep_to_themselves(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    provider.say(*[says("Sunny.")] * 4)
    agents = [make(f"Agent {number}") for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda agent: agent.kickoff("hi"), agents))
    assert sorted(traced.tree()) == sorted(
        line for number in range(4) for line in (f"invoke_agent Agent {number}", "  chat gpt-4o-mini")
    )
    assert len({span.context.trace_id for span in traced.spans}) == 4


@pytest.mark.needs("streamed crews")
def test_a_streamed_crew_has_the_same_tree(
    traced: Recorder,
    make: Callable[..., Any],
    llm: Callable[..., Any],
    crew: Callable[..., Crew],
    spoken: Provider,
) -> None:
    streamed = crew(make(tools=[get_weather], llm=llm(stream=True)), stream=True).kickoff(inputs=LISBON)
    assert traced.spans == []
    for _ in streamed:
        assert otel.get_current_span() is otel.INVALID_SPAN
    assert streamed.result.raw == "It is sunny."
    assert traced.tree() == TREE
    chats = [span.attributes or {} for span in traced.spans if span.name.startswith("chat")]
    assert all(chat["gen_ai.request.stream"] for chat in chats)
    assert any("gen_ai.response.time_to_first_chunk" in chat for chat in chats)


# --- flows -------------------------------------------------------------------------------------------------------


def flow(make: Callable[..., Any]) -> Any:
    class Morning(Flow):
        @start()
        def wake(self) -> str:
            return "awake"

        @listen(wake)
        async def look(self, said: str) -> str:
            return (await make().kickoff_async(f"{said}: how is the weather?")).raw

    return Morning()


FLOW = [
    "invoke_workflow Morning",
    "  wake",
    "  look",
    "    invoke_agent Forecaster",
    "      chat gpt-4o-mini",
]


def test_a_flow_is_a_workflow_of_its_methods(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    provider.say(says("Sunny."))
    assert flow(make).kickoff() == "Sunny."
    assert traced.tree() == FLOW
    assert traced.attributes("invoke_workflow") == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "Morning",
    }


async def test_a_flow_kicked_off_from_a_loop_has_the_same_tree(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    provider.say(says("Sunny."))
    await flow(make).kickoff_async()
    assert traced.tree() == FLOW


def test_a_flow_that_is_taken_up_by_its_id_is_a_conversation(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    provider.say(says("Sunny."))
    flow(make).kickoff(inputs={"id": "thread-1"})
    told = {span.name: (span.attributes or {}).get("gen_ai.conversation.id") for span in traced.spans}
    assert told == {
        "invoke_workflow Morning": "thread-1",
        "wake": None,
        "look": None,
        "invoke_agent Forecaster": "thread-1",
        "chat gpt-4o-mini": "thread-1",
    }


def test_a_crew_in_a_flow_stands_under_the_method_that_kicks_it_off(
    traced: Recorder, crew: Callable[..., Crew], spoken: Provider
) -> None:
    made = crew()

    class Morning(Flow):
        @start()
        def report(self) -> str:
            return made.kickoff(inputs=LISBON).raw

    Morning().kickoff()
    assert traced.tree() == ["invoke_workflow Morning", "  report", *(f"    {line}" for line in TREE)]


async def test_flows_side_by_side_keep_to_themselves(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    provider.say(*[says("Sunny.")] * 3)
    made = [flow(make).kickoff_async(inputs={"id": f"thread-{number}"}) for number in range(3)]
    await asyncio.gather(*made)
    by_trace: dict[int, set[Any]] = {}
    for span in traced.spans:
        if (told := (span.attributes or {}).get("gen_ai.conversation.id")) is not None:
            by_trace.setdefault(span.context.trace_id, set()).add(told)
    assert sorted(map(sorted, by_trace.values())) == [["thread-0"], ["thread-1"], ["thread-2"]]
