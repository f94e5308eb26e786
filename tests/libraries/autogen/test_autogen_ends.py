# SPDX-License-Identifier: Apache-2.0
"""Runs end on every path: errors of the provider and of tools, cancellation, and streams that are left."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import CancellationToken
from opentelemetry.instrumentation.utils import suppress_instrumentation

from alike.ends import WAYS, judge_left, judge_unbegun, leave
from alike.runs import errors
from alike.weather import ASK
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from autogen_agentchat.agents import AssistantAgent

    from harness import Recorder
    from spanwright.console.provider import Provider

SECRET = "no forecast for this word"


async def consumed(agent: Any, task: str) -> Any:
    last = None
    async for last in agent.run_stream(task=task):
        pass
    return last


async def whole(agent: Any, task: str) -> Any:
    return await agent.run(task=task)


RUNS = pytest.mark.parametrize("run", [whole, consumed])


@RUNS
@pytest.mark.parametrize("status", [401, 404, 429, 500])
async def test_an_error_of_the_provider_fails_the_call_and_its_agent(
    traced: Recorder, make: Callable[..., AssistantAgent], run: Any, status: int
) -> None:
    with pytest.raises(Exception, match=str(status)) as caught:
        await run(make(model=f"error:{status}"), "hi")
    kind = f"openai.{type(caught.value).__name__}"
    assert errors(traced) == {"invoke_agent forecaster": kind, f"chat error:{status}": kind}


@RUNS
async def test_an_error_in_a_team_fails_its_agent_and_the_team(
    traced: Recorder, make: Callable[..., AssistantAgent], run: Any
) -> None:
    members: list[Any] = [make("one", model="error:429"), make("two")]
    with pytest.raises(RuntimeError, match="429"):
        await run(RoundRobinGroupChat(members, termination_condition=MaxMessageTermination(3)), "hi")
    assert errors(traced) == {
        "invoke_workflow": "RuntimeError",
        "invoke_agent one": "openai.RateLimitError",
        "chat error:429": "openai.RateLimitError",
    }


@RUNS
async def test_a_connection_that_is_cut_fails_the_call_and_its_agent(
    traced: Recorder, make: Callable[..., AssistantAgent], provider: Provider, run: Any
) -> None:
    provider.say(Reply("It is sunny in Lisbon.", cut_after=1))
    with pytest.raises(Exception, match=r".") as caught:
        await run(make(model_client_stream=True), "hi")
    kind = type(caught.value)
    expected = f"{kind.__module__}.{kind.__qualname__}"
    assert errors(traced).keys() == {"invoke_agent forecaster", "chat gpt-4o-mini"}
    assert errors(traced)["invoke_agent forecaster"].rpartition(".")[2] == expected.rpartition(".")[2]


async def test_a_tool_that_fails_fails_its_span_alone(
    traced: Recorder, make: Callable[..., AssistantAgent], provider: Provider
) -> None:
    async def broken() -> str:
        """Break."""
        raise LookupError(SECRET)

    provider.say(Reply(tool_calls=[ToolCall("broken")]))
    result = await make(tools=[broken]).run(task="Go")
    assert SECRET in str(result)
    assert errors(traced) == {"execute_tool broken": "LookupError"}
    assert SECRET not in traced.everything()


async def test_arguments_that_a_tool_does_not_take_fail_its_span_alone(
    traced: Recorder, forecaster: AssistantAgent, provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("get_weather", {"town": SECRET})]))
    await forecaster.run(task="Go")
    assert set(errors(traced)) == {"execute_tool get_weather"}
    assert SECRET not in traced.everything()


# --- cancelled ---------------------------------------------------------------------------------------------------


def slow(begun: asyncio.Event, released: asyncio.Event) -> Any:
    async def wait() -> str:
        """Wait."""
        begun.set()
        await released.wait()
        return "late"

    return wait


@RUNS
async def test_a_cancelled_task_ends_its_agent_and_not_the_tool_that_goes_on(
    traced: Recorder,
    make: Callable[..., AssistantAgent],
    provider: Provider,
    run: Any,
    settle: Callable[[], Any],
) -> None:
    begun, released = asyncio.Event(), asyncio.Event()
    provider.say(Reply(tool_calls=[ToolCall("wait")]))
    task = asyncio.create_task(run(make(tools=[slow(begun, released)]), "Go"))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert errors(traced) == {"invoke_agent forecaster": "cancelled"}
    released.set()
    await settle()
    assert traced.tree()[-1] == "  execute_tool wait"
    assert errors(traced) == {"invoke_agent forecaster": "cancelled"}


async def test_a_tool_that_is_cancelled_by_its_token_ends_and_its_agent_when_it_is_left(
    traced: Recorder, make: Callable[..., AssistantAgent], provider: Provider
) -> None:
    begun, token, ended = asyncio.Event(), CancellationToken(), asyncio.Event()

    async def wait() -> str:
        """Wait."""
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return "never"

    provider.say(Reply(tool_calls=[ToolCall("wait")]))
    task = asyncio.create_task(make(tools=[wait]).run(task="Go", cancellation_token=token))
    await begun.wait()
    token.cancel()
    await ended.wait()
    # The library itself waits for ever now.
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert errors(traced) == {"invoke_agent forecaster": "cancelled", "execute_tool wait": "cancelled"}


async def test_a_team_that_is_cancelled_ends_everything(
    traced: Recorder, make: Callable[..., AssistantAgent]
) -> None:
    token = CancellationToken()
    members: list[Any] = [make("one"), make("two")]
    team = RoundRobinGroupChat(members, termination_condition=MaxMessageTermination(3))
    with pytest.raises(asyncio.CancelledError):
        async for _ in team.run_stream(task="hi", cancellation_token=token):
            token.cancel()
    assert errors(traced)["invoke_workflow"] == "cancelled"


# --- left --------------------------------------------------------------------------------------------------------


@WAYS
async def test_a_stream_that_is_left_ends_and_is_no_error(
    traced: Recorder, make: Callable[..., AssistantAgent], way: str, settle: Callable[[], Any]
) -> None:
    await leave(make(model_client_stream=True).run_stream(task=ASK), way, settle, after=3)
    judge_left(traced)


async def test_a_stream_that_is_never_begun_is_no_run(
    traced: Recorder, make: Callable[..., AssistantAgent]
) -> None:
    await judge_unbegun(traced, make().run_stream(task=ASK))


async def test_a_team_whose_stream_is_closed_ends(
    traced: Recorder, make: Callable[..., AssistantAgent]
) -> None:
    members: list[Any] = [make("one"), make("two")]
    stream = RoundRobinGroupChat(members, termination_condition=MaxMessageTermination(3)).run_stream(
        task="hi"
    )
    async for _ in stream:
        break
    await stream.aclose()
    assert traced.tree()[:2] == ["invoke_workflow", "  invoke_agent one"]
    assert errors(traced) == {}


async def test_nothing_is_traced_while_instrumentation_is_suppressed(
    traced: Recorder, forecaster: AssistantAgent
) -> None:
    with suppress_instrumentation():
        await forecaster.run(task=ASK)
    assert traced.spans == []
    assert traced.points() == []
