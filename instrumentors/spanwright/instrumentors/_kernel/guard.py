# SPDX-License-Identifier: Apache-2.0
"""Our mistakes are reported once and never raised; under `SPANWRIGHT_STRICT` they are raised, so that tests see them."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from spanwright.instrumentors._kernel import settings

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger("spanwright")
_seen: set[object] = set()


def guard(ours: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R | None:
    """Call our own `ours` and return what it returns, or None when it fails.

    It takes a callable, not a block, so that the caller's code cannot be inside it by construction.
    """
    try:
        return ours(*args, **kwargs)
    except Exception as error:
        mistaken(ours, error)
        return None


def instead(
    value: Any, ours: Callable[Concatenate[Any, P], object], *args: P.args, **kwargs: P.kwargs
) -> Any:
    """Return what our own `ours` makes of the library's `value`; the value itself where it makes None, or fails."""
    made = guard(ours, value, *args, **kwargs)
    return value if made is None else made


def mistaken(ours: object, error: Exception) -> None:
    """Report a mistake of `ours`; for hot places that catch it themselves, where a call of `guard` costs too much."""
    strict = False
    # With no memory or no stack left, asking and telling may fail as well.
    with contextlib.suppress(Exception):
        strict = settings.current().strict
        if not strict:
            _report(ours, error)
    if strict:
        raise error


def warn_once(key: object, message: str, *args: object) -> None:
    """Log a warning the first time `key` is met in this process, and at debug level after that."""
    # A handler of the application may raise; telemetry about telemetry must not be what breaks it.
    with contextlib.suppress(Exception):
        level = logging.DEBUG if key in _seen else logging.WARNING
        _seen.add(key)
        logger.log(level, message, *args)


def _report(ours: object, error: Exception) -> None:
    place = getattr(ours, "__qualname__", type(ours).__qualname__)
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    line = traceback.tb_lineno if traceback is not None else 0
    warn_once(
        (place, type(error), line),
        "%s failed with %s (line %s); the application is unaffected, some telemetry is missing",
        place,
        type(error).__name__,
        line,
    )
    with contextlib.suppress(Exception):
        logger.debug("details of the failure in %s", place, exc_info=error)
