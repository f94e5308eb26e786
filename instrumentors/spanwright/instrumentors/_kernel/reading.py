# SPDX-License-Identifier: Apache-2.0
"""What the engine asks of whoever reads a library's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.semconv.model import Message, Response


class Chunks(Protocol):
    """Keeps what is needed of a stream; a dialect has one."""

    def add(self, chunk: Any) -> None:
        """Take one chunk, in constant time."""
        ...

    def value(self) -> Any:
        """Return what was received, in the shape of an unstreamed answer."""
        ...


class Reader(Protocol):
    """Reads an answer of a library into the model; facts and content apart, so that content can stay unread."""

    def response(self, value: Any) -> Response | None:
        """Return the facts of an answer."""
        ...

    def output(self, value: Any) -> Sequence[Message]:
        """Return the messages of an answer."""
        ...

    def chunks(self, *, content: bool) -> Chunks:
        """Return a new keeper of chunks, which may drop content unless it is asked for."""
        ...


class Ignored:
    """Keeps nothing of a stream: it has no facts, or the library itself puts it together."""

    __slots__ = ()

    def __init__(self, *, content: bool = False) -> None:
        del content

    def add(self, chunk: Any) -> None:
        """Take nothing."""

    def value(self) -> Any:
        """Return nothing."""
        return None


class Nothing:
    """Reads nothing: of an answer without facts, the content of which is no message."""

    __slots__ = ()

    def response(self, value: Any) -> None:
        """Return nothing."""

    def output(self, value: Any) -> Sequence[Message]:
        """Return nothing."""
        del value
        return ()

    def chunks(self, *, content: bool) -> Ignored:
        """Return a keeper of nothing."""
        return Ignored(content=content)


NOTHING = Nothing()
