# SPDX-License-Identifier: Apache-2.0
"""A generator that runs inside a scope is, for its consumer, the bare generator: the same script, the same trace."""

from __future__ import annotations

import asyncio
import collections.abc
import gc
import inspect
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.context import create_key, get_current

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.call import scoped
from spanwright.instrumentors._kernel.streams import apulled, pulled

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

KEY = create_key("run")


class Odd(BaseException):
    """What is no `Exception`, like a cancellation."""


ERRORS = (ValueError, StopIteration, StopAsyncIteration, GeneratorExit, Odd)
# What a generator does at each `yield`: what it answers to a value, and to an error.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["go on", "return", "raise"]),
        st.sampled_from(["raise it", "swallow it", "return", "raise another"]),
    ),
    max_size=5,
)
# One that swallows being closed is closed again, or its end would be seen by the garbage collector alone.
LEFT = ["close"] * 7
SCRIPT = st.lists(
    st.sampled_from(["next", "send", "close"]) | st.tuples(st.just("throw"), st.sampled_from(ERRORS)),
    max_size=7,
)


def body(steps: Any, log: list[Any]) -> Generator[Any, Any, Any]:
    """Run a generator that does as it is told and logs what it is given."""
    for number, (on_value, on_error) in enumerate(steps):
        try:
            log.append(("got", (yield number)))
        except BaseException as error:
            log.append(("caught", type(error), error.args))
            if on_error == "raise it":
                raise
            if on_error == "return":
                return "early"
            if on_error == "raise another":
                raise KeyError("another") from error
        else:
            if on_value == "return":
                return "early"
            if on_value == "raise":
                raise LookupError("its own")
    return "end"


async def abody(steps: Any, log: list[Any]) -> AsyncGenerator[Any, Any]:
    """Run an asynchronous one."""
    for number, (on_value, on_error) in enumerate(steps):
        await asyncio.sleep(0)
        try:
            log.append(("got", (yield number)))
        except BaseException as error:
            log.append(("caught", type(error), error.args))
            await asyncio.sleep(0)
            if on_error == "raise it":
                raise
            # An asynchronous generator that swallows being closed can never be closed.
            if on_error == "return" or isinstance(error, GeneratorExit):
                return
            if on_error == "raise another":
                raise KeyError("another") from error
        else:
            if on_value == "return":
                return
            if on_value == "raise":
                raise LookupError("its own")


def shown(error: BaseException) -> Any:
    """Return what a consumer sees of an error."""
    chain = [(type(each), str(each)) for each in (error.__cause__, error.__context__) if each is not None]
    return type(error), error.args, chain, error.__suppress_context__


def played(generator: Any, script: Any, left: Any = LEFT) -> list[Any]:
    """Run a script on a generator and return all that its consumer sees."""
    trace: list[Any] = []
    for number, operation in enumerate([*script, *left]):
        try:
            if operation == "next":
                trace.append(next(generator))
            elif operation == "send":
                trace.append(generator.send(f"sent {number}"))
            elif operation == "close":
                trace.append(generator.close())
            else:
                trace.append(generator.throw(operation[1](f"thrown {number}")))
        except BaseException as error:
            trace.append(shown(error))
    return trace


async def aplayed(generator: Any, script: Any) -> list[Any]:
    """Run a script on an asynchronous generator."""
    trace: list[Any] = []
    for number, operation in enumerate([*script, *LEFT]):
        try:
            if operation == "next":
                trace.append(await generator.__anext__())
            elif operation == "send":
                trace.append(await generator.asend(f"sent {number}"))
            elif operation == "close":
                trace.append(await generator.aclose())
            else:
                trace.append(await generator.athrow(operation[1](f"thrown {number}")))
        except BaseException as error:
            trace.append(shown(error))
    return trace


def enter() -> Any:
    return current.enter(get_current())


