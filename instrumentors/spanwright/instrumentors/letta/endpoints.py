# SPDX-License-Identifier: Apache-2.0
"""The endpoints of Letta's API by which an agent is told something and answers, and those of memories."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import letta_messages as dialect
from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._families.servers import Servers
from spanwright.instrumentors.letta import memories
from spanwright.semconv import names as n
from spanwright.semconv.model import AgentRun, Memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.stainless import Found
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.semconv.model import Message, Response

# Messages in the background are answered later, and others are of no agent: they are no operation.
_PATH = re.compile(r"/v1/(agents|conversations)/([^/?]+)/messages(?:/stream)?/?")
_AGENTS = "agents"


class LettaEndpoints:
    """Finds the agent or the conversation in the path."""

    def __init__(self, provider: str) -> None:
        self._servers = Servers(provider)

    def find(self, client: Any, method: str, path: str, body: dict[str, Any]) -> Found | None:
        """Return subject, reader and content reader of a call, or None when it is neither of these."""
        server = self._servers.of(client, client.base_url)
        told = _PATH.fullmatch(path) if method == "post" else None
        if told is None:
            return memories.find(method, path, body, server)
        kind, identity = told.groups()
        subject = AgentRun(
            id=identity if kind == _AGENTS else string(body.get("agent_id")),
            provider=server.provider,
            request=dialect.request(body),
            conversation_id=identity if kind != _AGENTS else None,
            address=server.address,
            port=server.port,
            remote=True,
        )
        return subject, _ANSWERS, lambda: dialect.content(body)

    def answered(self, operation: Operation) -> None:
        """Have an attribute told that was not known at the start: what a new store is called."""
        subject = operation.subject
        if isinstance(subject, Memory) and subject.operation == n.OperationName.CREATE_MEMORY_STORE:
            operation.changed = True


class _Answers:
    """Reads the answers of agents."""

    __slots__ = ()

    def response(self, value: Any) -> Response:
        """Read the facts."""
        return dialect.response(value)

    def output(self, value: Any) -> Sequence[Message]:
        """Read what is said."""
        return dialect.output(value)

    def chunks(self, *, content: bool) -> dialect.Chunks:
        """Return a keeper of a stream."""
        return dialect.Chunks(content=content)


_ANSWERS = _Answers()
