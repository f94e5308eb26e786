# SPDX-License-Identifier: Apache-2.0
"""Operations that a framework announces by run id: parents come from run ids, and the map is bounded and locked."""

from __future__ import annotations

import os
from collections import OrderedDict
from threading import RLock
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Hashable

    from spanwright.instrumentors._kernel.operation import Operation

K = TypeVar("K", bound="Hashable")
LIMIT = 10_000
_UNKNOWN = (None, None, None)


class Runs(Generic[K]):
    """Runs in flight. A run without an operation (framework plumbing) passes its children on to its own parent.

    Above `limit` the oldest run is abandoned: a framework that never announces an end must not grow the process.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._runs: OrderedDict[K, tuple[Operation | None, Operation | None, K | None]] = OrderedDict()
        # Reentrant: the garbage collector may close a framework's generator, which announces an end, inside of us.
        self._lock = RLock()
        _all.add(self)

    def __len__(self) -> int:
        return len(self._runs)

    def start(self, run: K, parent: K | None, operation: Operation | None) -> None:
        """Remember a run; `operation` is None for a run that has no span of its own."""
        with self._lock:
            runs = self._runs
            nearest = operation
            if nearest is None and parent is not None:
                nearest = runs.get(parent, _UNKNOWN)[1]
            # A run that is announced again takes the place of the first one, whose end will not be announced.
            again = runs.pop(run, _UNKNOWN)[0]
            runs[run] = (operation, nearest, parent)
            oldest = runs.popitem(last=False)[1][0] if len(runs) > self._limit else None
        for each in (again, oldest):
            if each is not None and each is not operation:
                each.abandon()

    def nearest(self, run: K | None) -> Operation | None:
        """Return the operation of the run or of its nearest ancestor that has one; None for an unknown run."""
        if run is None:
            return None
        with self._lock:
            return self._runs.get(run, _UNKNOWN)[1]

    def get(self, run: K) -> Operation | None:
        """Return the run's own operation."""
        with self._lock:
            return self._runs.get(run, _UNKNOWN)[0]

    def end(self, run: K) -> Operation | None:
        """Forget the run and return its own operation, which the caller ends; None for an unknown run."""
        with self._lock:
            return self._runs.pop(run, _UNKNOWN)[0]

    def end_below(self, run: K) -> list[Operation]:
        """Forget every descendant of a run and return their operations, the inner ones first.

        For a run that was cancelled or abandoned, after which a framework may announce no end for what was inside.
        """
        with self._lock:
            below = {run}
            found: list[K] = []
            for each in list(self._runs):
                if self._runs.get(each, _UNKNOWN)[2] in below:
                    below.add(each)
                    found.append(each)
            ended = [self._runs.pop(each, _UNKNOWN)[0] for each in reversed(found)]
        return [operation for operation in ended if operation is not None]

    def clear(self) -> None:
        """Forget everything, abandoning what is open."""
        with self._lock:
            runs = list(self._runs.values())
            self._runs.clear()
        for operation, _, _ in runs:
            if operation is not None:
                operation.abandon()

    def unlock(self) -> None:
        """Take a new lock."""
        self._lock = RLock()


_all: WeakSet[Runs[Any]] = WeakSet()


def _unlock() -> None:
    """Free a forked child of locks that were held by threads of its parent."""
    for runs in list(_all):
        runs.unlock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock)
