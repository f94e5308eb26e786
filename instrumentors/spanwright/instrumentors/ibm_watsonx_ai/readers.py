# SPDX-License-Identifier: Apache-2.0
"""Readers of the answers of watsonx.ai, which the SDK returns as the JSON that came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import rerank, watsonx_text
from spanwright.instrumentors._dialects.wire import fields, get, items

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spanwright.semconv.model import Content, Message, Request, Response, Retrieval


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


class Documents:
    """Reads the answer of a reranking, whose documents are content."""

    __slots__ = ("_body", "_subject")

    def __init__(self, body: dict[str, Any], subject: Retrieval) -> None:
        self._body = body
        self._subject = subject

    def response(self, value: Any) -> Response:
        """Return the facts of an answer."""
        return watsonx_text.response(value)

    def output(self, value: Any) -> Sequence[Message]:
        """Keep the documents as content."""
        if self._subject.content is not None:
            told = [
                {**fields(each), "relevance_score": get(each, "score")}
                for each in items(get(value, "results"))
            ]
            self._subject.content.documents = rerank.documents(self._body, {"results": told})
        return ()

    def chunks(self, *, content: bool) -> Any:
        """Never called: it is not streamed."""
        raise NotImplementedError
