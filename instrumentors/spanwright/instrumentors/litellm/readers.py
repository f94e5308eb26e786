# SPDX-License-Identifier: Apache-2.0
"""Readers of what no dialect can read alone: a stream whose chunks the library keeps, and a new order of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import rerank
from spanwright.instrumentors._dialects.litellm_chat import Counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._kernel.reading import Chunks, Reader
    from spanwright.semconv.model import Message, Response, Retrieval


class Kept:
    """Reads a stream as `reader` does, with the token counts of the library's own list of its chunks."""

    __slots__ = ("_kept", "_reader", "output", "response")

    def __init__(self, reader: Reader, kept: list[Any]) -> None:
        self._reader = reader
        self._kept = kept
        self.response = reader.response
        self.output = reader.output

    def chunks(self, *, content: bool) -> Chunks:
        """Return a new keeper of chunks."""
        return Counted(self._reader.chunks(content=content), self._kept)


class Ranked:
    """Reads the documents of a request in the order of the answer."""

    __slots__ = ("_body", "_subject")

    def __init__(self, subject: Retrieval, body: dict[str, Any]) -> None:
        self._subject = subject
        self._body = body

    def response(self, value: Any) -> Response | None:
        """Return nothing: the conventions have no place for the facts of a reranking."""
        del value

    def output(self, value: Any) -> Sequence[Message]:
        """Keep the documents as content."""
        if self._subject.content is not None:
            self._subject.content.documents = rerank.documents(self._body, value)
        return ()

    def chunks(self, *, content: bool) -> Chunks:
        """Never called: a reranking is not streamed."""
        raise NotImplementedError
