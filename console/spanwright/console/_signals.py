# SPDX-License-Identifier: Apache-2.0
"""The signal that ends a process without a word: what is still to be said before it does."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

_PATIENCE = 5.0  # seconds


# What a thread does to itself: debuggers of crashes want to see it there.
_OWN = {
    getattr(signal, name)
    for name in ("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT")
    if hasattr(signal, name)
}


@contextmanager
def deaf() -> Generator[None, None, None]:
    """Make threads that start here take no signals.

    A signal goes to any thread that takes it, and Python handles it in the main one, which does not learn of it
    while it waits in `signal.pause` or the like. A program that has no threads must not get that from ours.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals() - _OWN)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def before_sigterm(act: Callable[[], None]) -> None:
    """Act before SIGTERM ends this process, as it still does; a program that handles the signal itself is left alone.

    SIGINT needs nothing of the kind: Python makes an exception of it, and the process ends as any other.
    """
    if (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    ):
        signal.signal(signal.SIGTERM, lambda number, _: _act_and_die(act, number))


def remember_interrupt() -> None:
    """Have the interpreter die by SIGINT after all, when nothing caught its KeyboardInterrupt.

    It notes that on its way out, and forgets it when code that is made from text runs at the exit, as happens where
    a module with a dataclass is imported. A shell then goes on with a script that a person meant to stop.
    """
    if getattr(sys, "last_type", None) is KeyboardInterrupt:
        with suppress(KeyboardInterrupt):
            exec("raise KeyboardInterrupt")  # noqa: S102 - the one way to have it noted


def _act_and_die(act: Callable[[], None], number: int) -> None:
    """Act in a thread, and not for long: the interrupted code may hold a lock that is needed."""
    done = _thread.allocate_lock()
    done.acquire()

    def work() -> None:
        try:
            with suppress(Exception):
                act()
        finally:
            done.release()

    # Not `threading.Thread`, whose start takes a lock that the interrupted code may hold.
    with suppress(RuntimeError):
        _thread.start_new_thread(work, ())
        done.acquire(timeout=_PATIENCE)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
