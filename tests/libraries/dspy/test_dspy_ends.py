# SPDX-License-Identifier: Apache-2.0
"""Runs end on every path: errors, tools that fail, answers that do not parse, cancellation, streams that are left."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import dspy
import pytest

import leaving
from alike.runs import errors
from libraries.dspy.conftest import OWN_ENGINE, calls, said
from libraries.dspy.programs import ASK, SCRIPT, WAYS, Writer, forecaster, run
from spanwright.console.provider import Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness import Recorder
    from spanwright.console.provider import Provider


def names(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


@WAYS
@pytest.mark.parametrize("status", [401, 404, 429, 500])
async def test_an_error_of_the_provider_fails_the_call_and_its_program(
    traced: Recorder,
    make: Callable[..., dspy.LM],
    threads: None,
    way: Callable[[Any], Awaitable[Any]],
    status: int,
) -> None:
    with dspy.context(lm=make(f"openai/error:{status}")), pytest.raises(Exception) as caught:  # noqa: PT011 - each version has its own
        await way(Writer())
    assert set(errors(traced)) == {"invoke_workflow Writer", "module Drafts", f"chat error:{status}"}
    if way is run:
        assert set(errors(traced).values()) == {names(caught.value)}


@pytest.mark.skipif(not OWN_ENGINE, reason="LiteLLM tries again in these versions")
def test_what_the_library_tries_again_is_one_call(traced: Recorder, make: Callable[..., dspy.LM]) -> None:
    model = make("openai/flaky:500", num_retries=1)
    model("Say something.")
    assert traced.tree() == ["chat flaky:500"]
    assert errors(traced) == {}
    assert traced.attributes()["gen_ai.usage.input_tokens"] == model.history[-1]["usage"]["prompt_tokens"]


@pytest.mark.parametrize("odd", ["odd:mid-stream-error", "odd:mid-stream-cut"])
async def test_a_stream_that_breaks_fails_its_call(
    traced: Recorder, make: Callable[..., dspy.LM], threads: None, odd: str
) -> None:
    with dspy.context(lm=make(f"openai/{odd}")), pytest.raises(BaseException):  # noqa: B017, PT011 - as above; a group in some
        async for _ in dspy.streamify(dspy.Predict("question -> answer"))(question="?"):
            pass
    assert f"chat {odd}" in errors(traced)


@WAYS
async def test_a_tool_that_fails_fails_its_span_alone(
    traced: Recorder, lm: dspy.LM, provider: Provider, threads: None, way: Callable[[Any], Awaitable[Any]]
) -> None:
    def broken() -> str:
        """Break."""
        message = "no forecast"
        raise LookupError(message)

    provider.say(calls("broken"), calls("finish"), said(reasoning="So.", answer="Sorry."))
    await way(dspy.ReAct("question -> answer", [broken]))
    assert errors(traced) == {"execute_tool broken": "LookupError"}
    assert "no forecast" not in traced.everything()


@WAYS
async def test_the_model_is_told_of_a_tool_that_failed_without_frames_of_ours(
    traced: Recorder, lm: dspy.LM, provider: Provider, threads: None, way: Callable[[Any], Awaitable[Any]]
) -> None:
    def broken() -> str:
        """Break."""
        message = "no forecast"
        raise LookupError(message)

    provider.say(calls("broken"), calls("finish"), said(reasoning="So.", answer="Sorry."))
    await way(dspy.ReAct("question -> answer", [broken]))
    asked = str(provider.requests[1].body)
    assert "react.py" in asked
    assert "spanwright/instrumentors" not in asked


def test_an_answer_that_does_not_parse_is_asked_for_again(
    traced: Recorder, lm: dspy.LM, provider: Provider
) -> None:
    provider.say(Reply("no such form"), Reply('{"answer": "Blue."}'))
    assert dspy.Predict("question -> answer")(question="?").answer == "Blue."
    assert traced.tree() == ["chat gpt-4o-mini"] * 2
    assert errors(traced) == {}


def test_a_program_that_fails_has_the_error_of_its_own(traced: Recorder) -> None:
    class Broken(dspy.Module):
        def forward(self, question: str) -> Any:
            raise LookupError(question)

    with pytest.raises(LookupError):
        Broken()(question="secret")
    assert errors(traced) == {"invoke_workflow Broken": "LookupError"}
    assert "secret" not in traced.everything()


async def test_a_cancelled_program_ends_everything(traced: Recorder, lm: dspy.LM, provider: Provider) -> None:
    slow, begun = leaving.waiting()
    provider.say(calls("slow"))
    task = asyncio.create_task(dspy.ReAct("question -> answer", [slow]).acall(question="?"))
    await begun.wait()
    await leaving.cancel(task, threading.Event())
    assert errors(traced) == {"invoke_agent": "cancelled", "execute_tool slow": "cancelled"}


async def test_a_cancelled_model_call_ends(traced: Recorder, lm: dspy.LM, provider: Provider) -> None:
    held = threading.Event()
    provider.say(Reply("late", hold=held))
    task = asyncio.create_task(dspy.Predict("question -> answer").acall(question="?"))
    await asyncio.to_thread(provider.wait, 1)
    await leaving.cancel(task, held)
    assert errors(traced) == {"chat gpt-4o-mini": "cancelled"}


async def test_a_stream_whose_consumer_is_cancelled_leaves_nothing_open(
    alone: Recorder, lm: dspy.LM, provider: Provider
) -> None:
    async def consume() -> None:
        async for _ in dspy.streamify(forecaster(), is_async_program=True)(question=ASK):
            pass

    held = threading.Event()
    provider.say(Reply("late", hold=held))
    task = asyncio.create_task(consume())
    await asyncio.to_thread(provider.wait, 1)
    await leaving.cancel(task, held)
    assert errors(alone) == {"invoke_agent Forecaster": "cancelled", "chat gpt-4o-mini": "cancelled"}


async def test_a_stream_that_is_never_started_is_no_run(traced: Recorder, lm: dspy.LM) -> None:
    await dspy.streamify(forecaster(), is_async_program=True)(question=ASK).aclose()
    assert traced.spans == []


async def test_a_run_in_the_handler_of_an_error_does_not_have_that_error(
    traced: Recorder, lm: dspy.LM, provider: Provider
) -> None:
    provider.say(*SCRIPT)
    try:
        raise LookupError
    except LookupError:
        await forecaster().acall(question=ASK)
    assert errors(traced) == {}
