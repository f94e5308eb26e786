# SPDX-License-Identifier: Apache-2.0
"""The signal that ends a process without a word: what is still to be said before it does."""

from __future__ import annotations

import _thread
import os
import signal
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE = 5.0  # seconds


def before_sigterm(act: Callable[[], None]) -> None:
    """Act before SIGTERM ends this process, as it still does; a program that handles the signal itself is left alone.

    SIGINT needs nothing of the kind: Python makes an exception of it, and the process ends as any other.
    """
    if (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    ):
        signal.signal(signal.SIGTERM, lambda number, _: _act_and_die(act, number))


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
