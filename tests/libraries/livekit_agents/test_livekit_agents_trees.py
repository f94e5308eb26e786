# SPDX-License-Identifier: Apache-2.0
"""Sessions, turns, tools and model calls as trees."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from livekit.agents import function_tool
from livekit.agents.telemetry import set_tracer_provider
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from alike.runs import calls_by_agent, errors, judge_metrics, used
from alike.weather import ASK
from asking import ANSWERED
from libraries.livekit_agents.conftest import WHOLE, agent, whole
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

TREE = [
    "invoke_workflow agent_session",
    "  invoke_agent forecaster",
    "    chat gpt-4o-mini",
    "    execute_tool get_weather",
    *([] if WHOLE else ["  invoke_agent forecaster"]),
    "    chat gpt-4o-mini",
    "    agent_speaking",
]


async def test_a_session_says_who_speaks_and_what_is_done(
    traced: Recorder, session: Callable[..., Any]
) -> None:
    async with session() as talk:
        await talk.run(user_input=ASK)
    assert traced.tree() == TREE
    assert traced.attributes("invoke_workflow") == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "agent_session",
    }
    assert [dict(span.attributes or {}) for span in traced.spans if span.name.startswith("invoke_agent")] == [
        {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "forecaster"}
    ] * (1 if WHOLE else 2)
    found = traced.attributes("execute_tool")
    assert found.pop("gen_ai.tool.call.id")
    assert found == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "get_weather",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.description": "Get the weather of a city.",
        "gen_ai.agent.name": "forecaster",
    }


async def test_a_model_call_says_what_the_client_beneath_knows(
    traced: Recorder, session: Callable[..., Any], provider: Provider
) -> None:
    async with session(agent(tools=[])) as talk:
        await talk.run(user_input="hi")
    found = traced.attributes("chat")
    assert found.pop("gen_ai.response.time_to_first_chunk") > 0
    assert found == {
        **ANSWERED,
        "gen_ai.request.stream": True,
        "gen_ai.usage.input_tokens": used(traced)[2][1],
        "gen_ai.usage.output_tokens": used(traced)[2][2],
        "server.address": "127.0.0.1",
        "server.port": int(provider.url.rpartition(":")[2]),
    }


async def test_without_the_client_a_model_call_says_what_the_framework_knows(
    alone: Recorder, session: Callable[..., Any]
) -> None:
    async with session(agent(tools=[])) as talk:
        await talk.run(user_input="hi")
    found = alone.attributes("chat")
    assert (found["gen_ai.provider.name"], found["gen_ai.request.model"]) == ("openai", "gpt-4o-mini")
    assert found["server.address"] == "127.0.0.1"
    assert found["gen_ai.usage.input_tokens"] > 0


@whole
async def test_metrics_count_what_an_agent_does(traced: Recorder, session: Callable[..., Any]) -> None:
    async with session() as talk:
        await talk.run(user_input=ASK)
    judge_metrics(traced)
    assert set(calls_by_agent(traced)) == {("inference_calls", "forecaster"), ("tool_calls", "forecaster")}


async def test_http_requests_nest_under_the_model_calls(
    traced: Recorder, session: Callable[..., Any]
) -> None:
    traced.instrument(HttpxInstrumentor())
    async with session(agent(tools=[])) as talk:
        await talk.run(user_input="hi")
    assert traced.tree()[2:4] == ["    chat gpt-4o-mini", "      POST"]


async def test_tools_called_at_once_are_siblings(
    traced: Recorder, session: Callable[..., Any], provider: Provider
) -> None:
    calls = [ToolCall("get_weather", {"city": city}) for city in ("Lisbon", "Porto")]
    provider.say(Reply(tool_calls=calls), Reply("Sunny."))
    async with session() as talk:
        await talk.run(user_input=ASK)
    assert traced.tree()[2:5] == [
        "    chat gpt-4o-mini",
        "    execute_tool get_weather",
        "    execute_tool get_weather",
    ]


async def test_sessions_at_once_are_siblings(traced: Recorder, session: Callable[..., Any]) -> None:
    async def talk() -> None:
        async with session(agent(tools=[])) as made:
            await made.run(user_input="hi")

    with traced.tracer_provider.get_tracer("application").start_as_current_span("morning"):
        await asyncio.gather(talk(), talk())
    tree = traced.tree()
    assert tree.count("  invoke_workflow agent_session") == 2
    assert tree.count("      chat gpt-4o-mini") == 2


async def test_the_applications_spans_and_words_are_in_the_tool(
    traced: Recorder, session: Callable[..., Any], provider: Provider
) -> None:
    tracer = traced.tracer_provider.get_tracer("application")

    @function_tool
    async def look() -> str:
        """Look."""
        span = trace.get_current_span()
        span.set_attribute("place", "hall")
        span.add_event("looked")
        with tracer.start_as_current_span("look up"):
            return "seen"

    provider.say(Reply(tool_calls=[ToolCall("look")]), Reply("Seen."))
    async with session(agent(tools=[look])) as talk:
        await talk.run(user_input="Look")
    assert traced.tree()[3:5] == ["    execute_tool look", "      look up"]
    assert traced.attributes("execute_tool")["place"] == "hall"
    assert [event.name for event in traced.one("execute_tool").events] == ["looked"]


async def test_an_agent_that_another_one_hands_over_to_has_a_turn_of_its_own(
    traced: Recorder, session: Callable[..., Any], provider: Provider
) -> None:
    guide = agent("guide", tools=[])

    @function_tool
    async def transfer() -> Any:
        """Hand over."""
        return guide, "Handed over."

    provider.say(Reply(tool_calls=[ToolCall("transfer")]))
    async with session(agent(tools=[transfer])) as talk:
        await talk.run(user_input="Go")
        await talk.run(user_input="Where?")
    agents = [line.strip() for line in traced.tree() if "invoke_agent" in line]
    assert agents[0] == "invoke_agent forecaster"
    assert agents[-1] == "invoke_agent guide"
    assert errors(traced) == {}


async def test_a_model_that_is_asked_by_itself_is_traced(traced: Recorder, model: Callable[..., Any]) -> None:
    from livekit.agents.llm import ChatContext

    context = ChatContext.empty()
    context.add_message(role="user", content="hi")
    async with model().chat(chat_ctx=context) as stream:
        async for _ in stream:
            pass
    assert traced.tree() == ["chat gpt-4o-mini"]


# --- the framework's own providers -------------------------------------------------------------------------------


async def test_a_provider_that_is_ours_too_has_one_span_each(
    traced: Recorder, session: Callable[..., Any]
) -> None:
    set_tracer_provider(traced.tracer_provider)
    async with session() as talk:
        await talk.run(user_input=ASK)
    assert traced.tree() == TREE


async def test_a_provider_of_the_applications_choice_is_left_alone(
    traced: Recorder, session: Callable[..., Any]
) -> None:
    elsewhere, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(elsewhere))
    set_tracer_provider(provider)
    async with session() as talk:
        await talk.run(user_input=ASK)
    assert {"agent_session", "agent_turn", "llm_request"} <= {
        span.name for span in elsewhere.get_finished_spans()
    }
    assert [span.name for span in traced.spans] == ["chat gpt-4o-mini"] * 2


async def test_the_frameworks_copies_of_our_metrics_are_silent_and_its_own_are_not(
    traced: Recorder, session: Callable[..., Any]
) -> None:
    from livekit.agents.telemetry import otel_metrics

    assert type(otel_metrics._genai_token_usage).__module__.startswith("spanwright")
    traced.uninstrument()
    assert not type(otel_metrics._genai_token_usage).__module__.startswith("spanwright")
