# SPDX-License-Identifier: Apache-2.0
"""Runs end on every path: errors, tools that fail, cancellation, and streams that are left."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import TYPE_CHECKING, Any

import pytest
from agent_framework import WorkflowBuilder

import leaving
from alike.runs import errors
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors._kernel.errors import class_name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agent_framework import Agent

    from harness import Recorder
    from spanwright.console.provider import Provider


async def consumed(stream: Any) -> None:
    async for _ in stream:
        pass


@pytest.mark.parametrize("status", [401, 404, 429, 500])
async def test_an_error_of_the_provider_fails_the_call_and_its_agent(
    traced: Recorder, make: Callable[..., Agent], model: Callable[..., Any], status: int
) -> None:
    with pytest.raises(Exception, match=str(status)) as caught:
        await make(client=model(f"error:{status}")).run("private words")
    kind = class_name(caught.value)
    assert errors(traced) == {"invoke_agent Forecaster": kind, f"chat error:{status}": kind}
    assert "private words" not in traced.everything()


async def test_an_error_of_a_stream_fails_the_same(
    traced: Recorder, make: Callable[..., Agent], model: Callable[..., Any]
) -> None:
    with pytest.raises(Exception, match="429") as caught:
        await consumed(make(client=model("error:429")).run("hi", stream=True))
    kind = class_name(caught.value)
    assert errors(traced) == {"invoke_agent Forecaster": kind, "chat error:429": kind}


async def test_a_connection_that_is_cut_in_a_stream_fails_the_call(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    provider.say(Reply("one two three four five", cut_after=3))
    with pytest.raises(Exception, match=r".") as caught:
        await consumed(make().run("hi", stream=True))
    kind = class_name(caught.value)
    assert errors(traced) == {"invoke_agent Forecaster": kind, "chat gpt-4o-mini": kind}


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
    slow, begun = leaving.waiting()
    provider.say(Reply(tool_calls=[ToolCall("slow")]))
    task = asyncio.create_task(make(tools=[slow]).run("Go"))
    await begun.wait()
    await leaving.cancel(task, threading.Event())
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
