# SPDX-License-Identifier: Apache-2.0
"""Where the library's spans are current: around its own work, and not in what the application does meanwhile.

The library keeps the span of a model call current as long as its stream is open, and that of a run as long as the
application has the run in its hands. A model that the application asks while it reads a stream is another call, and
whoever lets go of a run elsewhere is told of no error.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry.context import attach
from opentelemetry.trace import set_span_in_context

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.native import NativeSpan

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from spanwright.instrumentors._kernel.call import Args, Kwargs


def lexical(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Make a span of ours current in the kernel's way, which tells nobody when it is left in another context."""
    del instance
    if len(args) == 1 and not kwargs and isinstance(args[0], NativeSpan):
        return _made_current(args[0])
    return wrapped(*args, **kwargs)


def outside(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Open a stream for somebody who works outside of the call's span, where the stream was asked for."""
    del instance
    return _opened(wrapped(*args, **kwargs))


def pulled(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Let what the events of a stream make current be so while they are waited for, and not in between."""
    del instance
    return _pulled(wrapped(*args, **kwargs))


@contextmanager
def _made_current(span: NativeSpan) -> Generator[NativeSpan, None, None]:
    # The span itself is current, so that what tools and hooks write on it gets there.
    within = set_span_in_context(span) if span.operation is None else span.operation.context
    tokens = current.enter(within, current.scope())
    try:
        yield span
    except BaseException as error:
        span.left_by(error, failed=True)
        raise
    finally:
        current.leave(tokens)


@asynccontextmanager
async def _opened(stream: Any) -> AsyncGenerator[Any, None]:
    around = current.now()
    async with stream as value:
        tokens = current.enter(around, current.scope())
        try:
            yield value
        finally:
            current.leave(tokens)


async def _pulled(events: Any) -> AsyncGenerator[Any, None]:
    within = None
    try:
        while True:
            around = current.now()
            if within is not None:
                attach(within)
            try:
                event = await events.__anext__()
            except StopAsyncIteration:
                return
            finally:
                within = current.now()
                attach(around)
            yield event
    finally:
        await events.aclose()
