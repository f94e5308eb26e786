# SPDX-License-Identifier: Apache-2.0
"""Which functions of ours, and which of OpenTelemetry's that we call, a test reaches."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from pathlib import Path
from typing import TYPE_CHECKING, Any

import opentelemetry.context as otel

import spanwright.instrumentors._kernel as kernel
import spanwright.semconv as semconv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

OURS = (str(Path(kernel.__file__).parents[1]), str(Path(semconv.__file__).parent))
TELEMETRY = str(Path(otel.__file__).parents[1])
# The oracle judges the tests; it is no part of what runs in an application.
_ORACLE = ("check.py", "_check_", "registry")
# Code that runs later than it is called has no call that could fail.
_LATER = CO_COROUTINE | CO_GENERATOR | CO_ASYNC_GENERATOR
_kept: dict[int, tuple[CodeType, str]] = {}


def side(code: CodeType) -> str:
    """Return whose a function is: `ours`, `telemetry`, or nobody's here. Code is kept, so that its identity stays its own."""
    found = _kept.get(id(code))
    if found is None:
        name, word = code.co_filename, ""
        if name.startswith(OURS) and not any(each in name for each in _ORACLE):
            word = "ours"
        elif name.startswith(TELEMETRY) and not name.startswith(str(Path(TELEMETRY) / "instrumentation")):
            word = "telemetry"
        found = _kept[id(code)] = (code, word)
    return found[1]


class Reach:
    """Follows the calls of a process."""

    def __init__(self) -> None:
        self._now: dict[tuple[int, str], CodeType] = {}
        self.phase = ""

    @contextmanager
    def of(self) -> Iterator[dict[tuple[int, str], CodeType]]:
        """Yield what is filled with the functions that functions of ours call, in any thread, and the phase of it."""
        self._now = {}
        threading.setprofile(self._see)
        sys.setprofile(self._see)
        try:
            yield self._now
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

    def _see(self, frame: FrameType, event: str, _: Any) -> None:
        if event != "call":
            return
        code = frame.f_code
        if code.co_flags & _LATER or not side(code):
            return
        caller = frame.f_back
        if caller is not None and side(caller.f_code) == "ours":
            self._now[id(code), self.phase] = code
