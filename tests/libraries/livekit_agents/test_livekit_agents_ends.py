# SPDX-License-Identifier: Apache-2.0
"""How turns end that do not end well: errors, connections that are cut, interruptions, sessions that are closed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from livekit.agents import ToolError, function_tool
from livekit.agents.llm import ChatContext

from alike.runs import errors
from libraries.livekit_agents.conftest import agent
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

SECRET = "the password of the house"


async def asked(model: Any, **settings: Any) -> str:
    """Ask a model by itself."""
    from livekit.agents.types import APIConnectOptions

    context = ChatContext.empty()
    context.add_message(role="user", content="hi")
    options = APIConnectOptions(max_retry=0, **settings)
    said = ""
    async with model.chat(chat_ctx=context, conn_options=options) as stream:
        async for chunk in stream:
            said += (chunk.delta.content if chunk.delta else None) or ""
    return said


@pytest.mark.parametrize("status", [401, 404, 429, 500])
async def test_an_error_of_the_provider_fails_the_call(
    traced: Recorder, model: Callable[..., Any], status: int
) -> None:
    name = f"error:{status}"
    with pytest.raises(Exception, match=r"."):
        await asked(model(name))
    assert set(errors(traced)) == {f"chat {name}"}
    assert errors(traced)[f"chat {name}"].startswith("livekit.agents.")


async def test_a_connection_that_is_cut_fails_the_call(
    traced: Recorder, model: Callable[..., Any], provider: Provider
) -> None:
    provider.say(Reply("It is sunny in Lisbon.", cut_after=1))
    with pytest.raises(Exception, match=r"."):
        await asked(model())
    assert set(errors(traced)) == {"chat gpt-4o-mini"}


async def test_a_model_that_is_left_ends_without_an_error(
    traced: Recorder, model: Callable[..., Any]
) -> None:
    context = ChatContext.empty()
    context.add_message(role="user", content="hi")
    async with model().chat(chat_ctx=context) as stream:
        async for _ in stream:
            break
    assert traced.tree() == ["chat gpt-4o-mini"]


async def test_an_error_of_the_provider_in_a_turn_fails_the_call_and_ends_the_turn(
    traced: Recorder, session: Callable[..., Any]
) -> None:
    async with session(agent(tools=[]), name="error:401") as talk:
        await asyncio.wait_for(talk.generate_reply(user_input="hi").wait_for_playout(), 30)
    assert "chat error:401" in errors(traced)
    assert [line.strip() for line in traced.tree()][1] == "invoke_agent forecaster"


@pytest.mark.parametrize("error", [LookupError, ToolError])
async def test_a_tool_that_fails_fails_its_span_alone(
    traced: Recorder, session: Callable[..., Any], provider: Provider, error: type[Exception]
) -> None:
    @function_tool
    async def broken() -> str:
        """Break."""
        raise error(SECRET)

    provider.say(Reply(tool_calls=[ToolCall("broken")]), Reply("Sorry."))
    async with session(agent(tools=[broken])) as talk:
        await talk.run(user_input="Go")
    assert errors(traced) == {"execute_tool broken": "tool_error"}
    assert SECRET not in traced.everything()


async def test_a_turn_that_is_interrupted_ends_and_is_no_error(
    traced: Recorder, session: Callable[..., Any], provider: Provider
) -> None:
    begun = asyncio.Event()

    @function_tool
    async def slow() -> str:
        """Wait."""
        begun.set()
        await asyncio.sleep(0)
        return "done"

    provider.say(Reply(tool_calls=[ToolCall("slow")]), Reply("Done."))
    async with session(agent(tools=[slow])) as talk:
        speech = talk.generate_reply(user_input="Go")
        await begun.wait()
        await talk.interrupt(force=True)
        await speech.wait_for_playout()
    assert "invoke_agent forecaster" not in errors(traced)
