# SPDX-License-Identifier: Apache-2.0
"""Work counted, not timed: a backtracking matcher that counts its steps, in the place of compiled patterns.

It walks the tree that Python's own parser makes of a pattern and tries what Python's matcher tries, in the same order.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

if sys.version_info >= (3, 11):
    from re import _constants as c  # pyright: ignore[reportAttributeAccessIssue]
    from re import _parser as parser  # pyright: ignore[reportAttributeAccessIssue]
else:
    import sre_constants as c
    import sre_parse as parser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SPACE, _DIGIT = re.compile(r"\s"), re.compile(r"\d")


class Counted:
    """A compiled pattern that answers as the real one does, and counts what its matcher has to try."""

    def __init__(self, pattern: re.Pattern[str], count: list[int]) -> None:
        self._real = pattern
        self._tree = parser.parse(pattern.pattern, pattern.flags)
        self._fold = bool(pattern.flags & re.IGNORECASE)
        self._count = count

    def match(self, text: str, start: int = 0) -> Any:
        """Match at one place."""
        self._tried(text, start)
        return self._real.match(text, start)

    def search(self, text: str, start: int = 0) -> Any:
        """Match at the first place from `start` on."""
        found = self._real.search(text, start)
        for place in range(start, found.start() + 1 if found else len(text) + 1):
            self._tried(text, place)
        return found

    def finditer(self, text: str, start: int = 0) -> Iterator[Any]:
        """Match at each place in turn."""
        while found := self.search(text, start):
            yield found
            start = max(found.end(), found.start() + 1)

    def sub(self, replacement: Callable[[Any], str] | str, text: str) -> str:
        """Replace what matches."""
        for _ in self.finditer(text):
            pass
        return self._real.sub(replacement, text)

    def _tried(self, text: str, start: int) -> None:
        next(self._sequence(list(self._tree), 0, text, start), None)

    def _sequence(self, items: list[Any], index: int, text: str, at: int) -> Iterator[int]:
        if index == len(items):
            yield at
            return
        for end in self._node(*items[index], text, at):
            yield from self._sequence(items, index + 1, text, end)

    def _node(self, op: Any, value: Any, text: str, at: int) -> Iterator[int]:
        self._count[0] += 1
        if op is c.BRANCH:
            for branch in value[1]:
                yield from self._sequence(list(branch), 0, text, at)
        elif op is c.SUBPATTERN:
            yield from self._sequence(list(value[3]), 0, text, at)
        elif op is c.MAX_REPEAT:
            yield from self._repeated(*value, text, at)
        elif op in (c.ASSERT, c.ASSERT_NOT):
            direction, inner = value
            place = at if direction > 0 else at - inner.getwidth()[0]
            held = place >= 0 and next(self._sequence(list(inner), 0, text, place), None) is not None
            if held == (op is c.ASSERT):
                yield at
        elif at < len(text) and self._is(op, value, text[at]):
            yield at + 1

    def _repeated(self, least: int, most: int, inner: Any, text: str, at: int) -> Iterator[int]:
        items = list(inner)
        if len(items) == 1 and items[0][0] in (c.IN, c.LITERAL, c.NOT_LITERAL, c.ANY):
            end = at
            while end < len(text) and end - at < most and self._is(*items[0], text[end]):
                end += 1
            self._count[0] += end - at
            for stop in range(end, at + least - 1, -1):
                self._count[0] += 1
                yield stop
            return
        if most > 0:
            for end in self._sequence(items, 0, text, at):
                if end > at:
                    yield from self._repeated(max(least - 1, 0), most - 1, inner, text, end)
        if least <= 0:
            yield at

    def _is(self, op: Any, value: Any, char: str) -> bool:
        if self._fold:
            char = char.lower()
        if op is c.LITERAL:
            return ord(char) == value
        if op is c.NOT_LITERAL:
            return ord(char) != value
        if op is c.ANY:
            return True
        if op is c.RANGE:
            return value[0] <= ord(char) <= value[1]
        if op is c.CATEGORY:
            return _category(value, char)
        assert op is c.IN, op
        negated = value[0][0] is c.NEGATE
        return negated != any(self._is(*item, char) for item in value[negated:])


def _category(value: Any, char: str) -> bool:
    name = str(value)
    is_word = char == "_" or char.isalnum()
    found = is_word if "WORD" in name else bool((_SPACE if "SPACE" in name else _DIGIT).match(char))
    return found != ("NOT" in name)


def lines(work: Callable[[], object], *files: str) -> int:
    """Return how many lines of these files run while `work` does."""
    count = 0

    def local(frame: Any, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return local

    def entered(frame: Any, event: str, _: Any) -> Any:
        return local if frame.f_code.co_filename in files else None

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
