# SPDX-License-Identifier: Apache-2.0
"""Turns and functions that fail, are cancelled, or are not answered any more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pipecat.frames.frames import EndFrame, FunctionCallResultProperties, InterruptionFrame

from alike.runs import errors
from alike.weather import ASK
from libraries.pipecat.conftest import SCHEMA
from spanwright.console.provider import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider


@pytest.mark.parametrize("status", [401, 404])
async def test_an_error_of_the_provider_fails_the_call_and_its_turn(
    traced: Recorder, talk: Callable[..., Any], status: int
) -> None:
    await talk("hi", model=f"error:{status}", name="host")
    assert errors(traced).keys() == {f"chat error:{status}", "invoke_agent host"}


async def test_a_function_that_fails_does_not_fail_its_turn(
    traced: Recorder, talk: Callable[..., Any]
) -> None:
    async def broken(params: Any) -> None:
        try:
            raise ValueError(params.arguments["city"])
        finally:
            await params.result_callback("no weather today")

    await talk(ASK, 2, tools=[(SCHEMA, broken)])
    assert errors(traced) == {"execute_tool get_weather": "ValueError"}
    assert "Lisbon" not in traced.everything()


async def test_a_turn_whose_function_wants_no_answer_ends_with_the_pipeline(
    traced: Recorder, talk: Callable[..., Any]
) -> None:
    async def silent(params: Any) -> None:
        properties = FunctionCallResultProperties(run_llm=False)
        await params.result_callback("done", properties=properties)
        await params.llm.pipeline_worker.queue_frame(EndFrame())

    await talk(ASK, 2, tools=[(SCHEMA, silent)])
    assert traced.tree() == [
        "invoke_workflow pipeline",
        "  invoke_agent",
        "    chat gpt-4o-mini",
        "    execute_tool get_weather",
    ]
    assert errors(traced) == {}


async def test_a_function_that_is_interrupted_is_cancelled(
    traced: Recorder, talk: Callable[..., Any]
) -> None:
    async def slow(params: Any) -> None:
        await params.llm.pipeline_worker.queue_frames([InterruptionFrame(), EndFrame()])
        await asyncio.Event().wait()

    await talk(ASK, 2, tools=[(SCHEMA, slow)])
    assert errors(traced) == {"execute_tool get_weather": "cancelled"}


async def test_a_pipeline_that_is_cancelled_ends_its_turn(traced: Recorder, talk: Callable[..., Any]) -> None:
    begun = asyncio.Event()

    async def slow(params: Any) -> None:
        del params
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(talk(ASK, 2, tools=[(SCHEMA, slow)]))
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    # The oldest leave the function's task to the loop.
    told = [line.split()[0] for line in traced.tree() if "execute_tool" not in line]
    assert told == ["invoke_workflow", "invoke_agent", "chat"]


async def test_an_answer_that_breaks_off_fails_the_call(
    traced: Recorder, talk: Callable[..., Any], provider: Provider
) -> None:
    provider.say(Reply("Hello there, how are you?", cut_after=2))
    await talk("hi")
    assert any(name.startswith("chat") for name in errors(traced))