@settings(max_examples=400, deadline=None)
@given(STEPS, SCRIPT)
def test_a_pulled_generator_is_the_bare_generator(steps: Any, script: Any) -> None:
    bare: list[Any] = []
    ours: list[Any] = []
    seen = played(pulled(body(steps, ours), enter, current.leave), script)
    assert (seen, ours) == (played(body(steps, bare), script), bare)


@settings(max_examples=200, deadline=None)
@given(STEPS, SCRIPT)
def test_a_pulled_async_generator_is_the_bare_async_generator(steps: Any, script: Any) -> None:
    bare: list[Any] = []
    ours: list[Any] = []

    async def play() -> tuple[Any, Any]:
        seen = await aplayed(apulled(abody(steps, ours), enter, current.leave), script)
        return seen, await aplayed(abody(steps, bare), script)

    seen, expected = asyncio.run(play())
    assert (seen, ours) == (expected, bare)


@settings(max_examples=100, deadline=None)
@given(STEPS, SCRIPT)
def test_the_consumers_context_is_its_own_between_pulls(steps: Any, script: Any) -> None:
    generator = scoped(lambda: body(steps, []), None, (), {})
    before = get_current()
    for operation in script:
        played(generator, [operation], [])
        assert get_current() is before
    played(generator, [])


def test_a_dropped_generator_is_closed_at_once() -> None:
    log: list[Any] = []
    generator = pulled(body([("go on", "raise it")], log), enter, current.leave)
    next(generator)
    del generator
    assert log == [("caught", GeneratorExit, ())]


def test_an_error_thrown_in_is_held_by_no_cycle_of_ours() -> None:
    class Large(Exception):
        pass

    generator = pulled(body([("go on", "raise it")], []), enter, current.leave)
    next(generator)
    gc.disable()
    try:
        try:
            generator.throw(Large())
        except Large as error:
            held = weakref.ref(error)
        assert held() is None
    finally:
        gc.enable()


class Rows:
    """An iterator of a library that is no generator and can do more."""

    def __init__(self) -> None:
        self.closed = 0

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        return get_current().get(KEY)

    def close(self) -> None:
        self.closed += 1

    def rows(self) -> int:
        return 7


def test_an_iterator_that_is_no_generator_keeps_its_type_and_its_methods() -> None:
    inner = Rows()
    found = pulled(inner, enter, current.leave)
    assert (isinstance(found, Rows), found.rows(), repr(found)) == (True, 7, repr(inner))


def test_an_iterator_that_is_no_generator_gets_no_methods() -> None:
    found = pulled(Rows(), enter, current.leave)
    assert [name for name in ("send", "throw", "aclose", "__anext__") if hasattr(found, name)] == []


def test_an_iterator_that_is_no_generator_is_not_closed_by_us() -> None:
    inner = Rows()
    found = pulled(inner, enter, current.leave)
    next(found)
    del found
    assert inner.closed == 0


def test_a_generator_still_is_one_to_whom_it_is_shown() -> None:
    found = pulled(body([], []), enter, current.leave)
    assert inspect.isgenerator(found)
    assert isinstance(found, collections.abc.Generator)
    assert inspect.getgeneratorstate(found) == inspect.GEN_CREATED


async def test_an_async_generator_still_is_one_to_whom_it_is_shown() -> None:
    found = apulled(abody([], []), enter, current.leave)
    assert inspect.isasyncgen(found)
    assert isinstance(found, collections.abc.AsyncGenerator)


def test_a_generator_can_be_delegated_to() -> None:
    def outer() -> Any:
        return (yield from pulled(body([("go on", "raise it")] * 2, []), enter, current.leave))

    bare = played(body([("go on", "raise it")] * 2, []), ["next", "send", "send"])
    assert played(outer(), ["next", "send", "send"]) == bare


async def test_a_suspended_async_generator_is_closed_by_its_loop_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log: list[Any] = []
    left = apulled(abody([("go on", "raise it")], log), enter, current.leave)
    await left.__anext__()
    await asyncio.get_running_loop().shutdown_asyncgens()
    assert (log, caplog.records) == ([("caught", GeneratorExit, ())], [])
