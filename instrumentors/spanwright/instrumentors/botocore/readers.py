# SPDX-License-Identifier: Apache-2.0
"""The answers of Bedrock's operations, read by a dialect: plain ones, and those that stand partly beside a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from spanwright.instrumentors._dialects.wire import fields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._kernel.reading import Chunks
    from spanwright.semconv.model import Message, Response


class Dialect(Protocol):
    """How the answer of one operation is read; all of `value` is wire-shaped."""

    Chunks: Any

    def response(self, value: Any) -> Response:
        """Read the facts."""
        ...

    def output(self, value: Any) -> list[Message]:
        """Read the content."""
        ...


class Reader:
    """A dialect as the kernel's reader. `place` is the member of the answer that is a stream or an unread body."""

    __slots__ = ("_beside", "_dialect", "place")

    def __init__(self, dialect: Any, place: str | None) -> None:
        self._dialect: Dialect = dialect
        self._beside: dict[str, Any] = {}
        self.place = place

    def opened(self, answer: Any) -> Any:
        """Keep what stands beside the stream or the body, and return that."""
        self._beside = {name: held for name, held in fields(answer).items() if name != self.place}
        return fields(answer).get(self.place or "")

    def response(self, value: Any) -> Response:
        """Read the answer's facts."""
        return self._dialect.response({**self._beside, **fields(value)})

    def output(self, value: Any) -> Sequence[Message]:
        """Read the answer's content."""
        return self._dialect.output(value)

    def chunks(self, *, content: bool) -> Chunks:
        """Return a new keeper of chunks."""
        return self._dialect.Chunks(content=content)
