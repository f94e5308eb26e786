# SPDX-License-Identifier: Apache-2.0
"""Runs end on every path: errors of the provider and of functions, cancellation, and streams that are left."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.instrumentation.utils import suppress_instrumentation
from semantic_kernel.functions import KernelPlugin, kernel_function

from alike.ends import WAYS, judge_left, judge_unbegun, leave
from alike.runs import errors
from libraries.semantic_kernel.test_semantic_kernel_trees import ASK, RUNS
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from semantic_kernel.agents import ChatCompletionAgent

    from harness import Recorder
    from spanwright.console.provider import Provider

SECRET = "no forecast for this word"


@RUNS
@pytest.mark.parametrize("status", [401, 404, 429, 500])
async def test_an_error_of_the_provider_fails_the_call_and_its_agent(
    traced: Recorder, make: Callable[..., ChatCompletionAgent], run: Any, status: int
) -> None:
    with pytest.raises(Exception, match=str(status)) as caught:
        await run(make(model=f"error:{status}"), "hi")
    kind = type(caught.value)
    found = errors(traced)
    assert found.pop("invoke_agent forecaster") == f"{kind.__module__}.{kind.__qualname__}"
    assert found.popitem()[1].startswith("openai.")
    assert not found


async def test_a_connection_that_is_cut_fails_the_call_and_its_agent(
    traced: Recorder, make: Callable[..., ChatCompletionAgent], provider: Provider
) -> None:
    provider.say(Reply("It is sunny in Lisbon.", cut_after=1))
    with pytest.raises(Exception, match=r"."):
        async for _ in make().invoke_stream("hi"):
            pass
    assert errors(traced).keys() == {"invoke_agent forecaster", "chat gpt-4o-mini"}


@RUNS
async def test_a_function_that_fails_fails_its_span_alone(
    traced: Recorder, make: Callable[..., ChatCompletionAgent], provider: Provider, run: Any
) -> None:
    @kernel_function(name="broken")
    async def broken() -> str:
        raise LookupError(SECRET)

    provider.say(Reply(tool_calls=[ToolCall("way-broken")]))
    await run(make(plugins=[KernelPlugin(name="way", functions=[broken])]), "Go")
    assert set(errors(traced)) == {"execute_tool way-broken"}
    assert SECRET not in traced.everything()


@RUNS
async def test_a_cancelled_run_ends_everything(
    traced: Recorder, make: Callable[..., ChatCompletionAgent], provider: Provider, run: Any
) -> None:
    begun = asyncio.Event()

    @kernel_function(name="wait")
    async def wait() -> str:
        begun.set()
        await asyncio.Event().wait()
        return "never"

    provider.say(Reply(tool_calls=[ToolCall("way-wait")]))
    agent = make(plugins=[KernelPlugin(name="way", functions=[wait])])
    task = asyncio.create_task(run(agent, "Go"))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert errors(traced) == {"invoke_agent forecaster": "cancelled", "execute_tool way-wait": "cancelled"}


@WAYS
async def test_a_stream_that_is_left_ends_and_is_no_error(
    traced: Recorder, make: Callable[..., ChatCompletionAgent], way: str, settle: Callable[[], Any]
) -> None:
    await leave(make().invoke_stream(ASK), way, settle)
    judge_left(traced)


async def test_a_stream_that_is_never_begun_is_no_run(
    traced: Recorder, make: Callable[..., ChatCompletionAgent]
) -> None:
    await judge_unbegun(traced, make().invoke_stream(ASK))


async def test_nothing_is_traced_while_instrumentation_is_suppressed(
    traced: Recorder, forecaster: ChatCompletionAgent
) -> None:
    with suppress_instrumentation():
        await forecaster.get_response(ASK)
    assert traced.spans == []
    assert traced.points() == []
