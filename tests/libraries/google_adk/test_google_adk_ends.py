# SPDX-License-Identifier: Apache-2.0
"""Runs end on every path: errors, errors that are handled, cancellation, and streams that are left or cut."""

from __future__ import annotations

import asyncio
import gc
import json
from typing import TYPE_CHECKING, Any

import pytest
from google.adk.models.llm_response import LlmResponse
from google.genai import errors, types

from alike.runs import failed
from libraries.google_adk.conftest import MODEL, agent, run
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors._kernel import ending

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from google.adk.agents import LlmAgent

    from harness import Recorder
    from libraries.google_adk.conftest import Ask
    from spanwright.console.provider import Provider

CALL = Reply(tool_calls=[ToolCall("get_weather", {"city": "Lisbon"})])


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
@pytest.mark.parametrize("stream", [False, True])
async def test_an_error_of_the_provider_reaches_the_application_and_every_span(
    traced: Recorder, provider: Provider, ask: Ask, status: int, stream: bool
) -> None:
    provider.say(Reply(error=status))
    with pytest.raises(errors.APIError) as raised:
        await ask(agent(), "hi", stream=stream)
    assert raised.value.code == status
    found = failed(traced)
    assert set(found) == {"invoke_agent", "generate_content"}
    assert len(set(found.values())) == 1


async def test_a_connection_that_is_cut_is_an_error(traced: Recorder, provider: Provider, ask: Ask) -> None:
    provider.say(Reply("one two three four", cut_after=2))
    with pytest.raises(Exception) as raised:
        await ask(agent(), "hi", stream=True)
    assert raised.value is not None
    assert set(failed(traced)) == {"invoke_agent", "generate_content"}


async def test_an_error_that_a_callback_handles_is_the_model_calls_alone(
    traced: Recorder, provider: Provider, ask: Ask
) -> None:
    def handle(callback_context: Any, llm_request: Any, error: Any) -> LlmResponse:
        return LlmResponse(content=types.Content(role="model", parts=[types.Part(text="Sorry.")]))

    provider.say(Reply(error=500))
    events = await ask(agent(on_model_error_callback=handle), "hi")
    assert events[-1].content.parts[0].text == "Sorry."
    assert set(failed(traced)) == {"generate_content"}


async def test_an_error_of_a_tool_that_a_callback_handles_is_an_answer(
    traced: Recorder, provider: Provider, ask: Ask
) -> None:
    def get_weather(city: str) -> str:
        """Get the weather of a city."""
        raise LookupError(city)

    def handle(tool: Any, args: Any, tool_context: Any, error: Any) -> dict[str, Any]:
        return {"error": "none known"}

    provider.say(CALL, Reply("Nobody knows."))
    await ask(agent(tools=[get_weather], on_tool_error_callback=handle))
    assert set(failed(traced)) <= {"execute_tool"}
    assert traced.tree()[-1] == f"  generate_content {MODEL}"


@pytest.mark.needs("tools say that they failed")
async def test_a_tool_that_answers_that_it_failed_has_failed(
    traced: Recorder, provider: Provider, ask: Ask
) -> None:
    from google.adk.tools.function_tool import FunctionTool

    provider.say(Reply(tool_calls=[ToolCall("get_weather", {})]), Reply("Which city?"))

    def get_weather(city: str) -> str:
        """Get the weather of a city."""
        return city

    await ask(agent(tools=[FunctionTool(get_weather)]))
    assert failed(traced) == {"execute_tool": "TOOL_ERROR"}


async def test_a_model_call_that_a_callback_answers_is_none(traced: Recorder, ask: Ask) -> None:
    def answer(callback_context: Any, llm_request: Any) -> LlmResponse:
        return LlmResponse(content=types.Content(role="model", parts=[types.Part(text="Known.")]))

    await ask(agent(before_model_callback=answer), "hi")
    assert traced.tree() == ["invoke_agent forecaster"]


async def test_a_prompt_that_is_blocked_is_filtered(alone: Recorder, provider: Provider, ask: Ask) -> None:
    body = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 3}}
    provider.say(Reply(body=json.dumps(body), headers={"content-type": "application/json"}))
    await ask(agent(), "hi")
    told = alone.attributes("generate_content")
    assert told["gen_ai.response.finish_reasons"] == ["content_filter"]


async def test_a_cancelled_run_ends_everything_that_runs_in_it(
    traced: Recorder, provider: Provider, ask: Ask
) -> None:
    begun = asyncio.Event()

    async def get_weather(city: str) -> str:
        """Get the weather of a city."""
        begun.set()
        await asyncio.Event().wait()
        return city

    provider.say(CALL)
    task = asyncio.ensure_future(ask(agent(tools=[get_weather])))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    found = failed(traced)
    assert found["execute_tool"] == "cancelled"
    assert set(found) <= {"execute_tool", "invoke_agent"}
    assert not ending._open


async def test_a_run_that_is_closed_early_ends(traced: Recorder, forecaster: LlmAgent) -> None:
    events = run(forecaster, stream=True)
    async for _ in events:
        break
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue] - it is a generator
    assert traced.tree() == ["invoke_agent forecaster", f"  generate_content {MODEL}"]
    # Since 2.0 ADK itself cancels what still runs.
    assert set(failed(traced).values()) <= {"cancelled"}


async def test_a_run_that_is_dropped_ends(
    traced: Recorder, forecaster: LlmAgent, settle: Callable[[], Awaitable[None]]
) -> None:
    events = run(forecaster, stream=True)
    async for _ in events:
        break
    del events
    await settle()
    gc.collect()
    assert traced.tree() == ["invoke_agent forecaster", f"  generate_content {MODEL}"]


async def test_a_run_that_is_closed_by_another_task_leaves_nothing_current(
    traced: Recorder, forecaster: LlmAgent
) -> None:
    events = run(forecaster, stream=True)
    await events.__anext__()
    await asyncio.create_task(events.aclose())  # pyright: ignore[reportAttributeAccessIssue] - as above
    with traced.tracer_provider.get_tracer("application").start_as_current_span("after"):
        pass
    assert traced.tree()[-1] == "after"


async def test_a_run_that_never_begins_is_none(traced: Recorder, forecaster: LlmAgent) -> None:
    events = run(forecaster)
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue] - as above
    assert traced.spans == []
