# SPDX-License-Identifier: Apache-2.0
"""Generators that do as they are told, and consumers that follow a script: for comparing one with what stands for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator


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
