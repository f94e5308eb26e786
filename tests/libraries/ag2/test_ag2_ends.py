# SPDX-License-Identifier: Apache-2.0
"""How runs end that do not end well: errors, connections that are cut, cancellation, turns that are left."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import openai
import pytest
from opentelemetry import trace

from alike.runs import errors
from alike.weather import ASK
from leaving import waiting
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

SECRET = "the password of the house"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "openai.AuthenticationError"),
        (404, "openai.NotFoundError"),
        (429, "openai.RateLimitError"),
        (500, "openai.InternalServerError"),
    ],
)
@pytest.mark.parametrize("streaming", [False, True])
async def test_an_error_of_the_provider_fails_the_call_and_its_agent(
    traced: Recorder, make: Callable[..., Any], status: int, kind: str, streaming: bool
) -> None:
    model = f"error:{status}"
    with pytest.raises(openai.APIStatusError):
        await make(model=model, streaming=streaming).ask("hi")
    assert errors(traced) == {"invoke_agent Forecaster": kind, f"chat {model}": kind}


async def test_a_connection_that_is_cut_fails_the_call_and_its_agent(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    provider.say(Reply("It is sunny in Lisbon.", cut_after=1))
    with pytest.raises(Exception, match=r"."):
        await make(streaming=True).ask("hi")
    assert errors(traced).keys() == {"invoke_agent Forecaster", "chat gpt-4o-mini"}


async def test_a_tool_that_fails_fails_its_span_alone(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    async def broken() -> str:
        """Break."""
        raise LookupError(SECRET)

    provider.say(Reply(tool_calls=[ToolCall("broken")]))
    await make(tools=[broken]).ask("Go")
    assert errors(traced) == {"execute_tool broken": "LookupError"}
    assert SECRET not in traced.everything()


async def test_a_tool_that_is_not_there_is_none(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("missing")]))
    await make().ask("Go")
    assert traced.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini", "  chat gpt-4o-mini"]
    assert errors(traced) == {}


async def test_an_agent_behind_a_tool_that_fails_is_an_answer_to_the_model(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    guide = make("Guide", model="error:429").as_tool(description="Ask", name="guide")
    provider.say(Reply(tool_calls=[ToolCall("guide", {"objective": "hi"})]))
    await make(tools=[guide]).ask("Go")
    assert errors(traced) == {
        "invoke_agent Guide": "openai.RateLimitError",
        "chat error:429": "openai.RateLimitError",
    }


async def test_a_cancelled_run_ends_everything(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    slow, begun = waiting()
    provider.say(Reply(tool_calls=[ToolCall("slow")]))
    task = asyncio.create_task(make(tools=[slow]).ask("Go"))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert errors(traced) == {"invoke_agent Forecaster": "cancelled", "execute_tool slow": "cancelled"}


async def test_a_turn_that_is_left_is_cancelled(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    slow, begun = waiting()
    provider.say(Reply(tool_calls=[ToolCall("slow")]))
    async with make(tools=[slow]).run("Go") as turn:
        turn.start()
        await begun.wait()
    assert errors(traced)["invoke_agent Forecaster"] == "cancelled"
    assert trace.get_current_span() is trace.INVALID_SPAN


async def test_a_turn_that_is_never_driven_is_no_run(traced: Recorder, make: Callable[..., Any]) -> None:
    async with make().run(ASK):
        pass
    assert traced.spans == []


async def test_a_middleware_that_asks_again_shows_each_call(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    from libraries.ag2.conftest import held

    base = held(".middleware:BaseMiddleware")

    class Again(base):  # type: ignore[misc, valid-type]
        async def on_llm_call(self, call_next: Any, events: Any, context: Any) -> Any:
            try:
                return await call_next(events, context)
            except openai.RateLimitError:
                return await call_next(events, context)

    provider.say(Reply(error=429), Reply("Sunny."))
    await make(middleware=[Again]).ask("hi")
    assert errors(traced) == {"chat gpt-4o-mini": "openai.RateLimitError"}
    assert traced.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini", "  chat gpt-4o-mini"]
