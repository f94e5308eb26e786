# SPDX-License-Identifier: Apache-2.0
"""What is known of users: memories that a manager makes of what they say, and those that an application keeps itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import agno as dialect
from spanwright.instrumentors._dialects.wire import get, items, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel.reading import NOTHING
from spanwright.semconv import names as n
from spanwright.semconv.model import Content, Document, Memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# Of what is said, a model decides what is new and what changes what is known.
METHODS = {
    "create_user_memories": n.OperationName.UPSERT_MEMORY,
    "acreate_user_memories": n.OperationName.UPSERT_MEMORY,
    "update_memory_task": n.OperationName.UPSERT_MEMORY,
    "aupdate_memory_task": n.OperationName.UPSERT_MEMORY,
    "add_user_memory": n.OperationName.CREATE_MEMORY,
    "replace_user_memory": n.OperationName.UPDATE_MEMORY,
    "get_user_memory": n.OperationName.SEARCH_MEMORY,
    "get_user_memories": n.OperationName.SEARCH_MEMORY,
    "aget_user_memories": n.OperationName.SEARCH_MEMORY,
    "search_user_memories": n.OperationName.SEARCH_MEMORY,
    "delete_user_memory": n.OperationName.DELETE_MEMORY,
    "clear_user_memories": n.OperationName.DELETE_MEMORY,
    "aclear_user_memories": n.OperationName.DELETE_MEMORY,
}
_BY_ID = frozenset(("get_user_memory", "replace_user_memory", "delete_user_memory"))


class Memories(Method):
    """The seam of one method of `MemoryManager`."""

    def __init__(self, telemetry: Telemetry, method: str) -> None:
        super().__init__(telemetry, self._find_memory)
        self._method = method
        self._operation = METHODS[method]

    def returned(self, operation: Operation, value: Any) -> Any:
        """Count what was found, and end."""
        subject = operation.subject
        if isinstance(subject, Memory) and self._operation == n.OperationName.SEARCH_MEMORY:
            found = items(value) or ([] if value is None or isinstance(value, list) else [value])
            subject.record_count = len(found)
            if operation.capturing:
                operation.content().documents = dialect.memories(found)
        operation.finish()

    def _find_memory(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        del instance
        return self._read(*args, **kwargs)

    def _read(self, first: Any = None, second: Any = None, *_: Any, **named: Any) -> Found:
        subject = Memory(self._operation, in_process=True)
        if self._method in _BY_ID:
            subject.record_id = string(named.get("memory_id", first))
        if self._operation in (n.OperationName.CREATE_MEMORY, n.OperationName.UPDATE_MEMORY):
            subject.record_count = 1
        return subject, NOTHING, lambda: self._content(first, second, named)

    def _content(self, first: Any, second: Any, named: Kwargs) -> Content:
        if self._operation == n.OperationName.SEARCH_MEMORY:
            asked = named.get("query", first) if self._method == "search_user_memories" else None
            return Content(query=string(asked))
        if self._operation == n.OperationName.DELETE_MEMORY:
            return Content()
        if self._operation == n.OperationName.UPSERT_MEMORY:
            said = named.get("message", named.get("task", first))
            return Content(documents=_documents(said, named.get("messages", second)))
        kept = named.get("memory", second if self._method in _BY_ID else first)
        return Content(documents=dialect.memories([kept]) or None)


def _documents(said: Any, messages: Any) -> Sequence[Document] | None:
    texts = [said] if said is not None else [get(each, "content") for each in items(messages)]
    return [Document(content=text) for text in texts if isinstance(text, str)] or None
