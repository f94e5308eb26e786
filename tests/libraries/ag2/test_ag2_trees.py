# SPDX-License-Identifier: Apache-2.0
"""Agents, tools and model calls as trees: alone, behind tools, side by side, asked and run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from dirty_equals import IsStr
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from alike import weather
from alike.runs import errors, judge_metrics, tokens, used
from alike.trees import *  # noqa: F403 - the tests that such frameworks have alike
from alike.trees import Run
from alike.weather import ASK
from asking import ANSWERED
from libraries.ag2.conftest import held
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider


async def asked(agent: Any, text: str) -> Any:
    return await agent.ask(text)


@pytest.fixture
def run() -> Run:
    """Return what runs an agent with a text: here it is asked."""
    return asked


@pytest.fixture
def boss(forecaster: Any, make: Callable[..., Any], provider: Provider) -> Any:
    """Return an agent that has the other one as a tool."""
    provider.say(
        Reply(tool_calls=[ToolCall("ask_weather", {"objective": ASK})]),
        Reply(tool_calls=[ToolCall("get_weather", {"city": "Lisbon"})]),
    )
    return make("Boss", tools=[forecaster.as_tool(description="Ask", name="ask_weather")])


async def driven(agent: Any, text: str) -> Any:
    async with agent.run(text) as turn:
        turn.start()
        return await turn.result()


WAYS = pytest.mark.parametrize("way", [asked, driven])


@WAYS
async def test_an_agent_says_who_it_is_and_what_it_does(traced: Recorder, forecaster: Any, way: Any) -> None:
    await way(forecaster, ASK)
    assert traced.tree() == weather.tree()
    assert traced.attributes("invoke_agent") == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "Forecaster",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.conversation.id": IsStr(),
    }
    conversation = traced.attributes("invoke_agent")["gen_ai.conversation.id"]
    found = traced.attributes("execute_tool")
    assert found.pop("gen_ai.tool.call.id")
    assert found == {**weather.tool(), "gen_ai.conversation.id": conversation}


async def test_a_model_call_says_what_the_client_beneath_knows(
    traced: Recorder, provider: Provider, make: Callable[..., Any]
) -> None:
    reply = await make().ask("hi")
    usage = reply.response.usage
    assert traced.attributes("chat") == {
        **ANSWERED,
        "gen_ai.conversation.id": IsStr(),
        "gen_ai.usage.input_tokens": usage.prompt_tokens,
        "gen_ai.usage.output_tokens": usage.completion_tokens,
        "server.address": "127.0.0.1",
        "server.port": urlsplit(provider.url).port,
    }


async def test_without_the_client_a_model_call_says_what_ag2_knows(
    alone: Recorder, provider: Provider, make: Callable[..., Any]
) -> None:
    await make().ask("hi")
    found = alone.attributes("chat")
    kept = {name: found[name] for name in found if not name.endswith((".messages", ".id", "instructions"))}
    assert kept == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": found["gen_ai.usage.input_tokens"],
        "gen_ai.usage.output_tokens": found["gen_ai.usage.output_tokens"],
        "server.address": "127.0.0.1",
        "server.port": urlsplit(provider.url).port,
    }


async def test_metrics_count_what_an_agent_does(traced: Recorder, forecaster: Any) -> None:
    await forecaster.ask(ASK)
    judge_metrics(traced)
    assert sum(tokens(traced).values()) == sum(sum(each[1:]) for each in used(traced))


async def test_the_applications_spans_nest_in_an_awaited_tool(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    tracer = traced.tracer_provider.get_tracer("application")

    async def look() -> str:
        """Look."""
        with tracer.start_as_current_span("look up"):
            return "seen"

    provider.say(Reply(tool_calls=[ToolCall("look")]))
    await make(tools=[look]).ask("Look")
    assert traced.tree()[2:4] == ["  execute_tool look", "    look up"]
    assert trace.get_current_span() is trace.INVALID_SPAN


async def test_an_agent_behind_a_tool_is_in_the_same_conversation(traced: Recorder, boss: Any) -> None:
    await boss.ask(ASK)
    assert len({(span.attributes or {})["gen_ai.conversation.id"] for span in traced.spans}) == 1


async def test_turns_of_one_conversation_share_its_id(traced: Recorder, make: Callable[..., Any]) -> None:
    reply = await make().ask("hi")
    await reply.ask("and now?")
    ids = [(span.attributes or {})["gen_ai.conversation.id"] for span in traced.spans]
    assert len(ids) == 4
    assert set(ids) == {str(reply.context.stream.id)}


async def test_a_question_to_a_person_is_a_step(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    context = held(":Context")

    async def confirm(ctx: context) -> str:  # type: ignore[valid-type]
        """Confirm."""
        return await ctx.input("Sure?")

    confirm.__annotations__["ctx"] = context
    provider.say(Reply(tool_calls=[ToolCall("confirm")]))
    await make(tools=[confirm], hitl_hook=lambda: "yes").ask("Go")
    assert traced.tree()[2:4] == ["  execute_tool confirm", "    await_human_input"]


# --- AG2's own telemetry -----------------------------------------------------------------------------------------


def telemetry(provider: Any, **settings: Any) -> Any:
    found = held(".middleware.builtin.telemetry:TelemetryMiddleware")
    return found(tracer_provider=provider, agent_name="Forecaster", **settings)


async def test_ag2s_own_spans_in_our_provider_are_silent(traced: Recorder, make: Callable[..., Any]) -> None:
    own = telemetry(traced.tracer_provider, span_attributes={"team": "weather"})
    await make(middleware=[own]).ask("hi")
    assert traced.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini"]
    assert traced.attributes("invoke_agent")["team"] == "weather"
    assert errors(traced) == {}


async def test_ag2s_own_spans_in_another_provider_are_left_alone(
    traced: Recorder, make: Callable[..., Any]
) -> None:
    elsewhere, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(elsewhere))
    await make(middleware=[telemetry(provider)]).ask("hi")
    names = {span.name.split()[0] for span in elsewhere.get_finished_spans()}
    assert names >= {"invoke_agent", "chat"}
    assert [span.name for span in traced.spans] == ["invoke_agent Forecaster", "chat gpt-4o-mini"]
