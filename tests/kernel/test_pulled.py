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
from opentelemetry.context import create_key, get_current

from kernel.generators import SCRIPT, STEPS, abody, aplayed, body, played
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.call import scoped
from spanwright.instrumentors._kernel.streams import apulled, pulled

if TYPE_CHECKING:
    pass

KEY = create_key("run")


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
