# SPDX-License-Identifier: Apache-2.0
"""Runs end on every path: errors of models and of tools, streams that break, aborts, cancellation, and runs that are left."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest
from beeai_framework.backend import ChatModelError, UserMessage
from beeai_framework.errors import AbortError, FrameworkError
from beeai_framework.tools import StringToolOutput, tool
from beeai_framework.utils import AbortController

from alike.runs import errors, failed
from libraries.beeai.conftest import ASK, calls, says
from spanwright.console.provider import Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

MODEL = "beeai_framework.backend.errors.ChatModelError"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("status", [401, 404])
async def test_an_error_of_the_provider_fails_the_call(
    traced: Recorder, model: Callable[..., Any], provider: Provider, status: int, stream: bool
) -> None:
    provider.say(Reply(error=status))
    with pytest.raises(ChatModelError):
        await model(stream=stream).run([UserMessage("hi")])
    assert errors(traced) == {"chat gpt-4o-mini": MODEL}


async def test_an_error_of_the_provider_fails_the_agent(
    traced: Recorder, forecaster: Any, provider: Provider
) -> None:
    provider.say(*[Reply(error=401)] * 9)
    with pytest.raises(FrameworkError):
        await forecaster.run(ASK)
    assert {"invoke_agent forecaster", "chat gpt-4o-mini"} == set(errors(traced))


@pytest.mark.parametrize("name", ["odd:mid-stream-error", "odd:mid-stream-cut"])
async def test_a_stream_that_breaks_fails_its_call(
    traced: Recorder, model: Callable[..., Any], name: str
) -> None:
    with pytest.raises(ChatModelError):
        await model(name, stream=True).run([UserMessage("hi")])
    assert errors(traced) == {f"chat {name}": MODEL}


async def test_a_tool_that_fails_fails_its_span_alone(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    @tool
    def broken(city: str) -> StringToolOutput:
        """Break."""
        message = f"no forecast for {city}"
        raise LookupError(message)

    provider.say(calls("broken", city="Lisbon"), says("I do not know."))
    await make("forecaster", broken).run(ASK)
    assert failed(traced) == {"execute_tool": "beeai_framework.tools.errors.ToolError"}
    assert "no forecast" not in traced.everything()


async def test_a_run_that_is_aborted_fails(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    controller = AbortController()

    @tool
    async def stop() -> StringToolOutput:
        """Stop."""
        controller.abort("enough")
        await asyncio.Event().wait()
        return StringToolOutput("")

    provider.say(calls("stop"))
    with pytest.raises((AbortError, FrameworkError)):
        await make("forecaster", stop).run(ASK, signal=controller.signal)
    assert "invoke_agent forecaster" in errors(traced)


async def test_a_run_that_is_cancelled_ends(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    begun = asyncio.Event()

    @tool
    async def wait() -> StringToolOutput:
        """Wait."""
        begun.set()
        await asyncio.Event().wait()
        return StringToolOutput("")

    provider.say(calls("wait"))

    async def run() -> None:
        await make("forecaster", wait).run(ASK)

    task = asyncio.create_task(run())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert failed(traced) == {"invoke_agent": "cancelled", "execute_tool": "cancelled"}


async def test_events_may_be_left_before_the_end(
    traced: Recorder, forecaster: Any, settle: Callable[[], Awaitable[None]]
) -> None:
    async for _ in forecaster.run(ASK):
        break
    await settle()
    assert all(span.end_time for span in traced.spans)


async def test_a_run_that_is_never_awaited_is_none(traced: Recorder, forecaster: Any) -> None:
    forecaster.run(ASK)
    gc.collect()
    assert traced.spans == []
