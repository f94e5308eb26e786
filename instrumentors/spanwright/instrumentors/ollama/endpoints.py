# SPDX-License-Identifier: Apache-2.0
"""The endpoints of Ollama's API that are GenAI operations, and what each of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import ollama_chat, ollama_embed, ollama_generate
from spanwright.instrumentors._dialects.wire import fields
from spanwright.instrumentors._families.servers import Servers
from spanwright.instrumentors._families.stainless import DialectReader
from spanwright.semconv import names as n
from spanwright.semconv.model import Embeddings, Inference

if TYPE_CHECKING:
    from spanwright.instrumentors._families.methods import Found

_PROVIDER = "ollama"


def _reader(dialect: Any) -> DialectReader:
    return DialectReader(dialect, refined=False)


# Path -> operation, reader. Whatever is not here (models, web search, ...) is no GenAI operation.
_POSTS = {
    "/api/chat": (n.OperationName.CHAT, _reader(ollama_chat)),
    "/api/generate": (n.OperationName.TEXT_COMPLETION, _reader(ollama_generate)),
    "/api/embed": (n.OperationName.EMBEDDINGS, _reader(ollama_embed)),
    "/api/embeddings": (n.OperationName.EMBEDDINGS, _reader(ollama_embed)),
}


class OllamaEndpoints:
    """Finds the operation of a call, and the server from the client that makes this very call."""

    def __init__(self) -> None:
        self._servers = Servers(_PROVIDER, lambda _: _PROVIDER)

    def find(self, client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Found | None:
        """Return subject, reader and content reader of the call, or None when it is no GenAI operation."""
        path, body = _sent(*args, **kwargs)
        if path not in _POSTS:
            return None
        operation, reader = _POSTS[path]
        # What other hosts speak this protocol serve Ollama's models all the same.
        server = self._servers.of(client, client._client.base_url)  # noqa: SLF001 - the SDK tells it nowhere else
        request = reader.request(body)
        if operation == n.OperationName.EMBEDDINGS:
            return (
                Embeddings(
                    provider=server.provider, request=request, address=server.address, port=server.port
                ),
                reader,
                None,
            )
        subject = Inference(operation, server.provider, request, None, server.address, server.port)
        return subject, reader, lambda: reader.content(body)


def streams(client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Tell whether the call is a GenAI operation that returns a generator."""
    del client
    return bool(kwargs.get("stream")) and _sent(*args, **kwargs)[0] in _POSTS


def _sent(cls: Any, method: Any, path: Any, *, json: Any = None, **_: Any) -> tuple[str, dict[str, Any]]:
    """Bind `_request(cls, method, path, *, json, stream)`."""
    del cls
    return (path if method == "POST" and isinstance(path, str) else ""), fields(json)
