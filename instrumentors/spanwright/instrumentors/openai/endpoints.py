# SPDX-License-Identifier: Apache-2.0
"""The endpoints of OpenAI's API that are GenAI operations, and what each of them is."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import (
    openai_chat,
    openai_completions,
    openai_embeddings,
    openai_media,
    openai_responses,
)
from spanwright.instrumentors._dialects.wire import get, items, string
from spanwright.instrumentors._families.servers import Servers
from spanwright.instrumentors._families.stainless import DialectReader
from spanwright.instrumentors._kernel.guard import guard
from spanwright.semconv import names as n
from spanwright.semconv import points
from spanwright.semconv.model import (
    Content,
    Document,
    Embeddings,
    FetchResponse,
    Inference,
    Message,
    Response,
    Retrieval,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.servers import Server
    from spanwright.instrumentors._families.stainless import Dialect, Found
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.reading import Chunks
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# POST path -> operation, dialect. Whatever is not here (files, models, batches, ...) is no GenAI operation.
_POSTS: dict[str, tuple[str, Dialect]] = {
    "/chat/completions": (n.OperationName.CHAT, openai_chat),
    "/completions": (n.OperationName.TEXT_COMPLETION, openai_completions),
    "/responses": (n.OperationName.CHAT, openai_responses),
    "/responses/compact": (n.OperationName.CHAT, openai_responses),
    "/embeddings": (n.OperationName.EMBEDDINGS, openai_embeddings),
    "/images/generations": (n.OperationName.GENERATE_CONTENT, openai_media),
    "/images/edits": (n.OperationName.GENERATE_CONTENT, openai_media),
    "/images/variations": (n.OperationName.GENERATE_CONTENT, openai_media),
    "/audio/speech": (n.OperationName.GENERATE_CONTENT, openai_media),
    "/audio/transcriptions": (n.OperationName.GENERATE_CONTENT, openai_media),
    "/audio/translations": (n.OperationName.GENERATE_CONTENT, openai_media),
    # No operation of the conventions is a classification; their enum is open.
    "/moderations": ("moderation", openai_media),
}
_REFINED = frozenset({n.ProviderName.OPENAI, n.ProviderName.AZURE_AI_OPENAI})
_PENDING = ("queued", "in_progress")
_POLLED_AT_MOST = 1_000


class OpenAIEndpoints:
    """Finds the operation of a call, and the server from the client that makes this very call."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._servers = Servers(n.ProviderName.OPENAI, _named)
        self._readers = {
            (path, refined): DialectReader(dialect, refined=refined)
            for path, (_, dialect) in _POSTS.items()
            for refined in (False, True)
        }
        # Background responses whose usage is not known yet, by response id: the polling that sees the end counts it.
        self._background: OrderedDict[str, Inference] = OrderedDict()

    def find(self, client: Any, method: str, path: str, body: dict[str, Any]) -> Found | None:
        """Return subject, reader and content reader of the call, or None when it is no GenAI operation."""
        # The beta resources carry a query in their paths, and applications that post by hand may leave the slash out.
        path = path.partition("?")[0]
        if path[:1] != "/":
            path = f"/{path}"
        if method == "post" and path in _POSTS:
            return self._posted(client, path, body)
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

    def _posted(self, client: Any, path: str, body: dict[str, Any]) -> Found:
        server = self._server(client)
        provider, address, port = server.provider, server.address, server.port
        operation, _ = _POSTS[path]
        reader = self._readers[path, provider in _REFINED]
        request = reader.request(body)
        if operation == n.OperationName.EMBEDDINGS:
            return Embeddings(provider=provider, request=request, address=address, port=port), reader, None
        subject = Inference(operation, provider, request, None, address, port)
        if path.startswith("/responses"):
            subject.conversation_id = openai_responses.conversation(body)
        elif (kind := openai_media.OUTPUT_TYPES.get(path.rpartition("/")[2])) is not None:
            request.output_type = kind
        return subject, reader, lambda: reader.content(body)

    def _fetched(self, client: Any, method: str, path: str, query: dict[str, Any]) -> Found | None:
        """Retrieving and cancelling are no inference: no usage, no input."""
        _, _, rest = path.partition("/responses/")
        fetched, _, action = rest.partition("/")
        if (method, action) not in (("get", ""), ("post", "cancel")):
            return None
        server = self._server(client)
        provider, address, port = server.provider, server.address, server.port
        extra = {n.OPENAI_API_TYPE: n.OpenaiApiType.RESPONSES} if provider in _REFINED else None
        after = query.get("starting_after")
        subject = FetchResponse(
            provider=provider,
            response_id=fetched,
            stream_cursor=str(after) if isinstance(after, (int, str)) else None,
            address=address,
            port=port,
            extra=extra,
        )
        return subject, self._readers["/responses", provider in _REFINED], None

    def _searched(self, client: Any, path: str, body: dict[str, Any]) -> Found:
        server = self._server(client)
        provider, address, port = server.provider, server.address, server.port
        query = body.get("query")
        subject = Retrieval(
            provider=provider,
            data_source_id=path.split("/")[2],
            top_k=body.get("max_num_results"),
            address=address,
            port=port,
        )
        return subject, SearchReader(subject), lambda: Content(query=_query(query))

    def _server(self, client: Any) -> Server:
        # The private field where there is one: the property of openai 3 costs more than the whole look-up.
        return self._servers.of(client, getattr(client, "_base_url", None) or client.base_url)


def _named(client: Any) -> str | None:
    """Tell Azure by the client: its addresses may be anyone's."""
    azure = any(base.__name__ == "BaseAzureClient" for base in type(client).__mro__)
    return n.ProviderName.AZURE_AI_OPENAI if azure else None


class SearchReader:
    """Reads the page of documents that a vector store found."""

    __slots__ = ("_subject",)

    def __init__(self, subject: Retrieval) -> None:
        self._subject = subject

    def response(self, value: Any) -> Response | None:
        """Return nothing: a search has no facts of its own."""
        del value

    def output(self, value: Any) -> Sequence[Message]:
        """Keep the documents as content."""
        content = self._subject.content
        if content is not None:
            content.documents = [
                Document(
                    id=string(get(each, "file_id")),
                    score=get(each, "score"),
                    content="\n".join(t for p in items(get(each, "content")) if (t := string(get(p, "text"))))
                    or None,
                )
                for each in items(get(value, "data"))
            ]
        return ()

    def chunks(self, *, content: bool) -> Chunks:
        """Never called: a search is not streamed."""
        raise NotImplementedError


def _query(value: Any) -> str | None:
    return string(value) or "\n".join(each for each in items(value) if isinstance(each, str)) or None
