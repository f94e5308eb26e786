# SPDX-License-Identifier: Apache-2.0
"""The whole of OpenAI's API, which its SDK speaks and those that carry a copy of it: what is a GenAI operation there."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import openai_media, openai_responses
from spanwright.instrumentors._dialects.wire import get, items, string
from spanwright.instrumentors._families.endpoints import (
    AUDIO,
    CHAT,
    COMPLETIONS,
    EMBEDDINGS,
    IMAGES,
    PostEndpoints,
)
from spanwright.instrumentors._families.ranking import DocumentsReader
from spanwright.instrumentors._kernel.guard import guard
from spanwright.semconv import names as n
from spanwright.semconv import points
from spanwright.semconv.model import Content, Document, FetchResponse, Inference, Response, Retrieval

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._families.stainless import Dialect, Found
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# POST path -> operation, dialect.
_POSTS: dict[str, tuple[str, Dialect]] = {
    **CHAT,
    **COMPLETIONS,
    **EMBEDDINGS,
    **IMAGES,
    **AUDIO,
    "/responses": (n.OperationName.CHAT, openai_responses),
    "/responses/compact": (n.OperationName.CHAT, openai_responses),
    "/images/edits": (n.OperationName.GENERATE_CONTENT, openai_media),
    "/images/variations": (n.OperationName.GENERATE_CONTENT, openai_media),
    # No operation of the conventions is a classification; their enum is open.
    "/moderations": ("moderation", openai_media),
}
_PENDING = ("queued", "in_progress")
_POLLED_AT_MOST = 1_000


class OpenAIEndpoints(PostEndpoints):
    """The table, and what is no POST of it: stored responses and searches of vector stores."""

    def __init__(
        self, telemetry: Telemetry, provider: str, *, named: Callable[[Any], str | None] | None = None
    ) -> None:
        super().__init__(provider, _POSTS, named=named)
        self._telemetry = telemetry
        # Background responses whose usage is not known yet, by response id: the polling that sees the end counts it.
        self._background: OrderedDict[str, Inference] = OrderedDict()

    def found(self, client: Any, method: str, path: str, body: dict[str, Any]) -> Found | None:
        """Return what a call outside of the table is."""
        if path.startswith("/responses/"):
            return self._fetched(client, method, path, body)
        if method == "post" and path.startswith("/vector_stores/") and path.endswith("/search"):
            return self._searched(client, path, body)
        return None

    def answered(self, operation: Operation) -> None:
        """Count the usage of a background response once: at its end, by whichever call sees it."""
        subject = operation.subject
        response: Response | None = getattr(subject, "response", None)
        if response is None or response.status is None or not isinstance(response.id, str):
            return
        if isinstance(subject, Inference):
            if response.status in _PENDING:
                self._background[response.id] = subject
                if len(self._background) > _POLLED_AT_MOST:
                    self._background.popitem(last=False)
        elif isinstance(subject, FetchResponse) and response.status not in _PENDING:
            started = self._background.pop(response.id, None)
            if started is not None and response.usage is not None:
                started.response = response
                profile = self._telemetry.settings.metrics
                for name, value, labels in points.tokens(started, profile):
                    guard(self._telemetry.record, name, value, labels, operation.context)
                if (extras := self._telemetry.extras) is not None:
                    guard(extras.count, self._telemetry, started, operation.started, operation.context)

    def _fetched(self, client: Any, method: str, path: str, query: dict[str, Any]) -> Found | None:
        """Retrieving and cancelling are no inference: no usage, no input."""
        _, _, rest = path.partition("/responses/")
        fetched, _, action = rest.partition("/")
        if (method, action) not in (("get", ""), ("post", "cancel")):
            return None
        server = self.server(client)
        provider, address, port = server.provider, server.address, server.port
        extra = {n.OPENAI_API_TYPE: n.OpenaiApiType.RESPONSES} if self.refined(server) else None
        after = query.get("starting_after")
        subject = FetchResponse(
            provider=provider,
            response_id=fetched,
            stream_cursor=str(after) if isinstance(after, (int, str)) else None,
            address=address,
            port=port,
            extra=extra,
        )
        return subject, self.reader("/responses", server), None

    def _searched(self, client: Any, path: str, body: dict[str, Any]) -> Found:
        server = self.server(client)
        provider, address, port = server.provider, server.address, server.port
        query = body.get("query")
        subject = Retrieval(
            provider=provider,
            data_source_id=path.split("/")[2],
            top_k=body.get("max_num_results"),
            address=address,
            port=port,
        )
        return subject, DocumentsReader(subject, _documents), lambda: Content(query=_query(query))


def _documents(value: Any) -> list[Document]:
    """Read the page of documents that a vector store found."""
    return [
        Document(
            id=string(get(each, "file_id")),
            score=get(each, "score"),
            content="\n".join(t for p in items(get(each, "content")) if (t := string(get(p, "text"))))
            or None,
        )
        for each in items(get(value, "data"))
    ]


def _query(value: Any) -> str | None:
    return string(value) or "\n".join(each for each in items(value) if isinstance(each, str)) or None
