# SPDX-License-Identifier: Apache-2.0
"""Searches and rerankings, a reranking told alike of every client: a search whose documents the caller brings along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import rerank
from spanwright.semconv.model import Retrieval

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spanwright.instrumentors._kernel.reading import Chunks, Reader
    from spanwright.semconv.model import Content, Document, Message, Response

    Ranked = tuple[Retrieval, Reader, Callable[[], Content]]


def ranked(
    body: dict[str, Any],
    provider: str | None,
    address: str | None,
    port: int | None,
    told: Callable[[Any], Any] | None = None,
) -> Ranked:
    """Return subject, reader and content reader of a reranking.

    `told` returns what Cohere's API would have answered, where the client's answers hold it in something else.
    """
    subject = Retrieval(
        rerank.OPERATION, provider, rerank.request(body), None, rerank.top(body), address, port
    )

    def documents(value: Any) -> list[Document]:
        return rerank.documents(body, value if told is None else told(value))

    return subject, DocumentsReader(subject, documents), lambda: rerank.content(body)


class DocumentsReader:
    """Reads the documents of an answer, of a search or of a ranking, by a dialect's function."""

    __slots__ = ("_documents", "_subject")

    def __init__(self, subject: Retrieval, documents: Callable[[Any], list[Document]]) -> None:
        self._subject = subject
        self._documents = documents

    def response(self, value: Any) -> Response | None:
        """Return nothing: a search has no facts of its own."""
        del value

    def output(self, value: Any) -> Sequence[Message]:
        """Keep the documents as content."""
        content = self._subject.content
        if content is not None:
            content.documents = self._documents(value)
        return ()

    def chunks(self, *, content: bool) -> Chunks:
        """Never called: documents are not streamed."""
        raise NotImplementedError
