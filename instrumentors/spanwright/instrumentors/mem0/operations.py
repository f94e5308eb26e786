# SPDX-License-Identifier: Apache-2.0
"""Which operation on memories each method is, where its store is, and what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import mem0_records as dialect
from spanwright.instrumentors._dialects.wire import get, items, string
from spanwright.instrumentors._families.servers import Servers
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.semconv import names as n
from spanwright.semconv.model import Content, Document, Memory

if TYPE_CHECKING:
    from spanwright.instrumentors._kernel.call import Args, Begun, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry

PROVIDER = "mem0"
METHODS = {
    "add": n.OperationName.UPSERT_MEMORY,
    "search": n.OperationName.SEARCH_MEMORY,
    "get": n.OperationName.SEARCH_MEMORY,
    "get_all": n.OperationName.SEARCH_MEMORY,
    "update": n.OperationName.UPDATE_MEMORY,
    "delete": n.OperationName.DELETE_MEMORY,
    "delete_all": n.OperationName.DELETE_MEMORY,
}
BATCHES = {
    "batch_update": n.OperationName.UPDATE_MEMORY,
    "batch_delete": n.OperationName.DELETE_MEMORY,
}
_BY_ID = frozenset(("get", "update", "delete"))
_TELLS = frozenset(("add", "search", "get", "get_all"))


class Method:
    """The seam of one method of the hosted clients or of the stores in this process."""

    def __init__(self, telemetry: Telemetry, method: str, *, hosted: bool) -> None:
        self._telemetry = telemetry
        self._method = method
        self._operation = METHODS.get(method) or BATCHES[method]
        self._hosted = hosted
        self._servers = Servers(PROVIDER, lambda _: PROVIDER)

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Open the operation."""
        first, rest, named = _bound(*args, **kwargs)
        subject = Memory(self._operation, in_process=not self._hosted)
        if self._hosted:
            self._serve(subject, instance)
        else:
            store = get(get(get(instance, "config"), "vector_store"), "config")
            subject.store_id = string(get(store, "collection_name"))
        if self._method in _BY_ID:
            subject.record_id = string(named.get("memory_id", first))
        elif self._method in BATCHES:
            subject.record_count = len(items(named.get("memories", first)))
        elif self._method == "add" and named.get("infer") is False:
            # As it is; else a model decides what becomes of it.
            subject.operation = n.OperationName.CREATE_MEMORY
        operation = open_operation(
            self._telemetry, subject, content=lambda: self._content(first, rest, named)
        )
        return None if operation is None else (operation, args, kwargs)

    def returned(self, operation: Operation, value: Any) -> None:
        """End with what was found or done."""
        subject = operation.subject
        if self._method in _TELLS and isinstance(subject, Memory):
            subject.record_count = dialect.number(value)
            if operation.capturing and (found := dialect.documents(value)) is not None:
                operation.content().documents = found
        operation.finish()

    def _serve(self, subject: Memory, client: Any) -> None:
        server = self._servers.of(client, get(client, "host"))
        subject.provider, subject.address, subject.port = PROVIDER, server.address, server.port

    def _content(self, first: Any, rest: Args, named: Kwargs) -> Content:
        if self._method == "search":
            return Content(query=string(named.get("query", first)))
        if self._method == "add":
            return Content(documents=dialect.given(named.get("messages", first)))
        if self._method == "update":
            options = named.get("options") or next(iter(rest), None)
            text = named.get("text") or named.get("data") or get(options, "text") or options
            key = string(named.get("memory_id", first))
            return Content(documents=[Document(id=key, content=text)] if isinstance(text, str) else None)
        return Content()


def _bound(first: Any = None, *rest: Any, **named: Any) -> tuple[Any, Args, Kwargs]:
    return first, rest, named
