# SPDX-License-Identifier: Apache-2.0
"""The reader of what answers nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.semconv.model import Message, Response


class Nothing:
    """Reads nothing."""

    __slots__ = ()

    def response(self, value: Any) -> Response | None:
        """Return nothing."""
        del value

    def output(self, value: Any) -> Sequence[Message]:
        """Return nothing."""
        del value
        return ()

    def chunks(self, *, content: bool) -> Nothing:
        """Return itself."""
        del content
        return self

    def add(self, chunk: Any) -> None:
        """Take nothing."""

    def value(self) -> Any:
        """Return nothing."""
        return None
