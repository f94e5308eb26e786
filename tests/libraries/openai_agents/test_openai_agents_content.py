# SPDX-License-Identifier: Apache-2.0
"""Content of models, agents, tools and workflows: only when it is asked for, and what it says then."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from agents import ModelSettings, OpenAIChatCompletionsModel, RunConfig, Runner, WebSearchTool
from pydantic import BaseModel

from alike import weather
from alike.weather import ASK
from spanwright.console.provider import Reply
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.instrumentors.openai_agents import OpenAIAgentsInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents import Agent
    from openai import AsyncOpenAI

    from harness import Recorder
    from spanwright.console.provider import Provider

SAID = "Here is what I found: It is sunny in Lisbon."
ASKED = [{"role": "user", "parts": [{"type": "text", "content": ASK}]}]
ANSWERED = [{"role": "assistant", "parts": [{"type": "text", "content": SAID}], "finish_reason": "stop"}]
TOLD = [{"type": "text", "content": "You tell the weather."}]
OFFERED = [{"type": "function", "name": "get_weather"}]
WORDS = ("Lisbon", "sunny", "You tell")


def content(recorder: Recorder, prefix: str, number: int = 0) -> dict[str, Any]:
    """Return the content of a span, as what its JSON stands for."""
    span = [each for each in recorder.spans if each.name.startswith(prefix)][number]
    names = (
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "gen_ai.system_instructions",
        "gen_ai.tool.definitions",
        "gen_ai.tool.call.arguments",
        "gen_ai.tool.call.result",
    )
    attributes = span.attributes or {}
    return {name.removeprefix("gen_ai."): _parsed(attributes[name]) for name in names if name in attributes}


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


async def consumed(agent: Agent, *given: Any, **options: Any) -> Any:
    result = Runner.run_streamed(agent, *given, **options)
    async for _ in result.stream_events():
        pass
    return result


async def test_nothing_is_captured_by_default(traced: Recorder, forecaster: Agent) -> None:
    await Runner.run(forecaster, ASK)
    everything = traced.everything()
    assert [word for word in WORDS if word in everything] == []


@pytest.mark.parametrize("run", [Runner.run, consumed])
async def test_an_agent_has_what_its_model_is_told_and_answers(
    shown: Recorder, forecaster: Agent, run: Any
) -> None:
    await run(forecaster, ASK, run_config=RunConfig(workflow_name="Morning"))
    assert content(shown, "invoke_agent") == {
        "input.messages": ASKED,
        "output.messages": ANSWERED,
        "system_instructions": TOLD,
        "tool.definitions": OFFERED,
    }
    assert content(shown, "invoke_workflow") == {"input.messages": ASKED, "output.messages": ANSWERED}
    assert content(shown, "execute_tool") == {
        "tool.call.arguments": {"city": "Lisbon"},
        "tool.call.result": "It is sunny in Lisbon.",
    }


@pytest.mark.parametrize("run", [Runner.run, consumed])
@pytest.mark.parametrize("chat", [False, True], ids=["responses", "chat"])
async def test_a_model_call_without_the_clients_help_tells_all_that_the_sdk_knows(
    alone: Recorder, forecaster: Agent, client: AsyncOpenAI, run: Any, chat: bool
) -> None:
    if chat:
        forecaster.model = OpenAIChatCompletionsModel("gpt-4o-mini", client)
        forecaster.model_settings = ModelSettings(include_usage=True)
    result = await run(forecaster, ASK)
    assert alone.tree() == weather.tree()
    last = alone.spans[-1].attributes or {}
    assert last["gen_ai.provider.name"] == "openai"
    assert last["gen_ai.response.finish_reasons"] == ("stop",)
    used = [
        span.attributes["gen_ai.usage.input_tokens"] for span in alone.spans if span.name.startswith("chat")
    ]
    assert sum(used) == result.context_wrapper.usage.input_tokens
    asked = content(alone, "chat", 1)
    assert asked["output.messages"] == ANSWERED
    assert [each["role"] for each in asked["input.messages"]] == ["user", "assistant", "tool"]
    assert asked["system_instructions"] == TOLD


async def test_the_same_is_told_with_the_clients_help(shown: Recorder, forecaster: Agent) -> None:
    await Runner.run(forecaster, ASK)
    assert content(shown, "chat", 1)["output.messages"] == ANSWERED


async def test_what_the_application_keeps_out_of_traces_stays_out_of_ours(
    shown: Recorder, forecaster: Agent
) -> None:
    settings = RunConfig(trace_include_sensitive_data=False, workflow_name="Morning")
    await Runner.run(forecaster, ASK, run_config=settings)
    await consumed(forecaster, ASK, run_config=settings)
    everything = shown.everything()
    assert [word for word in WORDS if word in everything] == []


async def test_content_may_go_to_events_alone(recorder: Recorder, forecaster: Agent) -> None:
    recorder.instrument(
        OpenAIAgentsInstrumentor(),
        OpenAIInstrumentor(),
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="EVENT_ONLY",
    )
    await Runner.run(forecaster, "hi")
    assert content(recorder, "chat") == content(recorder, "invoke_agent") == {}
    (event,) = recorder.logs
    assert event.attributes["gen_ai.output.messages"]


async def test_an_output_type_is_told(traced: Recorder, make: Callable[..., Agent]) -> None:
    class Trip(BaseModel):
        city: str

    result = await Runner.run(make(output_type=Trip), "A trip to Lisbon")
    assert isinstance(result.final_output, Trip)
    assert traced.attributes("invoke_agent")["gen_ai.output.type"] == "json"
    assert traced.attributes("chat")["gen_ai.output.type"] == "json"


async def test_tools_that_run_at_the_provider_are_parts_of_its_answer_and_no_spans(
    shown: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    searched = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    asked = {**searched, "action": {"type": "search", "query": "weather in Lisbon"}}
    provider.say(Reply("Sunny.", items=[asked]))
    await Runner.run(make(tools=[WebSearchTool()]), "Go")
    assert shown.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini"]
    told = content(shown, "chat")
    assert [each["type"] for each in told["tool.definitions"]] == ["web_search"]
    kinds = [part["type"] for each in told["output.messages"] for part in each["parts"]]
    assert "server_tool_call" in kinds
