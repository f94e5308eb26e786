# SPDX-License-Identifier: Apache-2.0
"""Faults: a function raises whenever one of ours calls it, wherever it is known and by whatever name."""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from functools import cache
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from proof.reach import side

if TYPE_CHECKING:
    from collections.abc import Iterator


class Mistake(Exception):
    """A mistake of ours, or of OpenTelemetry."""


class NoMemory(MemoryError):
    """No memory for what is ours."""


class TooDeep(RecursionError):
    """No stack for what is ours."""


# In a test's body, and around it, where fixtures place the patches and remove them.
WITHIN, AROUND = "within", "around"
KINDS: tuple[type[Exception], ...] = (Mistake, NoMemory, TooDeep)
_Cache: Any = type(cache(len))
_originals: dict[int, FunctionType] = {}
_now: dict[str, Any] = {"kind": Mistake, "when": "", "phase": "", "struck": 0}


def enter(phase: str) -> None:
    """Note which phase of a test begins."""
    _now["phase"] = phase


def strike(key: int, args: Any, kwargs: Any) -> Any:
    """Raise in one of ours, in the phase that it is meant for; anybody else gets what the function returns."""
    if _now["phase"] != _now["when"] or side(sys._getframe(2).f_code) != "ours":
        return _originals[key](*args, **kwargs)
    _now["struck"] += 1
    raise _now["kind"]("injected")


def caches() -> list[Any]:
    """Return what of ours is remembered after a first call, and so would not be called again."""
    return [
        each
        for each in gc.get_objects()
        if type(each) is _Cache
        and isinstance(each.__wrapped__, FunctionType)
        and side(each.__wrapped__.__code__)
    ]


def functions() -> dict[int, list[FunctionType]]:
    """Return the functions of this process by their code; those that are made anew at each call are not among them."""
    found: dict[int, list[FunctionType]] = {}
    for each in gc.get_objects():
        if type(each) is FunctionType and "<locals>" not in each.__qualname__ and side(each.__code__):
            found.setdefault(id(each.__code__), []).append(each)
    return found


@contextmanager
def failing(targets: list[FunctionType], kind: type[Exception], when: str) -> Iterator[dict[str, Any]]:
    """Make functions raise in one phase of a test; yield how often that was reached."""
    held = [(each, each.__code__) for each in targets]
    _now.update(kind=kind, when=when, phase=AROUND, struck=0)
    for key, (each, code) in enumerate(held):
        _originals[key] = _copy(each)
        each.__code__ = _code(key, code.co_freevars)
    try:
        yield _now
    finally:
        for each, code in held:
            each.__code__ = code
        _originals.clear()


def _copy(function: FunctionType) -> FunctionType:
    made = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def _code(key: int, free: tuple[str, ...]) -> CodeType:
    """Return code that strikes, with the cells of the function in whose place it stands."""
    lines = [
        f"def made({', '.join(free)}):",
        "    def fail(*args, **kwargs):",
        "        from proof.injection import strike",
        f"        {'if 0: ' + ', '.join(free) if free else 'pass'}",
        f"        return strike({key}, args, kwargs)",
        "    return fail",
    ]
    space: dict[str, Any] = {}
    exec("\n".join(lines), space)  # noqa: S102 - our own text
    made: Any = space["made"](*free)
    return made.__code__
