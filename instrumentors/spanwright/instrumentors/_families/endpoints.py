# SPDX-License-Identifier: Apache-2.0
"""The POST endpoints of an SDK that speaks OpenAI's protocol, or parts of it: which operation each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import (
    anthropic_messages,
    openai_chat,
    openai_completions,
    openai_embeddings,
    openai_media,
)
from spanwright.instrumentors._families.ranking import ranked
from spanwright.instrumentors._families.servers import Servers
from spanwright.instrumentors._families.stainless import DialectReader
from spanwright.semconv import names as n
from spanwright.semconv.model import Embeddings, Inference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spanwright.instrumentors._families.servers import Server
    from spanwright.instrumentors._families.stainless import Dialect, Found
    from spanwright.instrumentors._kernel.operation import Operation

    Posts = Mapping[str, tuple[str, Dialect]]

# The endpoints that many SDKs have, by path.
CHAT: Posts = {"/chat/completions": (n.OperationName.CHAT, openai_chat)}
COMPLETIONS: Posts = {"/completions": (n.OperationName.TEXT_COMPLETION, openai_completions)}
EMBEDDINGS: Posts = {"/embeddings": (n.OperationName.EMBEDDINGS, openai_embeddings)}
IMAGES: Posts = {"/images/generations": (n.OperationName.GENERATE_CONTENT, openai_media)}
AUDIO: Posts = {
    "/audio/speech": (n.OperationName.GENERATE_CONTENT, openai_media),
    "/audio/transcriptions": (n.OperationName.GENERATE_CONTENT, openai_media),
    "/audio/translations": (n.OperationName.GENERATE_CONTENT, openai_media),
}
# As Anthropic speaks it.
MESSAGES: Posts = {"/messages": (n.OperationName.CHAT, anthropic_messages)}
GROUPS = {
    "chat": CHAT,
    "completions": COMPLETIONS,
    "embeddings": EMBEDDINGS,
    "images": IMAGES,
    "audio": AUDIO,
    "messages": MESSAGES,
}
_REFINED = frozenset({n.ProviderName.OPENAI, n.ProviderName.AZURE_AI_OPENAI})
_VERSION = "/v1/"


@dataclass(frozen=True, slots=True)
class _Post:
    """What is known of an endpoint before it is called."""

    operation: str
    plain: DialectReader
    refined: DialectReader
    output_type: str | None
    conversation: Callable[[Any], str | None] | None


class PostEndpoints:
    """Finds the operation of a call in a table, and the server from the client that makes this very call.

    `posts` maps the path after the API's version to operation and dialect; whatever is not there (files, models,
    batches, ...) is no GenAI operation. `provider` is the name at a host that nobody knows; `named` may tell it from
    the client instead.
    """

    def __init__(
        self, provider: str, posts: Posts, *, named: Callable[[Any], str | None] | None = None
    ) -> None:
        self._servers = Servers(provider, named)
        self._posts = {path: _known(path, *told) for path, told in posts.items()}

    def find(self, client: Any, method: str, path: str, body: dict[str, Any]) -> Found | None:
        """Return subject, reader and content reader of the call, or None when it is no GenAI operation."""
        if path not in self._posts:
            path = _relative(path)
        if method == "post" and path in self._posts:
            return self.posted(client, path, body)
        return self.found(client, method, path, body)

    def found(self, client: Any, method: str, path: str, body: dict[str, Any]) -> Found | None:
        """Return the same of a call that the table does not have."""
        del client, method, path, body
        return None

    def ranked(self, client: Any, body: dict[str, Any]) -> Found:
        """Return what a ranking is: a search whose documents the caller brings along."""
        server = self.server(client)
        return ranked(body, server.provider, server.address, server.port)

    def answered(self, operation: Operation) -> None:
        """Take note of an operation that has its answer: nothing outlives it here."""

    def server(self, client: Any) -> Server:
        """Return the server that the client asks."""
        # The private field where there is one: the property of openai 3 costs more than the whole look-up.
        return self._servers.of(client, getattr(client, "_base_url", None) or client.base_url)

    def refined(self, server: Server) -> bool:
        """Tell whether OpenAI's own conventions hold for this server."""
        return server.provider in _REFINED

    def reader(self, path: str, server: Server) -> DialectReader:
        """Return the reader of an endpoint of the table."""
        post = self._posts[path]
        return post.refined if self.refined(server) else post.plain

    def posted(self, client: Any, path: str, body: dict[str, Any]) -> Found:
        """Return what a call of an endpoint of the table is."""
        post = self._posts[path]
        server = self.server(client)
        provider, address, port = server.provider, server.address, server.port
        reader = post.refined if provider in _REFINED else post.plain
        request = reader.request(body)
        if post.operation == n.OperationName.EMBEDDINGS:
            return Embeddings(provider=provider, request=request, address=address, port=port), reader, None
        subject = Inference(post.operation, provider, request, None, address, port)
        if post.conversation is not None:
            subject.conversation_id = post.conversation(body)
        elif post.output_type is not None:
            request.output_type = post.output_type
        return subject, reader, lambda: reader.content(body)


def _known(path: str, operation: str, dialect: Dialect) -> _Post:
    # By the path's last word, and of the media endpoints alone: no other operation's output follows from its path.
    media = operation == n.OperationName.GENERATE_CONTENT
    return _Post(
        operation,
        DialectReader(dialect, refined=False),
        DialectReader(dialect, refined=True),
        openai_media.OUTPUT_TYPES.get(path.rpartition("/")[2]) if media else None,
        getattr(dialect, "conversation", None),
    )


def _relative(path: str) -> str:
    """Return the path after the API's version, which some SDKs and base addresses have and others leave out.

    Beta resources carry a query in their paths, and applications that post by hand may leave the slash out.
    """
    path = path.partition("?")[0]
    if path[:1] != "/":
        path = f"/{path}"
    _, version, rest = path.partition(_VERSION)
    return f"/{rest}" if version else path
