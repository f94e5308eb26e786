# SPDX-License-Identifier: Apache-2.0
"""The endpoints of Letta's API by which an application keeps and finds memories itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import letta_memories as dialect
from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._kernel.reading import Ignored
from spanwright.semconv import names as n
from spanwright.semconv.model import Memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.servers import Server
    from spanwright.instrumentors._families.stainless import Found
    from spanwright.instrumentors._kernel.reading import Chunks
    from spanwright.semconv.model import Message, Response

_ONE = "(?P<record>[^/]+)"
_ARCHIVES = "/v1/archives/(?P<store>[^/]+)"
_ARCHIVAL = "/v1/agents/[^/]+/archival-memory"
_BLOCKS = "/v1(?:/agents/[^/]+/core-memory)?/blocks"
_ROUTES = [
    (method, re.compile(f"{path}/?"), operation)
    for method, path, operation in (
        ("post", "/v1/archives", n.OperationName.CREATE_MEMORY_STORE),
        ("delete", _ARCHIVES, n.OperationName.DELETE_MEMORY_STORE),
        ("post", f"{_ARCHIVES}/passages(?:/batch)?", n.OperationName.CREATE_MEMORY),
        ("delete", f"{_ARCHIVES}/passages/{_ONE}", n.OperationName.DELETE_MEMORY),
        ("post", "/v1/passages/search", n.OperationName.SEARCH_MEMORY),
        ("post", _ARCHIVAL, n.OperationName.CREATE_MEMORY),
        ("get", f"{_ARCHIVAL}(?:/search)?", n.OperationName.SEARCH_MEMORY),
        ("delete", f"{_ARCHIVAL}/{_ONE}", n.OperationName.DELETE_MEMORY),
        ("post", _BLOCKS, n.OperationName.CREATE_MEMORY),
        ("get", f"{_BLOCKS}/{_ONE}", n.OperationName.SEARCH_MEMORY),
        ("patch", f"{_BLOCKS}/{_ONE}", n.OperationName.UPDATE_MEMORY),
        ("delete", f"{_BLOCKS}/{_ONE}", n.OperationName.DELETE_MEMORY),
    )
]


def find(method: str, path: str, body: dict[str, Any], server: Server) -> Found | None:
    """Return subject, reader and content reader of a call that is about memories, else None."""
    for known, pattern, operation in _ROUTES:
        told = pattern.fullmatch(path) if known == method else None
        if told is None:
            continue
        named = told.groupdict()
        subject = Memory(
            operation,
            provider=server.provider,
            store_id=named.get("store") or string(body.get("archive_id")),
            record_id=named.get("record"),
            address=server.address,
            port=server.port,
        )
        if operation == n.OperationName.CREATE_MEMORY:
            subject.record_count = dialect.number(body)
        return subject, _Records(subject), lambda: dialect.given(body)
    return None


class _Records:
    """Reads the memories of an answer."""

    __slots__ = ("_subject",)

    def __init__(self, subject: Memory) -> None:
        self._subject = subject

    def response(self, value: Any) -> Response | None:
        """Count what was found, and note what a new store is called."""
        subject = self._subject
        if subject.operation == n.OperationName.SEARCH_MEMORY:
            subject.record_count = len(dialect.found(value))
        elif subject.operation == n.OperationName.CREATE_MEMORY_STORE:
            subject.store_id = dialect.identity(value)

    def output(self, value: Any) -> Sequence[Message]:
        """Keep what was found as content."""
        content = self._subject.content
        if content is not None and self._subject.operation == n.OperationName.SEARCH_MEMORY:
            content.documents = dialect.documents(value)
        return ()

    def chunks(self, *, content: bool) -> Chunks:
        """Return a keeper of nothing: memories are not streamed."""
        return Ignored(content=content)
