# SPDX-License-Identifier: Apache-2.0
"""The open operations of this process, and the ends that nobody waits for: collection, interpreter exit, fork."""

from __future__ import annotations

import _thread
import atexit
import gc
import os
import sys
from collections import deque
from types import BuiltinFunctionType
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel.guard import guard, mistaken

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.operation import Operation

# By identity. Adding and popping are atomic, so an operation that two threads end is ended once.
_open: dict[int, Operation] = {}
_dropped: deque[Operation] = deque()
_PATIENCE = 0.05
_state = {"hooked": False, "collecting": False}
# The locks of the threads that end what was dropped; each is released when its thread is done.
_aside: deque[_thread.LockType] = deque(maxlen=64)


def opened(operation: Operation) -> None:
    """Remember an operation until it ends."""
    if not _state["hooked"]:
        _hook()
    _open[id(operation)] = operation


def closed(operation: Operation) -> bool:
    """Forget an operation; True for the one caller that is to end it."""
    return _open.pop(id(operation), None) is not None


def is_open(operation: Operation) -> bool:
    """Return whether the operation has not ended yet."""
    return id(operation) in _open


def dropped(operation: Operation) -> None:
    """End an operation whose stream was dropped; to be called by a finaliser.

    During garbage collection the interrupted code may hold a lock of the SDK, so ending a span right there could
    deadlock: such operations are ended by a short-lived thread when the collection is over.
    """
    if id(operation) not in _open:
        return
    if _state["collecting"]:
        _dropped.append(operation)
    else:
        guard(operation.abandon)


def finaliser(method: Callable[[Any], None], ending: Callable[[], bool] = sys.is_finalizing) -> Any:
    """Return a `__del__` that says nothing at the interpreter's end, where modules are emptied before the last objects go.

    Whatever it needs by then it holds itself.
    """

    def last(self: Any) -> None:
        try:
            method(self)
        except Exception as mistake:
            if not ending():
                # Raised from here it would be told on the application's stderr, each time.
                mistaken(method, mistake)

    return last


def finish_open() -> None:
    """End what is still open, each at the time of its last event."""
    _end_dropped()
    for operation in list(_open.values()):
        guard(operation.abandon)


def settle(seconds: float) -> None:
    """Wait until what a garbage collection has found dropped is ended, at most so long."""
    while _aside:
        done = _aside.popleft()
        if done.acquire(timeout=seconds):
            done.release()


def _end_dropped() -> None:
    while _dropped:
        try:
            operation = _dropped.popleft()
        except IndexError:
            return
        guard(operation.abandon)


def _hook() -> None:
    """Hook in at the first operation: by then the provider has registered its own exit hook, and ours runs before."""
    _state["hooked"] = True
    atexit.register(finish_open)
    gc.callbacks.append(_note_collection)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_forget)


def _note_collection(phase: str, info: dict[str, Any]) -> None:
    del info
    _state["collecting"] = phase == "start"
    if phase != "start" and _dropped:
        guard(_end_aside)


def _end_aside() -> None:
    """End the dropped operations in a thread, and give it a moment: it is done by then unless a lock is in its way."""
    done = _thread.allocate_lock()
    done.acquire()
    _aside.append(done)

    def end() -> None:
        try:
            guard(_end_dropped)
        finally:
            done.release()

    _thread.start_new_thread(end, ())
    # Under gevent's patch this would switch greenlets in the middle of a collection.
    if isinstance(_thread.start_new_thread, BuiltinFunctionType) and done.acquire(timeout=_PATIENCE):
        done.release()


def _forget() -> None:
    """A forked child does not end the operations of its parent, which ends them itself."""
    _open.clear()
    _dropped.clear()
    _aside.clear()
    _state["collecting"] = False
