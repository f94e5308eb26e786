# SPDX-License-Identifier: Apache-2.0
"""What is around a run: what is logged and told on stderr, guards as an application has them, a limit of time."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from proof import injection
from proof.reach import side
from spanwright.instrumentors._kernel import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_SOON = 0.001


@contextmanager
def unraisable(heard: Callable[[str], None]) -> Iterator[None]:
    """Hear of what nobody can catch: an exception of a finaliser."""
    before = sys.unraisablehook

    def hook(raised: Any) -> None:
        if isinstance(raised.exc_value, injection.KINDS):
            heard(f"{raised.exc_value!r} is told on stderr by {raised.object!r}")

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


def listen(name: str, level: int, heard: Any) -> None:
    """Hear what a logger is told from a level on."""

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if name != "opentelemetry.context" or _detached_by_us():
                heard(record.getMessage())

    logging.getLogger(name).addHandler(Ear(level))


def _detached_by_us() -> bool:
    """Tell whether a context that could not be detached was ours; libraries leave theirs across their own steps."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and not frame.f_code.co_filename.endswith("opentelemetry/context/__init__.py"):
        frame = frame.f_back
    while frame is not None and (
        side(frame.f_code) == "telemetry" or "contextlib" in frame.f_code.co_filename
    ):
        frame = frame.f_back
    return frame is None or side(frame.f_code) == "ours"


def lenient() -> None:
    """Let guards swallow what fails, as they do in an application."""
    original = settings.reload

    def reload(environ: Any = None) -> Any:
        if environ is not None:
            environ = {key: value for key, value in dict(environ).items() if key != "SPANWRIGHT_STRICT"}
        return original(environ)

    os.environ.pop("SPANWRIGHT_STRICT", None)
    settings.reload = reload


def _collects(frame: FrameType | None) -> bool:
    """Tell whether the garbage collector is telling somebody that it comes or goes."""
    told = {getattr(each, "__code__", None) for each in gc.callbacks}
    while frame is not None and frame.f_code not in told:
        frame = frame.f_back
    return frame is not None


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `TimeoutError` in what takes longer."""

    def stop(_: int, frame: FrameType | None) -> None:
        if _collects(frame):
            # What is raised there is lost, and a test that collects in a loop would never hear of it.
            signal.setitimer(signal.ITIMER_REAL, _SOON, seconds)
            return
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    # Again and again: what is torn down then may wait as well.
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
