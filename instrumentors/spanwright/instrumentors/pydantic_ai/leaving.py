# SPDX-License-Identifier: Apache-2.0
"""Runs and streams in the hands of the application: it works outside of the call's span, and may leave at any time.

The library keeps the span of a model call current as long as its stream is open; but a model that the application
asks while it reads the stream is another call. And when the application leaves a run, the library cancels its own
tasks, which is no failure of the run; the error that the application sees in a stream is one of the call.
"""

from __future__ import annotations

import sys
from asyncio import CancelledError
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry.context import attach
from opentelemetry.trace import set_span_in_context

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.native import NativeSpan
from spanwright.semconv.model import AgentRun

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation

# What a tool raises to be answered later or by somebody else.
_STEERING = ("CallDeferred", "ApprovalRequired")


class Leaving:
    """Knows the runs that are being left."""

    def __init__(self) -> None:
        self._left: set[int] = set()

    def steers(self, error: BaseException, operation: Operation) -> bool:
        """Tell whether an exception is the library's way to stop what nobody waits for, or to put a tool off."""
        if isinstance(error, CancelledError):
            return id(operation.agent) in self._left
        errors = sys.modules.get("pydantic_ai.exceptions")
        return isinstance(error, tuple(filter(None, (getattr(errors, name, None) for name in _STEERING))))

    def run(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Hand a run out, to be iterated over or not."""
        del instance
        return self._run(wrapped(*args, **kwargs))

    def stream(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Hand a stream out, where it was asked for."""
        del instance
        return self._stream(wrapped(*args, **kwargs))

    @asynccontextmanager
    async def _run(self, opening: Any) -> AsyncGenerator[Any, None]:
        before = guard(current.operation)
        left = None
        try:
            async with opening as run:
                agent = guard(_agent, before)
                try:
                    yield run
                except GeneratorExit:
                    left = guard(self._leave, agent)
                    raise
                if getattr(run, "result", None) is None:
                    left = guard(self._leave, agent)
        finally:
            self._left.discard(left or 0)

    @asynccontextmanager
    async def _stream(self, opening: Any) -> AsyncGenerator[Any, None]:
        around = guard(current.now)
        left = None
        try:
            async with opening as stream:
                tokens = current.enter(around, current.scope())
                try:
                    yield stream
                except CancelledError:
                    raise
                except BaseException:
                    left = guard(self._leave, guard(_agent, None))
                    raise
                finally:
                    current.leave(tokens)
        finally:
            self._left.discard(left or 0)

    def _leave(self, agent: Operation | None) -> int | None:
        if agent is None or id(agent) in self._left:
            return None
        self._left.add(id(agent))
        return id(agent)


def pulled(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Let what the events of a stream make current be so while they are waited for, and not in between."""
    events = wrapped(*args, **kwargs)
    made = _pulled(events, instance)
    guard(_name, made, events)
    return made


def lexical(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Make a span of ours current in the kernel's way, which tells nobody when it is left in another context."""
    del instance
    if len(args) == 1 and not kwargs and isinstance(args[0], NativeSpan):
        return _made_current(args[0])
    return wrapped(*args, **kwargs)


def _name(made: Any, own: Any) -> None:
    """Name a generator as the library's own, for warnings, profiles and whoever prints it."""
    made.__name__, made.__qualname__ = own.__name__, own.__qualname__


async def _pulled(events: Any, stream: Any) -> AsyncGenerator[Any, None]:
    within = None
    try:
        while True:
            around = guard(current.now)
            if within is not None and around is not None:
                guard(attach, within)
            try:
                event = await events.__anext__()
            except StopAsyncIteration:
                return
            except Exception as error:
                guard(_note, stream, error)
                raise
            finally:
                if around is not None:
                    within = guard(current.now)
                    guard(attach, around)
            yield event
    finally:
        await events.aclose()


def _note(stream: Any, error: Exception) -> None:
    """Have the span of the call know its error; the library cancels the task that has the span open."""
    policies = getattr(sys.modules.get("pydantic_ai._instrumentation"), "include_content_ctx", None)
    with stream.segment_context():
        span = getattr(policies.get(), "span", None) if policies is not None else None
    if isinstance(span, NativeSpan):
        guard(span.left_by, error, failed=True)


@contextmanager
def _made_current(span: NativeSpan) -> Generator[NativeSpan, None, None]:
    # The span itself is current, so that what tools and hooks write on it gets there.
    within = guard(set_span_in_context, span) if span.operation is None else span.operation.context
    tokens = current.enter(within, current.scope())
    try:
        yield span
    except BaseException as error:
        guard(span.left_by, error, failed=True)
        raise
    finally:
        current.leave(tokens)


def _agent(before: Operation | None) -> Operation | None:
    """Return the run of an agent inside which we are, None where that is the one of before."""
    around = current.operation()
    agent = around.agent if around is not None else None
    return (
        agent if around is not before and agent is not None and isinstance(agent.subject, AgentRun) else None
    )
