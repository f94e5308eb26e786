# SPDX-License-Identifier: Apache-2.0
"""Whom a language model asks: `provider/model`, and an address if the application gave one."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects import dspy as dialect
from spanwright.instrumentors._dialects.litellm_names import named
from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._families.servers import Servers
from spanwright.instrumentors._kernel.reading import Ignored
from spanwright.semconv import names as n
from spanwright.semconv.model import Inference

_SERVERS = Servers("")
_OPERATIONS = {"text": n.OperationName.TEXT_COMPLETION}


def inference(body: dict[str, Any], kind: str | None, asked: Any = None) -> Inference:
    """Return the subject of a call; `body` is it in OpenAI's words."""
    request = dialect.request(body, asked)
    name = string(body.get("model")) or ""
    prefix, slash, model = name.partition("/")
    request.model = (model if slash else name) or None
    address, port = None, None
    base = string(body.get("api_base")) or string(body.get("base_url"))
    if base is not None:
        server = _SERVERS.of(None, base)
        address, port = server.address, server.port
    provider = named(prefix if slash else None, address)
    return Inference(
        _OPERATIONS.get(kind or "", n.OperationName.CHAT),
        None if not slash and address is None else provider,
        request,
        address=address,
        port=port,
    )


class Answers:
    """Reads the answers of language models of one kind: chat, text or responses."""

    __slots__ = ("_kind",)

    def __init__(self, kind: str | None) -> None:
        self._kind = kind

    def response(self, value: Any) -> Any:
        """Read the facts."""
        return dialect.response(value, self._kind) if value is not None else None

    def output(self, value: Any) -> Any:
        """Read the messages."""
        return dialect.output(value, self._kind) if value is not None else ()

    def chunks(self, *, content: bool) -> Ignored:
        """Return a keeper of chunks."""
        return Ignored(content=content)
