# SPDX-License-Identifier: Apache-2.0
"""Runs end on every path: errors, tools that fail or ask again, limits, cancellation, and streams that are left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic_ai import Agent, ModelRetry
from pydantic_ai.exceptions import UnexpectedModelBehavior, UsageLimitExceeded
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.usage import UsageLimits

from alike.ends import *  # noqa: F403 - the tests that such frameworks have alike
from alike.ends import cancel
from alike.runs import errors
from alike.weather import ASK
from libraries.pydantic_ai.conftest import VERSION
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import openai

    from alike.ends import Consume
    from harness import Recorder
    from spanwright.console.provider import Provider


@pytest.fixture
def failing(make: Callable[..., Agent], client: openai.AsyncOpenAI) -> Callable[[int], Agent]:
    """Return a maker of agents whose provider answers with a status."""
    provider = OpenAIProvider(openai_client=client)
    return lambda status: make(model=OpenAIChatModel(f"error:{status}", provider=provider))


@pytest.fixture
def consume() -> Consume:
    """Return what reads an agent's stream."""

    async def consumed(agent: Agent, words: str) -> None:
        async with agent.run_stream(words) as result:
            async for _ in result.stream_text(debounce_by=None):
                pass

    return consumed


# --- errors ------------------------------------------------------------------------------------------------------


async def test_a_limit_fails_the_agent_alone(traced: Recorder, forecaster: Agent) -> None:
    with pytest.raises(UsageLimitExceeded):
        await forecaster.run(ASK, usage_limits=UsageLimits(request_limit=1))
    assert errors(traced) == {"invoke_agent Forecaster": "pydantic_ai.exceptions.UsageLimitExceeded"}


async def test_an_error_of_the_application_in_a_stream_is_the_runs(
    traced: Recorder, make: Callable[..., Agent]
) -> None:
    with pytest.raises(LookupError):
        async with make().run_stream("hi"):
            raise LookupError
    assert errors(traced)["invoke_agent Forecaster"] == "LookupError"
    assert "cancelled" not in errors(traced).values()


# --- tools -------------------------------------------------------------------------------------------------------


async def test_a_tool_whose_error_nobody_handles_fails_the_run(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    def broken() -> str:
        message = "no forecast"
        raise LookupError(message)

    provider.say(Reply(tool_calls=[ToolCall("broken")]))
    with pytest.raises(LookupError):
        await make(tools=[broken]).run("Go")
    assert errors(traced) == {"invoke_agent Forecaster": "LookupError", "execute_tool broken": "LookupError"}
    assert "no forecast" not in traced.everything()


async def test_a_tool_that_asks_again_fails_its_span_alone(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    asked: list[int] = []

    def shy() -> str:
        asked.append(1)
        if len(asked) == 1:
            message = "private advice"
            raise ModelRetry(message)
        return "done"

    provider.say(Reply(tool_calls=[ToolCall("shy")]), Reply(tool_calls=[ToolCall("shy")]), Reply("Done."))
    await make(tools=[shy]).run("Go")
    assert traced.tree() == [
        "invoke_agent Forecaster",
        "  chat gpt-4o-mini",
        "  execute_tool shy",
        "  chat gpt-4o-mini",
        "  execute_tool shy",
        "  chat gpt-4o-mini",
    ]
    assert errors(traced) == {"execute_tool shy": "pydantic_ai.exceptions.ToolRetryError"}
    assert "private advice" not in traced.everything()


async def test_arguments_that_do_not_fit_fail_the_tool_alone(
    traced: Recorder, forecaster: Agent, provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("get_weather", {"town": "private"})]), Reply("Sorry."))
    await forecaster.run(ASK)
    assert set(errors(traced)) == {"execute_tool get_weather"}
    assert errors(traced)["execute_tool get_weather"] != "_OTHER"
    assert "private" not in traced.everything()


async def test_a_tool_that_fails_too_often_fails_the_run(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    def shy() -> str:
        message = "again"
        raise ModelRetry(message)

    provider.say(*[Reply(tool_calls=[ToolCall("shy")])] * 3)
    with pytest.raises(UnexpectedModelBehavior):
        await make(tools=[shy], retries=1).run("Go")
    assert "invoke_agent Forecaster" in errors(traced)


async def test_a_tool_that_is_put_off_is_no_error(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    from pydantic_ai import CallDeferred, DeferredToolRequests

    def later() -> str:
        raise CallDeferred

    provider.say(Reply(tool_calls=[ToolCall("later")]))
    await make(tools=[later], output_type=[str, DeferredToolRequests]).run("Go")
    assert traced.tree()[-1] == "  execute_tool later"
    assert errors(traced) == {}


# --- cancelled and left ------------------------------------------------------------------------------------------


async def test_a_cancelled_run_ends_everything(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    await cancel(make, provider)
    ended = errors(traced)
    # Version 1 leaves the task of a tool alone.
    assert ended.pop("execute_tool slow", None) == ("cancelled" if VERSION >= (2, 0) else None)
    assert ended == {"invoke_agent Forecaster": "cancelled"}


async def test_a_stream_that_is_left_is_no_error(traced: Recorder, make: Callable[..., Agent]) -> None:
    async with make().run_stream("Say many words.") as result:
        async for _ in result.stream_text(debounce_by=None):
            break
    assert traced.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini"]
    assert errors(traced) == {}


async def test_a_run_step_by_step_that_is_left_is_no_error(
    traced: Recorder, make: Callable[..., Agent]
) -> None:
    async with make().iter("hi") as run:
        async for node in run:
            if Agent.is_model_request_node(node):
                break
    assert traced.tree() == ["invoke_agent Forecaster"]
    assert errors(traced) == {}


async def test_a_stream_dropped_in_a_generator_ends_everything(
    traced: Recorder, make: Callable[..., Agent], settle: Callable[[], Awaitable[None]]
) -> None:
    agent = make()

    async def texts() -> Any:
        async with agent.run_stream("Say many words.") as result:
            async for text in result.stream_text(debounce_by=None):
                yield text

    reading = texts()
    await reading.__anext__()
    await reading.aclose()
    del reading
    await settle()
    assert traced.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini"]


async def test_the_events_of_a_stream_bear_the_librarys_own_names(traced: Recorder) -> None:
    continuation = pytest.importorskip("pydantic_ai.models._continuation", reason="streams go on since 2.x")
    stream = object.__new__(continuation._ContinuationStreamedResponse)
    events = stream._get_event_iterator()
    assert repr(events).startswith(
        "<async_generator object _ContinuationStreamedResponse._get_event_iterator"
    )
    await events.aclose()
