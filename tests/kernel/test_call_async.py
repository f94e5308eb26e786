# SPDX-License-Identifier: Apache-2.0
"""A traced coroutine, or whatever can be awaited, gives what it gave and ends its operation however it ends."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace
from opentelemetry.context import get_current
from opentelemetry.trace import StatusCode

from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors._kernel.call import after

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from harness import Recorder

ANSWER = {"id": "a1", "model": "m1-2026", "tokens": (3, 5), "text": "An answer."}
FACTS = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "acme",
    "gen_ai.request.model": "m1",
    "gen_ai.response.id": "a1",
    "gen_ai.response.model": "m1-2026",
    "gen_ai.usage.input_tokens": 3,
    "gen_ai.usage.output_tokens": 5,
}


def answer() -> dict[str, Any]:
    return ANSWER


async def aanswer() -> dict[str, Any]:
    return ANSWER


def current_span() -> dict[str, Any]:
    return {"span": trace.get_current_span()}


class Later:
    """An awaitable that is no coroutine."""

    def __await__(self) -> Generator[Any, Any, Any]:
        yield from asyncio.sleep(0).__await__()
        return ANSWER


async def test_an_async_call_returns_the_very_object(acme: Any) -> None:
    assert await acme.Client().aask(aanswer) is ANSWER


async def test_an_async_call_is_one_span_with_its_facts(recorder: Recorder, acme: Any) -> None:
    await acme.Client().aask(aanswer)
    assert recorder.attributes("chat m1") == FACTS


async def test_the_span_is_current_while_a_coroutine_of_the_library_runs(
    recorder: Recorder, acme: Any
) -> None:
    async def look() -> Any:
        await asyncio.sleep(0)
        return current_span()

    found = await acme.Client().aask(look)
    assert found["span"].get_span_context() == recorder.one().get_span_context()


async def test_the_context_is_the_same_object_after_an_async_call(acme: Any) -> None:
    before = get_current()
    await acme.Client().aask(aanswer)
    assert get_current() is before


async def test_a_coroutine_that_is_never_awaited_is_no_span(recorder: Recorder, acme: Any) -> None:
    coroutine = acme.Client().aask(aanswer)
    coroutine.close()
    assert (recorder.tree(), ending._open) == ([], {})


async def test_a_coroutine_bears_the_librarys_own_name(acme: Any) -> None:
    """Python tells it to whoever forgets to await it."""
    coroutine = acme.Client().aask(aanswer)
    named = (coroutine.__name__, coroutine.__qualname__)
    coroutine.close()
    assert named == ("aask", "Client.aask")


async def test_a_coroutine_that_a_plain_function_gives_bears_its_own_name(acme: Any) -> None:
    coroutine = acme.Client().later(aanswer)
    named = (coroutine.__name__, coroutine.__qualname__)
    await coroutine
    assert named == ("aanswer", "aanswer")


async def test_parallel_calls_are_siblings(recorder: Recorder, acme: Any) -> None:
    arrived = [asyncio.Event(), asyncio.Event()]

    async def meet(mine: int) -> Any:
        arrived[mine].set()
        await arrived[1 - mine].wait()
        return ANSWER

    client = acme.Client()
    await asyncio.gather(*(client.aask(lambda mine=mine: meet(mine)) for mine in range(2)))
    assert recorder.tree() == ["chat m1", "chat m1"]


async def test_a_cancelled_call_ends_as_cancelled(recorder: Recorder, acme: Any) -> None:
    started = asyncio.Event()

    async def wait() -> Any:
        started.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(acme.Client().aask(wait))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()
    assert recorder.attributes()["error.type"] == "cancelled"


async def test_a_timeout_is_still_a_timeout(acme: Any) -> None:
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(acme.Client().aask(asyncio.Event().wait), 0)


async def test_an_async_error_leaves_as_the_very_object(recorder: Recorder, acme: Any) -> None:
    failure = ValueError("theirs")

    async def fail() -> Any:
        raise failure

    with pytest.raises(ValueError, match="theirs") as caught:
        await acme.Client().aask(fail)
    assert caught.value is failure
    assert failure.__context__ is None


async def test_an_awaited_call_whose_task_is_dropped_ends(recorder: Recorder, acme: Any) -> None:
    coroutine = acme.Client().aask(asyncio.Event().wait)
    coroutine.send(None)
    coroutine.close()
    assert recorder.one().status.status_code is StatusCode.UNSET


async def test_arguments_that_do_not_fit_a_coroutine_function_leave_nothing_open(acme: Any) -> None:
    with pytest.raises(TypeError, match="mood"):
        await acme.Client().aask(aanswer, mood="good")
    assert ending._open == {}


# --- plain functions that return something to await ------------------------------------------------------------------


@pytest.mark.parametrize("make", [aanswer, Later], ids=["coroutine", "awaitable"])
async def test_what_a_plain_function_returns_can_be_awaited(
    make: Callable[[], Any], recorder: Recorder, acme: Any
) -> None:
    assert await acme.Client().later(make) is ANSWER
    assert recorder.attributes("chat m1") == FACTS


async def test_a_future_of_a_plain_function_can_be_awaited(recorder: Recorder, acme: Any) -> None:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    future.set_result(ANSWER)
    assert await acme.Client().later(lambda: future) is ANSWER
    assert recorder.attributes("chat m1") == FACTS


async def test_a_future_of_a_plain_function_stays_a_future(recorder: Recorder, acme: Any) -> None:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    assert acme.Client().later(lambda: future) is future
    assert recorder.spans == []
    asyncio.get_running_loop().call_soon(future.set_result, ANSWER)
    assert await future is ANSWER
    assert recorder.attributes("chat m1") == FACTS


async def test_a_task_of_a_plain_function_fails_as_it_does_and_can_be_cancelled(
    recorder: Recorder, acme: Any
) -> None:
    failure = ValueError("theirs")

    async def fail() -> Any:
        raise failure

    loop = asyncio.get_running_loop()
    with pytest.raises(ValueError, match="theirs") as caught:
        await acme.Client().later(lambda: loop.create_task(fail()))
    assert caught.value is failure
    waiting = acme.Client().later(lambda: loop.create_task(asyncio.Event().wait()))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert [span.attributes["error.type"] for span in recorder.spans] == ["ValueError", "cancelled"]


async def test_an_error_that_nobody_retrieves_from_a_future_is_still_told_by_the_loop(acme: Any) -> None:
    told: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
    failure = ValueError("theirs")
    acme.Client().later(loop.create_future).set_exception(failure)
    await asyncio.sleep(0)
    gc.collect()
    assert told == [failure]


async def test_a_future_of_a_plain_function_that_is_dropped_ends_the_call(
    recorder: Recorder, acme: Any
) -> None:
    acme.Client().later(asyncio.get_running_loop().create_future)
    gc.collect()
    assert recorder.one().status.status_code is StatusCode.UNSET


async def test_an_awaitable_of_a_plain_function_that_is_never_awaited_leaves_nothing_open(acme: Any) -> None:
    acme.Client().later(Later).close()
    assert ending._open == {}


async def test_a_stream_that_an_awaitable_of_a_plain_function_gives_ends_its_operation_itself(
    recorder: Recorder, acme: Any
) -> None:
    client = acme.Client()

    async def begin() -> Any:
        return client.stream.__wrapped__(iter(["An ", "answer."]))

    stream = await client.later(begin)
    gc.collect()
    assert recorder.spans == []
    assert list(stream) == ["An ", "answer."]
    assert recorder.one().name == "chat m1"


# --- after -----------------------------------------------------------------------------------------------------------


def test_an_observer_is_told_the_instance_after_a_method_has_run() -> None:
    events: list[Any] = []
    wrapper = after(lambda instance: events.append(instance))
    assert wrapper(lambda: events.append("ran"), "instance", (), {}) is None
    assert events == ["ran", "instance"]


def test_an_observer_is_told_of_a_method_that_failed() -> None:
    events: list[Any] = []

    def fail() -> None:
        raise ValueError("theirs")

    with pytest.raises(ValueError, match="theirs"):
        after(events.append)(fail, "instance", (), {})
    assert events == ["instance"]


async def test_an_observer_is_told_after_a_coroutine_has_run() -> None:
    events: list[Any] = []

    async def run() -> str:
        await asyncio.sleep(0)
        events.append("ran")
        return "value"

    assert await after(events.append)(run, "instance", (), {}) == "value"
    assert events == ["ran", "instance"]


def test_an_observer_that_fails_changes_nothing(lax: None) -> None:
    def fail(instance: Any) -> None:
        raise RuntimeError("a mistake of ours")

    assert after(fail)(lambda: "value", None, (), {}) == "value"
