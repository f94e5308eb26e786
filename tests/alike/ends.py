# SPDX-License-Identifier: Apache-2.0
"""How runs of frameworks end alike; a library's folder imports the tests and brings its agents as fixtures.

`failing` makes an agent whose provider answers with a status, `make` one that is answered, and `consume` asks an
agent and reads its stream.
"""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace

import leaving
from alike.runs import errors
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors._kernel.errors import class_name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

    Consume = Callable[[Any, str], Awaitable[None]]

__all__ = [
    "test_a_connection_that_is_cut_in_a_stream_fails_the_call",
    "test_an_error_of_a_stream_fails_the_same",
    "test_an_error_of_the_provider_fails_the_call_and_its_agent",
]
WAYS = pytest.mark.parametrize("way", ["break", "close", "drop"])
"""How `leave` leaves a stream."""


@pytest.mark.parametrize("status", [401, 404, 429, 500])
async def test_an_error_of_the_provider_fails_the_call_and_its_agent(
    traced: Recorder, failing: Callable[[int], Any], status: int
) -> None:
    with pytest.raises(Exception, match=str(status)) as caught:
        await failing(status).run("private words")
    kind = class_name(caught.value)
    assert errors(traced) == {"invoke_agent Forecaster": kind, f"chat error:{status}": kind}
    assert "private words" not in traced.everything()


async def test_an_error_of_a_stream_fails_the_same(
    traced: Recorder, failing: Callable[[int], Any], consume: Consume
) -> None:
    with pytest.raises(Exception, match="429") as caught:
        await consume(failing(429), "hi")
    kind = class_name(caught.value)
    assert errors(traced) == {"invoke_agent Forecaster": kind, "chat error:429": kind}


async def test_a_connection_that_is_cut_in_a_stream_fails_the_call(
    traced: Recorder, make: Callable[..., Any], consume: Consume, provider: Provider
) -> None:
    provider.say(Reply("one two three four five", cut_after=3))
    with pytest.raises(Exception, match=r".") as caught:
        await consume(make(), "hi")
    kind = class_name(caught.value)
    assert errors(traced) == {"invoke_agent Forecaster": kind, "chat gpt-4o-mini": kind}


async def cancel(make: Callable[..., Any], provider: Provider) -> None:
    """Cancel the run of an agent while its tool `slow` runs."""
    slow, begun = leaving.waiting()
    provider.say(Reply(tool_calls=[ToolCall("slow")]))
    task = asyncio.create_task(make(tools=[slow]).run("Go"))
    await begun.wait()
    await leaving.cancel(task, threading.Event())


async def leave(stream: Any, way: str, settle: Callable[[], Awaitable[Any]], *, after: int = 1) -> None:
    """Leave a stream in one of the `WAYS` when so many items of it are read, and wait until that is noticed."""
    number = 0
    async for _ in stream:
        number += 1
        if number == after:
            break
    if way == "close":
        await stream.aclose()
    del stream
    gc.collect()
    await settle()


def judge_left(recorder: Recorder) -> None:
    """Compare a run whose stream was left with one that is no error and leaves nothing current."""
    assert recorder.tree() == ["invoke_agent forecaster", "  chat gpt-4o-mini"]
    assert errors(recorder) == {}
    assert trace.get_current_span() is trace.INVALID_SPAN


async def judge_unbegun(recorder: Recorder, stream: Any) -> None:
    """Close a stream that nobody has read, which is no run."""
    await stream.aclose()
    assert recorder.spans == []
