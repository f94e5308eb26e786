# SPDX-License-Identifier: Apache-2.0
"""What to do with what a call returned: await it, pull its steps, or take it as it is.

Python looks the methods up on the class, and so do we, once a class: the classes of SDKs' models (pydantic's) answer
the question for a missing attribute slowly.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

Kind = Literal["awaitable", "iterator", "asynchronous iterator"]

AWAITABLE: Kind = "awaitable"
ITERATOR: Kind = "iterator"
ASYNC_ITERATOR: Kind = "asynchronous iterator"


def kind(value: object) -> Kind | None:
    """Return what a value is; None for a plain one, which an iterable that is no iterator is as well."""
    try:
        return _known(type(value))
    except TypeError:
        # The class of the class has made classes unhashable.
        return _look(type(value))


def is_future(value: object) -> bool:
    """Return whether a value is a future of asyncio, or a task, by the mark that asyncio itself looks for."""
    return hasattr(type(value), "_asyncio_future_blocking")


def is_stream(value: object) -> bool:
    """Return whether a value is an iterator of either kind."""
    return kind(value) in (ITERATOR, ASYNC_ITERATOR)


def _look(kind: type) -> Kind | None:
    if hasattr(kind, "__await__"):
        return AWAITABLE
    if hasattr(kind, "__anext__"):
        return ASYNC_ITERATOR
    return ITERATOR if hasattr(kind, "__next__") else None


_known = lru_cache(maxsize=512)(_look)
