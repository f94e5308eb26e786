# SPDX-License-Identifier: Apache-2.0
"""Exceptions that are not what they seem: some only steer a framework, some only wrap the one that says what failed."""

from __future__ import annotations

from functools import partial
from inspect import CO_COROUTINE
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Kwargs, Wrapper
    from spanwright.instrumentors._kernel.operation import Operation

    Settle = Callable[[Operation, BaseException], None]


def steered(wrapper: Wrapper, settle: Settle) -> Wrapper:
    """Return the wrapper, made to ask `settle` first, which may end the operation that is current as it sees fit."""

    def around(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        code = getattr(wrapped, "__code__", None)
        later = code is not None and code.co_flags & CO_COROUTINE
        called = _acalled if later else _called
        return wrapper(partial(called, settle, wrapped), instance, args, kwargs)

    return around


def _called(settle: Settle, wrapped: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    try:
        return wrapped(*args, **kwargs)
    except BaseException as error:
        guard(_settle, settle, error)
        raise


async def _acalled(settle: Settle, wrapped: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    try:
        return await wrapped(*args, **kwargs)
    except BaseException as error:
        guard(_settle, settle, error)
        raise


def _settle(settle: Settle, error: BaseException) -> None:
    operation = current.operation()
    if operation is not None:
        settle(operation, error)
