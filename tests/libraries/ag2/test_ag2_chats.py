# SPDX-License-Identifier: Apache-2.0
"""The agents before 1.0, which chat with each other; later versions have none of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from autogen import agentchat as autogen
from autogen import register_function
from opentelemetry.instrumentation.threading import ThreadingInstrumentor

from alike.runs import content, errors
from alike.weather import ASK
from libraries.ag2.conftest import get_weather
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness import Recorder
    from spanwright.console.provider import Provider

TREE = [
    "invoke_workflow",
    "  invoke_agent Forecaster",
    "    chat gpt-4o-mini",
    "  invoke_agent User",
    "    execute_tool get_weather",
    "  invoke_agent Forecaster",
    "    chat gpt-4o-mini",
]


@pytest.fixture
def threads() -> Iterator[None]:
    """Let threads keep the context, as the instrumentor for them does that comes with the pack."""
    ThreadingInstrumentor().instrument()
    yield
    ThreadingInstrumentor().uninstrument()


@pytest.fixture
def speaker(provider: Provider) -> Callable[..., Any]:
    """Return a maker of agents that answer by a model."""

    def made(name: str, model: str = "gpt-4o-mini", **settings: Any) -> Any:
        told = {"model": model, "base_url": provider.base_url, "api_key": "test", "max_retries": 0}
        return autogen.AssistantAgent(
            name, "You tell.", llm_config={"config_list": [told], "cache_seed": None}, **settings
        )

    return made


@pytest.fixture
def pair(speaker: Callable[..., Any]) -> tuple[Any, Any]:
    """Return an agent with a tool, and the user that executes it."""
    agent, user = speaker("Forecaster"), person()
    register_function(get_weather, caller=agent, executor=user, description="Get the weather of a city.")
    return agent, user


def person() -> Any:
    """Return an agent that answers by nothing but tools."""
    return autogen.UserProxyAgent(
        "User", human_input_mode="NEVER", code_execution_config=False, max_consecutive_auto_reply=1
    )


def test_a_chat_is_a_workflow_of_replies(traced: Recorder, pair: Any) -> None:
    agent, user = pair
    user.initiate_chat(agent, message=ASK, max_turns=2, silent=True)
    assert traced.tree() == TREE
    assert traced.attributes("execute_tool") == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "get_weather",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": traced.attributes("execute_tool")["gen_ai.tool.call.id"],
        "gen_ai.agent.name": "User",
    }


@pytest.mark.usefixtures("threads")
def test_an_awaited_chat_is_the_same_tree(traced: Recorder, pair: Any) -> None:
    agent, user = pair
    asyncio.run(user.a_initiate_chat(agent, message=ASK, max_turns=2, silent=True))
    assert traced.tree() == TREE


def test_content_is_told_when_it_is_asked_for(shown: Recorder, pair: Any) -> None:
    agent, user = pair
    user.initiate_chat(agent, message=ASK, max_turns=2, silent=True)
    asked = [{"role": "user", "parts": [{"type": "text", "content": ASK}]}]
    assert content(shown, "invoke_workflow")["input.messages"] == asked
    assert content(shown, "execute_tool") == {
        "tool.call.arguments": {"city": "Lisbon"},
        "tool.call.result": "It is sunny in Lisbon.",
    }
    first = content(shown, "invoke_agent", 0)
    assert first["system_instructions"] == [{"type": "text", "content": "You tell."}]
    assert first["output.messages"][0]["parts"][0]["type"] == "tool_call"


def test_nothing_is_captured_by_default(traced: Recorder, pair: Any) -> None:
    agent, user = pair
    user.initiate_chat(agent, message=ASK, max_turns=2, silent=True)
    everything = traced.everything()
    assert [word for word in ("Lisbon", "sunny", "You tell") if word in everything] == []


def test_a_group_chat_nests_in_its_manager(
    traced: Recorder, speaker: Callable[..., Any], provider: Provider
) -> None:
    chat = autogen.GroupChat(
        [speaker("One"), speaker("Two")], max_round=3, speaker_selection_method="round_robin"
    )
    person().initiate_chat(autogen.GroupChatManager(chat), message="hi", silent=True, max_turns=1)
    assert traced.tree() == [
        "invoke_workflow",
        "  invoke_agent chat_manager",
        "    invoke_agent One",
        "      chat gpt-4o-mini",
        "    invoke_agent Two",
        "      chat gpt-4o-mini",
    ]


def test_an_error_of_the_provider_fails_what_is_around_it(
    traced: Recorder, speaker: Callable[..., Any]
) -> None:
    with pytest.raises(Exception, match="429"):
        person().initiate_chat(speaker("One", "error:429"), message="hi", silent=True)
    assert errors(traced) == {
        "invoke_workflow": "openai.RateLimitError",
        "invoke_agent One": "openai.RateLimitError",
        "chat error:429": "openai.RateLimitError",
    }


def test_a_function_that_is_not_there_fails_its_span_alone(
    traced: Recorder, pair: Any, provider: Provider
) -> None:
    agent, user = pair
    provider.say(Reply(tool_calls=[ToolCall("missing")]))
    user.initiate_chat(agent, message=ASK, max_turns=2, silent=True)
    assert errors(traced) == {"execute_tool missing": "tool_error"}


def test_ag2s_own_spans_of_the_same_chat_are_silent(traced: Recorder, pair: Any) -> None:
    from autogen.opentelemetry import instrument_agent, instrument_llm_wrapper

    agent, user = pair
    for each in pair:
        instrument_agent(each, tracer_provider=traced.tracer_provider)
    instrument_llm_wrapper(tracer_provider=traced.tracer_provider)
    user.initiate_chat(agent, message=ASK, max_turns=2, silent=True)
    assert traced.tree() == TREE
