# SPDX-License-Identifier: Apache-2.0
"""Runs end on every path: errors that Agno answers with, tools that fail, streams that are left, cancellation."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import TYPE_CHECKING, Any

import pytest
from agno.exceptions import RetryAgentRun, StopAgentRun

import leaving
from alike.runs import errors
from libraries.agno.conftest import VERSION, consumed, get_weather
from libraries.agno.test_agno_trees import ASK, WAYS
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agno.agent import Agent

    from harness import Recorder
    from spanwright.console.provider import Provider

MODEL_ERROR = "agno.exceptions.ModelProviderError"


async def quietly(way: Callable[[Any], Awaitable[Any]], agent: Any) -> None:
    """Run an agent; the older versions raise what the later ones answer."""
    try:
        await way(agent)
    except Exception:
        assert VERSION < (3, 0)


# --- errors ------------------------------------------------------------------------------------------------------


@WAYS
@pytest.mark.parametrize("status", [401, 404, 429, 500])
async def test_an_error_of_the_provider_fails_the_call_and_its_agent(
    traced: Recorder,
    make: Callable[..., Agent],
    model: Callable[..., Any],
    way: Callable[[Any], Awaitable[Any]],
    status: int,
) -> None:
    await quietly(way, make(model=model(id=f"error:{status}")))
    found = errors(traced)
    assert set(found) == {"invoke_agent Forecaster", f"chat error:{status}"}
    assert len(set(found.values())) == 1
    assert next(iter(found.values())).startswith("agno.exceptions.Model")


@pytest.mark.parametrize("odd", ["odd:mid-stream-error", "odd:mid-stream-cut"])
async def test_a_stream_that_breaks_fails_the_call_and_its_agent(
    traced: Recorder, make: Callable[..., Agent], model: Callable[..., Any], odd: str
) -> None:
    async def streamed(agent: Any) -> None:
        list(agent.run("hi", stream=True))

    await quietly(streamed, make(model=model(id=odd)))
    assert errors(traced) == {"invoke_agent Forecaster": MODEL_ERROR, f"chat {odd}": MODEL_ERROR}
    assert traced.attributes("chat")["gen_ai.response.finish_reasons"] == ["error"]


@pytest.mark.skipif(VERSION < (2, 4), reason="not yet: a model tries again")
def test_what_agno_tries_again_is_one_call(
    traced: Recorder, make: Callable[..., Agent], model: Callable[..., Any]
) -> None:
    answer = make(model=model(id="flaky:500", retries=1, delay_between_retries=0)).run("hi")
    assert errors(traced) == {}
    assert traced.attributes("chat")["gen_ai.usage.input_tokens"] == answer.metrics.input_tokens


@pytest.mark.skipif(VERSION < (2, 5), reason="not yet: answers of models are kept")
@pytest.mark.parametrize("streamed", [False, True])
def test_an_answer_from_agnos_cache_is_no_model_call(
    traced: Recorder, make: Callable[..., Agent], model: Callable[..., Any], tmp_path: Any, streamed: bool
) -> None:
    for _ in range(2):
        answer = make(model=model(cache_response=True, cache_dir=str(tmp_path))).run("hi", stream=streamed)
        if streamed:
            list(answer)
    assert traced.tree() == [
        "invoke_agent Forecaster",
        "  chat gpt-4o-mini",
        "invoke_agent Forecaster",
    ]


# --- tools -------------------------------------------------------------------------------------------------------


@WAYS
async def test_a_tool_that_fails_fails_its_span_alone(
    traced: Recorder,
    make: Callable[..., Agent],
    provider: Provider,
    way: Callable[[Any], Awaitable[Any]],
) -> None:
    def broken() -> str:
        """Break."""
        message = "no forecast"
        raise LookupError(message)

    provider.say(Reply(tool_calls=[ToolCall("broken")]), Reply(text="sorry"))
    await way(make(tools=[broken]))
    assert errors(traced) == {"execute_tool broken": "tool_error"}
    assert "no forecast" not in traced.everything()


@WAYS
async def test_a_tool_that_breaks_off_fails_with_its_error(
    traced: Recorder,
    make: Callable[..., Agent],
    provider: Provider,
    way: Callable[[Any], Awaitable[Any]],
) -> None:
    def broken() -> Any:
        """Break."""
        yield "one"
        raise LookupError

    provider.say(Reply(tool_calls=[ToolCall("broken")]), Reply(text="sorry"))
    await quietly(way, make(tools=[broken]))
    assert errors(traced)["execute_tool broken"] == "LookupError"


@pytest.mark.parametrize("steers", [StopAgentRun, RetryAgentRun])
def test_a_tool_that_steers_the_run_has_not_failed(
    traced: Recorder, make: Callable[..., Agent], provider: Provider, steers: type[Exception]
) -> None:
    def steering() -> str:
        """Steer."""
        raise steers("enough")

    provider.say(Reply(tool_calls=[ToolCall("steering")]), Reply(text="done"))
    make(tools=[steering]).run("Go")
    assert errors(traced) == {}
    assert "execute_tool steering" in [span.name for span in traced.spans]


# --- cancelled and left ------------------------------------------------------------------------------------------


async def test_a_cancelled_run_ends_everything(
    traced: Recorder,
    make: Callable[..., Agent],
    provider: Provider,
    settle: Callable[[], Awaitable[None]],
) -> None:
    slow, begun = leaving.waiting()
    provider.say(Reply(tool_calls=[ToolCall("slow")]))
    task = asyncio.create_task(make(tools=[slow]).arun("Go"))
    await begun.wait()
    await leaving.cancel(task, threading.Event())
    await settle()
    # The older versions swallow the cancellation in the tool.
    left = {"execute_tool slow": "cancelled"} if VERSION >= (3, 0) else {}
    assert errors(traced) == {"invoke_agent Forecaster": "cancelled", **left}


@pytest.mark.skipif(VERSION < (3, 0), reason="not yet: Agno tells of a run that was cancelled by its id")
def test_a_run_that_is_cancelled_by_its_id_says_so(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    from agno.agent import Agent

    def last() -> str:
        """Cancel the run."""
        Agent.cancel_run("run-1")
        return "done"

    provider.say(Reply(tool_calls=[ToolCall("last")]), Reply(text="too late"))
    make(tools=[last]).run("Go", run_id="run-1")
    assert errors(traced) == {"invoke_agent Forecaster": "cancelled"}


@pytest.mark.parametrize(
    "leave",
    [
        leaving.break_and_drop,
        leaving.close_after_one,
        leaving.close_twice,
        leaving.close_the_wrapping_generator,
        leaving.drop_the_wrapping_generator,
        leaving.drop_in_a_cycle,
        leaving.close_unread,
        leaving.drop_unread,
    ],
    ids=lambda leave: leave.__name__,
)
def test_a_stream_that_is_left_is_no_error(
    traced: Recorder, forecaster: Agent, leave: Callable[[Any], None]
) -> None:
    leave(forecaster.run(ASK, stream=True))
    gc.collect()
    assert errors(traced) == {}


@pytest.mark.parametrize(
    "leave",
    [leaving.abreak_and_drop, leaving.aclose_the_wrapping_generator, leaving.adrop_unread],
    ids=lambda leave: leave.__name__,
)
async def test_an_asynchronous_stream_that_is_left_is_no_error(
    traced: Recorder,
    forecaster: Agent,
    settle: Callable[[], Awaitable[None]],
    leave: Callable[[Any], Awaitable[None]],
) -> None:
    await leave(forecaster.arun(ASK, stream=True))
    await settle()
    assert errors(traced) == {}


def test_a_stream_that_is_left_in_the_middle_tells_what_came(
    shown: Recorder, make: Callable[..., Agent]
) -> None:
    stream = make().run("hi", stream=True)
    for event in stream:
        if event.content:
            break
    stream.close()
    del stream
    gc.collect()
    assert shown.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini"]
    assert "gen_ai.output.messages" in shown.attributes("chat")


async def test_a_stream_in_which_its_consumer_fails_is_no_error_of_the_run(
    traced: Recorder, forecaster: Agent, settle: Callable[[], Awaitable[None]]
) -> None:
    async def failing() -> None:
        async for _ in forecaster.arun(ASK, stream=True):
            raise LookupError

    with pytest.raises(LookupError):
        await failing()
    await settle()
    assert errors(traced) == {}


# --- without us --------------------------------------------------------------------------------------------------


async def test_a_run_in_the_handler_of_an_error_does_not_have_that_error(
    traced: Recorder, make: Callable[..., Agent]
) -> None:
    try:
        raise LookupError
    except LookupError:
        await consumed(make(tools=[get_weather]).arun(ASK, stream=True))
    assert errors(traced) == {}
