# SPDX-License-Identifier: Apache-2.0
"""Runs end on every path: errors, tools that fail, cancellation, and streams that are left."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest
from agent_framework import WorkflowBuilder

from alike.ends import *  # noqa: F403 - the tests that such frameworks have alike
from alike.ends import cancel
from alike.runs import errors
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agent_framework import Agent

    from alike.ends import Consume
    from harness import Recorder
    from spanwright.console.provider import Provider


@pytest.fixture
def failing(make: Callable[..., Agent], model: Callable[..., Any]) -> Callable[[int], Agent]:
    """Return a maker of agents whose provider answers with a status."""
    return lambda status: make(client=model(f"error:{status}"))


@pytest.fixture
def consume() -> Consume:
    """Return what reads an agent's stream."""

    async def consumed(agent: Agent, words: str) -> None:
        async for _ in agent.run(words, stream=True):
            pass

    return consumed


async def test_a_tool_that_fails_fails_its_span_alone(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    def broken() -> str:
        """Break."""
        message = "no forecast"
        raise LookupError(message)

    provider.say(Reply(tool_calls=[ToolCall("broken")]), Reply("Sorry."))
    await make(tools=[broken]).run("Go")
    assert errors(traced) == {"execute_tool broken": "LookupError"}
    assert "no forecast" not in traced.everything()


async def test_a_workflow_that_fails_says_so(
    traced: Recorder, make: Callable[..., Agent], model: Callable[..., Any]
) -> None:
    writer = make("Writer", client=model("error:500"))
    workflow = WorkflowBuilder(start_executor=writer, name="Essay", output_from="all").build()
    with pytest.raises(Exception, match="500"):
        await workflow.run("hi")
    failed = errors(traced)
    assert {"invoke_workflow Essay", "executor Writer", "invoke_agent Writer"} <= set(failed)
    assert None not in failed.values()


async def test_a_cancelled_run_ends_everything(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    await cancel(make, provider)
    assert errors(traced) == {"invoke_agent Forecaster": "cancelled", "execute_tool slow": "cancelled"}


# The framework's own coroutine is never awaited then.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_stream_that_is_never_read_is_no_error(
    traced: Recorder, make: Callable[..., Agent], settle: Callable[[], Awaitable[None]]
) -> None:
    stream = make().run("hi", stream=True)
    del stream
    await settle()
    gc.collect()
    assert errors(traced) == {}
    assert [span.name for span in traced.spans] == ["invoke_agent Forecaster"]


async def test_a_stream_that_is_left_is_no_error(
    traced: Recorder, make: Callable[..., Agent], settle: Callable[[], Awaitable[None]]
) -> None:
    async def read() -> None:
        stream = make().run("Say many words.", stream=True)
        async for _ in stream:
            break

    await read()
    await settle()
    gc.collect()
    await settle()
    assert errors(traced) == {}
    assert {span.name for span in traced.spans} == {"invoke_agent Forecaster", "chat gpt-4o-mini"}
