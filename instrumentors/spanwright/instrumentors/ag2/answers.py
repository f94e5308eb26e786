# SPDX-License-Identifier: Apache-2.0
"""The readers of what is answered, always whole: AG2 tells chunks elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import ag2_events as dialect

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spanwright.semconv.model import Message, Response


class Said:
    """Reads the message of an answer by `read`; of what has no message by nothing."""

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[Any], Sequence[Message]] | None = None) -> None:
        self._read = read

    def response(self, value: Any) -> Response | None:
        """Return nothing: the facts are those of the model calls."""
        del value

    def output(self, value: Any) -> Sequence[Message]:
        """Read the message."""
        return self._read(value) if self._read is not None else ()

    def chunks(self, *, content: bool) -> Said:
        """Return itself."""
        del content
        return self

    def add(self, chunk: Any) -> None:
        """Take nothing."""

    def value(self) -> Any:
        """Return nothing."""
        return None


class Answers(Said):
    """Reads a model's answer with its facts."""

    __slots__ = ("_provider",)

    def __init__(self, provider: str | None) -> None:
        super().__init__(dialect.output)
        self._provider = provider

    def response(self, value: Any) -> Response:
        """Read the facts."""
        return dialect.response(value, self._provider)
