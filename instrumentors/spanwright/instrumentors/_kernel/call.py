# SPDX-License-Identifier: Apache-2.0
"""The sync and the async road around a library's call, written once for every library.

Which road it is follows from what the library returned, never from a look at its signature: a plain function may
return an awaitable, and an awaitable need not be a coroutine.
"""

from __future__ import annotations

from functools import partial
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from typing import TYPE_CHECKING, Any, Protocol
from weakref import finalize

from spanwright.instrumentors._kernel import current, ending
from spanwright.instrumentors._kernel.errors import CANCELLED
from spanwright.instrumentors._kernel.guard import guard, instead, mistaken
from spanwright.instrumentors._kernel.kinds import AWAITABLE, ITERATOR, is_future, kind
from spanwright.instrumentors._kernel.scope import Scope
from spanwright.instrumentors._kernel.streams import apulled, opening, pulled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.operation import Operation

    Args = tuple[Any, ...]
    Kwargs = dict[str, Any]
    Wrapper = Callable[[Callable[..., Any], Any, Args, Kwargs], Any]
    Begun = tuple[Operation, Args, Kwargs]


class Seam(Protocol):
    """How one seam of a library is read. Both methods are called through `guard`."""

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Open an operation and return it with the arguments to call on with; None when this call is none of ours."""
        ...

    def returned(self, operation: Operation, value: Any) -> Any:
        """Take what the library returned: finish the operation, or leave it to a stream that was handed over.

        What is returned here, if it is not None, the caller gets in the place of `value`: a generator, observed.
        """
        ...


# Functions that run nothing when they are called; `inspect` looks further than this, at a price.
_LATER = CO_COROUTINE | CO_GENERATOR | CO_ASYNC_GENERATOR


def traced(seam: Seam) -> Wrapper:
    """Return a wrapper that runs the library's call inside the operation that `seam` opens for it."""

    def wrapper(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        code = getattr(wrapped, "__code__", None)
        if code is not None and code.co_flags & _LATER:
            if not code.co_flags & CO_COROUTINE:
                return _generated(seam, wrapped, instance, args, kwargs)
            later = _begun(seam, wrapped, instance, args, kwargs)
            guard(_name, later, wrapped)
            return later
        # Every call passes here: ours runs in a `try` of its own instead of in `guard`, which would be two calls more.
        try:
            begun = seam.begin(instance, args, kwargs)
        except Exception as mistake:
            mistaken(seam.begin, mistake)
            begun = None
        if begun is None:
            return wrapped(*args, **kwargs)
        operation, args, kwargs = begun
        tokens = current.enter(operation.context)
        try:
            value: object = wrapped(*args, **kwargs)
        except BaseException as error:
            current.leave(tokens)
            guard(operation.fail, error)
            raise
        current.leave(tokens)
        if kind(value) is AWAITABLE:
            if is_future(value):
                guard(_followed, seam, operation, value)
                return value
            coroutine = _awaited(seam, operation, value)
            guard(_name, coroutine, value)
            # A coroutine that is never started runs no handler of its own.
            guard(_finalised, coroutine, operation)
            return coroutine
        try:
            given = seam.returned(operation, value)
        except Exception as mistake:
            mistaken(seam.returned, mistake)
            given = None
        return value if given is None else given

    return wrapper


def _name(coroutine: Any, own: Any) -> None:
    """Name a coroutine as the library's own: Python tells the name where it is never awaited, and asyncio in its tasks."""
    name = getattr(own, "__qualname__", None)
    if name is not None:
        coroutine.__name__, coroutine.__qualname__ = own.__name__, name


def _generated(seam: Seam, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Begin when the generator takes its first step; changes that `begin` makes to the arguments come too late."""
    return instead(wrapped(*args, **kwargs), _later, seam, instance, args, kwargs)


def _later(value: Any, seam: Seam, instance: Any, args: Args, kwargs: Kwargs) -> Any:
    from spanwright.instrumentors._kernel.generated import generated

    return generated(value, None, opening(seam, instance, args, kwargs))


def _followed(seam: Seam, operation: Operation, future: Any) -> None:
    """End an operation when its future is done; one that is dropped before is never done."""
    if future.done():
        _done(seam, operation, future)
        return
    _finalised(future, operation)
    future.add_done_callback(partial(guard, _done, seam, operation))


def _done(seam: Seam, operation: Operation, future: Any) -> None:
    if future.cancelled():
        operation.refuse(CANCELLED)
    # To ask for the error by the method would take it for retrieved, and so unsay asyncio's own warning.
    elif (error := future._exception) is not None:  # noqa: SLF001 - see above
        operation.fail(error)
    else:
        seam.returned(operation, future.result())


def _finalised(coroutine: object, operation: Operation) -> None:
    finalize(coroutine, guard, _never_run, operation).atexit = False


def _never_run(operation: Operation) -> None:
    """End an operation with its coroutine, unless a stream that came of it will."""
    if not operation.handed:
        ending.dropped(operation)


async def _begun(seam: Seam, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Begin when the coroutine runs: one that is never awaited is no operation."""
    begun = guard(seam.begin, instance, args, kwargs)
    if begun is None:
        return await wrapped(*args, **kwargs)
    operation, args, kwargs = begun
    try:
        awaitable = wrapped(*args, **kwargs)
    except BaseException as error:
        guard(operation.fail, error)
        raise
    return await _awaited(seam, operation, awaitable)


async def _awaited(seam: Seam, operation: Operation, awaitable: Any) -> Any:
    tokens = current.enter(operation.context)
    try:
        value = await awaitable
    except BaseException as error:
        current.leave(tokens)
        guard(operation.fail, error)
        raise
    current.leave(tokens)
    given = guard(seam.returned, operation, value)
    return value if given is None else given


def within(context: Context | None, wrapped: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
    """Run the library's call in a context of ours, which None leaves as it is."""
    if context is None:
        return wrapped(*args, **kwargs)
    tokens = current.enter(context)
    try:
        return wrapped(*args, **kwargs)
    finally:
        current.leave(tokens)


async def awithin(context: Context | None, wrapped: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
    """Run the library's coroutine in a context of ours, which None leaves as it is."""
    if context is None:
        return await wrapped(*args, **kwargs)
    tokens = current.enter(context)
    try:
        return await wrapped(*args, **kwargs)
    finally:
        current.leave(tokens)


def after(observer: Callable[[Any], None]) -> Wrapper:
    """Return a wrapper that tells `observer` the instance once the library's method has run, however it ended."""

    def wrapper(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        try:
            value = wrapped(*args, **kwargs)
        except BaseException:
            guard(observer, instance)
            raise
        if kind(value) is AWAITABLE:
            coroutine = _observed(observer, instance, value)
            guard(_name, coroutine, value)
            return coroutine
        guard(observer, instance)
        return value

    return wrapper


async def _observed(observer: Callable[[Any], None], instance: Any, awaitable: Awaitable[Any]) -> Any:
    try:
        return await awaitable
    finally:
        guard(observer, instance)


def placed(
    find: Callable[[Any, Args, Kwargs], Scope | None],
    left: Callable[[Any, BaseException], None] | None = None,
) -> Wrapper:
    """Return a wrapper that runs a framework's call inside the scope that `find` gives for it.

    So the run that the call announces can be current while it runs. What the call returns decides: a value, an
    awaitable, an iterator or an asynchronous iterator, each step of which runs inside the same scope. `left` is told of
    an exception that leaves the call, and of its scope.
    """

    def wrapper(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        # As in `traced`: without `guard`, since every step of a framework passes here.
        try:
            scope = find(instance, args, kwargs)
        except Exception as mistake:
            mistaken(find, mistake)
            scope = None
        if scope is None:
            return wrapped(*args, **kwargs)
        tokens = scope.enter()
        try:
            value = wrapped(*args, **kwargs)
        except BaseException as error:
            scope.leave(tokens)
            if left is not None:
                guard(left, scope, error)
            raise
        scope.leave(tokens)
        found = kind(value)
        if found is None:
            return value
        if found is AWAITABLE:
            coroutine = _scoped(scope, value, left)
            guard(_name, coroutine, value)
            return coroutine
        return instead(value, pulled if found is ITERATOR else apulled, scope.enter, scope.leave)

    return wrapper


async def _scoped(
    scope: Scope, awaitable: Awaitable[Any], left: Callable[[Any, BaseException], None] | None
) -> Any:
    tokens = scope.enter()
    try:
        value = await awaitable
    except BaseException as error:
        scope.leave(tokens)
        if left is not None:
            guard(left, scope, error)
        raise
    scope.leave(tokens)
    return value


def _fresh(instance: Any, args: Args, kwargs: Kwargs) -> Scope:
    del instance, args, kwargs
    return Scope()


scoped = placed(_fresh)
"""The wrapper for a call whose run starts inside."""
