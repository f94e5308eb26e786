# SPDX-License-Identifier: Apache-2.0
"""Readers of the answers of watsonx.ai, which the SDK returns as the JSON that came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spanwright.semconv.model import Content, Message, Request, Response


class Reader:
    """Reads what one dialect tells; `kept` makes a keeper of chunks."""

    __slots__ = ("_dialect", "_kept")

    def __init__(self, dialect: Any, kept: Callable[..., Any]) -> None:
        self._dialect = dialect
        self._kept = kept

    def request(self, body: dict[str, Any]) -> Request:
        """Return what was asked for."""
        return self._dialect.request(body)

    def content(self, body: dict[str, Any]) -> Content:
        """Return the sensitive part of what was asked for."""
        return self._dialect.content(body)

    def response(self, value: Any) -> Response:
        """Return the facts of an answer."""
        return self._dialect.response(value)

    def output(self, value: Any) -> Sequence[Message]:
        """Return the messages of an answer."""
        return self._dialect.output(value)

    def chunks(self, *, content: bool) -> Any:
        """Return a new keeper of chunks."""
        return self._kept(content=content)
