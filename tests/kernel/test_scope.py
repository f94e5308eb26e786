# SPDX-License-Identifier: Apache-2.0
"""A run that a framework announces in the middle of its own call is current while that call runs, and no longer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.context import create_key, get_current, set_value

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.call import scoped
from spanwright.instrumentors._kernel.scope import Scope, adopt

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = create_key("run")


def run_starts() -> Any:
    """Announce a run, as a framework's callback does in the middle of a call."""
    context = set_value(KEY, "run")
    adopt(context)
    return get_current().get(KEY)


def test_a_run_that_starts_inside_is_current_to_the_end_of_the_call() -> None:
    assert scoped(run_starts, None, (), {}) == "run"
    assert get_current().get(KEY) is None


async def test_a_run_that_starts_inside_is_current_to_the_end_of_the_coroutine() -> None:
    async def call() -> Any:
        run_starts()
        await asyncio.sleep(0)
        return get_current().get(KEY)

    assert await scoped(call, None, (), {}) == "run"
    assert get_current().get(KEY) is None


def test_a_run_that_starts_inside_is_current_at_each_pull() -> None:
    def call() -> Any:
        run_starts()
        for _ in range(3):
            yield get_current().get(KEY)

    found = [(inside, get_current().get(KEY)) for inside in scoped(call, None, (), {})]
    assert found == [("run", None)] * 3


async def test_a_run_that_starts_inside_is_current_at_each_asynchronous_pull() -> None:
    async def call() -> Any:
        run_starts()
        for _ in range(3):
            yield get_current().get(KEY)

    found = [(inside, get_current().get(KEY)) async for inside in scoped(call, None, (), {})]
    assert found == [("run", None)] * 3


def test_only_the_first_run_inside_takes_the_scope() -> None:
    def call() -> Any:
        run_starts()
        adopt(set_value(KEY, "another"))
        return get_current().get(KEY)

    assert scoped(call, None, (), {}) == "run"


def test_a_run_without_a_span_takes_the_scope_and_changes_nothing() -> None:
    def call() -> Any:
        adopt(None)
        return run_starts()

    assert scoped(call, None, (), {}) is None


def test_a_run_outside_of_any_scope_changes_nothing() -> None:
    assert run_starts() is None


def test_an_error_passes_a_scope_unchanged() -> None:
    failure = ValueError("theirs")

    def fail() -> Any:
        run_starts()
        raise failure

    with pytest.raises(ValueError, match="theirs") as caught:
        scoped(fail, None, (), {})
    assert (caught.value, failure.__context__, get_current().get(KEY)) == (failure, None, None)


async def test_a_generator_consumed_in_another_task_disturbs_no_context() -> None:
    def call() -> Any:
        run_starts()
        yield 1
        yield 2

    generator = scoped(call, None, (), {})
    next(generator)

    async def consume() -> Any:
        return list(generator), get_current().get(KEY)

    assert await asyncio.create_task(consume()) == ([2], None)


def test_leaving_in_another_context_leaves_that_alone() -> None:
    import contextvars

    scope = Scope()
    tokens = contextvars.copy_context().run(scope.enter)
    scope.leave(tokens)
    assert current.scope() is None


@pytest.mark.parametrize("make", [lambda: 1, lambda: None, lambda: [1, 2], lambda: "text"])
def test_a_value_passes_a_scope_as_it_is(make: Callable[[], Any]) -> None:
    value = make()
    assert scoped(lambda: value, None, (), {}) is value


def test_what_a_dropped_generator_does_at_its_end_is_inside() -> None:
    seen: list[Any] = []

    def call() -> Any:
        run_starts()
        try:
            yield 1
        finally:
            seen.append(get_current().get(KEY))

    left = scoped(call, None, (), {})
    next(left)
    del left
    assert (seen, get_current().get(KEY)) == (["run"], None)
