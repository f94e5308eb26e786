# SPDX-License-Identifier: Apache-2.0
"""The shape of a run: which spans there are, under which, and what each says."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import agents
import pytest
from agents import Agent, RunConfig, Runner, function_tool, trace
from dirty_equals import IsStr
from opentelemetry import trace as otel

from alike import weather
from alike.runs import calls_by_agent, tokens
from alike.weather import ASK
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.openai_agents import OpenAIAgentsInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from libraries.openai_agents.conftest import Heard
    from spanwright.console.provider import Provider

HAND_OVER = Reply(tool_calls=[ToolCall("transfer_to_forecaster")])


async def test_an_agent_calls_its_model_and_its_tool(
    traced: Recorder, forecaster: Agent, provider: Provider
) -> None:
    result = await Runner.run(forecaster, ASK)
    assert result.final_output == "Here is what I found: It is sunny in Lisbon."
    assert traced.tree() == weather.tree()
    assert traced.attributes("invoke_agent") == weather.agent()
    assert traced.attributes("execute_tool") == {
        **weather.tool(),
        "gen_ai.tool.call.id": IsStr(regex="call_.+"),
    }
    first = [span for span in traced.spans if span.name.startswith("chat")][0]
    assert dict(first.attributes or {}) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "server.address": "127.0.0.1",
        "server.port": int(provider.url.rpartition(":")[2]),
        "gen_ai.request.model": "gpt-4o-mini",
        "openai.api.type": "responses",
        "openai.response.service_tier": "default",
        "gen_ai.response.finish_reasons": ("tool_call",),
        "gen_ai.response.id": IsStr(regex="resp_.+"),
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.usage.input_tokens": 140,
        "gen_ai.usage.output_tokens": 11,
    }


async def test_http_requests_nest_under_the_model_call(recorder: Recorder, forecaster: Agent) -> None:
    recorder.instrument(OpenAIAgentsInstrumentor(), HttpxInstrumentor())
    await Runner.run(forecaster, "hi")
    assert recorder.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini", "    POST"]


async def test_usage_is_counted_once(traced: Recorder, forecaster: Agent) -> None:
    result = await Runner.run(forecaster, ASK)
    used = result.context_wrapper.usage
    assert tokens(traced) == {
        "input": used.input_tokens,
        "output": used.output_tokens,
    }
    told = [(span.attributes or {}).get("gen_ai.usage.input_tokens", 0) for span in traced.spans]
    assert sum(told) == used.input_tokens


async def test_an_agent_counts_its_own_calls_alone(traced: Recorder, boss: Agent) -> None:
    await Runner.run(boss, ASK)
    assert calls_by_agent(traced) == {
        ("inference_calls", "Boss"): 2,
        ("tool_calls", "Boss"): 1,
        ("inference_calls", "Forecaster"): 2,
        ("tool_calls", "Forecaster"): 1,
    }


async def test_a_handoff_ends_one_agent_and_starts_the_other(
    traced: Recorder, triage: Agent, provider: Provider
) -> None:
    provider.say(HAND_OVER)
    await Runner.run(triage, ASK)
    assert traced.tree() == [
        "invoke_workflow",
        "  invoke_agent Triage",
        "    chat gpt-4o-mini",
        "    handoff",
        "  invoke_agent Forecaster",
        "    chat gpt-4o-mini",
        "    execute_tool get_weather",
        "    chat gpt-4o-mini",
    ]
    assert traced.attributes("handoff") == {
        "openai_agents.handoff.from": "Triage",
        "openai_agents.handoff.to": "Forecaster",
    }
    assert traced.attributes("invoke_agent Forecaster")["gen_ai.agent.description"] == "Knows the weather."


async def test_a_named_run_with_an_agent_as_a_tool_is_a_workflow(traced: Recorder, boss: Agent) -> None:
    await Runner.run(boss, ASK, run_config=RunConfig(workflow_name="Morning"))
    assert traced.tree() == TREE
    assert traced.attributes("invoke_workflow") == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "Morning",
    }


async def test_a_streamed_run_has_the_same_tree(traced: Recorder, boss: Agent) -> None:
    result = Runner.run_streamed(boss, ASK, run_config=RunConfig(workflow_name="Morning"))
    async for _ in result.stream_events():
        assert otel.get_current_span() is otel.INVALID_SPAN
    assert traced.tree() == TREE
    streamed = [span for span in traced.spans if (span.attributes or {}).get("gen_ai.request.stream")]
    assert [span.name for span in streamed] == ["chat gpt-4o-mini"] * 2


TREE = [
    "invoke_workflow Morning",
    "  invoke_agent Boss",
    "    chat gpt-4o-mini",
    "    execute_tool ask_weather",
    "      invoke_agent Forecaster",
    "        chat gpt-4o-mini",
    "        execute_tool get_weather",
    "        chat gpt-4o-mini",
    "    chat gpt-4o-mini",
]


@pytest.mark.needs("agent tools are marked")
async def test_agents_as_tools_make_a_workflow_of_a_run_without_a_name(traced: Recorder, boss: Agent) -> None:
    await Runner.run(boss, ASK)
    assert traced.tree() == ["invoke_workflow", *TREE[1:]]


async def test_a_trace_of_the_application_is_a_workflow_around_its_runs(
    traced: Recorder, make: Callable[..., Agent]
) -> None:
    with trace("Two questions", group_id="thread-1"):
        await Runner.run(make("One"), "hi")
        await Runner.run(make("Two"), "hello", run_config=RunConfig(workflow_name="not this"))
    assert traced.tree() == [
        "invoke_workflow Two questions",
        "  invoke_agent One",
        "    chat gpt-4o-mini",
        "  invoke_agent Two",
        "    chat gpt-4o-mini",
    ]
    assert {(span.attributes or {})["gen_ai.conversation.id"] for span in traced.spans} == {"thread-1"}


async def test_parallel_tools_stay_siblings(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    both = asyncio.Event()

    @function_tool
    async def first() -> str:
        await both.wait()
        return "one"

    @function_tool
    async def second() -> str:
        both.set()
        return "two"

    provider.say(Reply(tool_calls=[ToolCall("first"), ToolCall("second")]))
    provider.say(Reply(text="done"))
    await Runner.run(make(tools=[first, second]), "Go")
    assert traced.tree() == [
        "invoke_agent Forecaster",
        "  chat gpt-4o-mini",
        "  execute_tool first",
        "  execute_tool second",
        "  chat gpt-4o-mini",
    ]
    ids = [span.attributes["gen_ai.tool.call.id"] for span in traced.spans if span.name.startswith("exec")]
    assert len(set(ids)) == 2


async def test_spans_of_a_tool_nest_under_it(traced: Recorder, make: Callable[..., Agent]) -> None:
    seen: list[Any] = []

    @function_tool
    def get_weather(city: str) -> str:
        """Get the weather of a city."""
        seen.append(otel.get_current_span())
        return f"It is sunny in {city}."

    await Runner.run(make(tools=[get_weather]), ASK)
    assert seen[0].name == "execute_tool get_weather"
    assert otel.get_current_span() is otel.INVALID_SPAN


def test_a_synchronous_run_has_the_same_tree(traced: Recorder, provider: Provider) -> None:
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=provider.base_url, api_key="test")
    model = agents.OpenAIChatCompletionsModel("gpt-4o-mini", client)

    @function_tool
    def get_weather(city: str) -> str:
        """Get the weather of a city."""
        return f"It is sunny in {city}."

    def run(number: int) -> Any:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            return Runner.run_sync(
                Agent(name=f"Agent {number}", tools=[get_weather], model=model), ASK
            ).final_output
        finally:
            loop.run_until_complete(client.close())
            loop.close()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(run, 1).result() == "Here is what I found: It is sunny in Lisbon."
    assert traced.tree() == [
        "invoke_agent Agent 1",
        "  chat gpt-4o-mini",
        "  execute_tool get_weather",
        "  chat gpt-4o-mini",
    ]


async def test_runs_side_by_side_keep_to_themselves(traced: Recorder, make: Callable[..., Agent]) -> None:
    made = [
        Runner.run(make(f"Agent {number}"), "hi", run_config=RunConfig(group_id=f"thread-{number}"))
        for number in range(5)
    ]
    await asyncio.gather(*made)
    by_id = {span.context.span_id: span for span in traced.spans}
    calls = [span for span in traced.spans if span.name.startswith("chat")]
    told = {(by_id[call.parent.span_id].name, call.attributes["gen_ai.conversation.id"]) for call in calls}
    assert told == {(f"invoke_agent Agent {number}", f"thread-{number}") for number in range(5)}


async def test_the_processor_of_the_application_hears_all(
    traced: Recorder, forecaster: Agent, heard: Heard
) -> None:
    await Runner.run(forecaster, ASK)
    assert (
        heard.started.count("agent") == heard.started.count("function") == heard.started.count("trace") == 1
    )
    assert sorted(heard.started) == sorted(heard.ended)
    processors = agents.tracing.setup.get_trace_provider()._multi_processor._processors
    assert processors == (heard,)


async def test_a_span_of_the_application_is_the_parent_of_a_run(traced: Recorder, forecaster: Agent) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("request"):
        await Runner.run(forecaster, "hi")
    assert traced.tree() == ["request", "  invoke_agent Forecaster", "    chat gpt-4o-mini"]
