# SPDX-License-Identifier: Apache-2.0
"""The chunks of a stream as they come, where taking each of them apart at once would cost too much."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRST, _LAST = 2, 8


class Kept:
    """Keeps chunks unread until the stream has ended.

    Facts stand in the first chunks and in the last ones, so that without content those between are not kept at all.
    """

    __slots__ = ("_first", "_last")

    def __init__(self, *, content: bool) -> None:
        self._first: list[Any] = []
        self._last: deque[Any] | None = None if content else deque(maxlen=_LAST)

    def add(self, chunk: Any) -> None:
        """Take one chunk."""
        if self._last is None or len(self._first) < _FIRST:
            self._first.append(chunk)
        else:
            self._last.append(chunk)

    def __iter__(self) -> Iterator[Any]:
        yield from self._first
        yield from self._last or ()
