# SPDX-License-Identifier: Apache-2.0
"""Memory: what an agent, a crew or the application keeps there, finds, changes and forgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import crewai as dialect
from spanwright.instrumentors._dialects.wire import items, string
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors.crewai.seams import Found, Seam
from spanwright.semconv import names as n
from spanwright.semconv.model import Content, Document, Memory

if TYPE_CHECKING:
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# A model decides whether what is to be remembered is new, or changes what is there. Many are kept in the background.
METHODS = {
    "remember": n.OperationName.UPSERT_MEMORY,
    "_background_encode_batch": n.OperationName.UPSERT_MEMORY,
    "recall": n.OperationName.SEARCH_MEMORY,
    "update": n.OperationName.UPDATE_MEMORY,
    "forget": n.OperationName.DELETE_MEMORY,
}


class Memories(Seam):
    """The seam of one method of `Memory`; its asynchronous twins call it."""

    def __init__(self, telemetry: Telemetry, operation: str) -> None:
        super().__init__(telemetry)
        self._operation = operation

    def find(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        """Return the operation."""
        del instance
        subject = Memory(self._operation, in_process=True)
        if self._operation == n.OperationName.SEARCH_MEMORY:
            return Found(subject, lambda: Content(query=dialect.query(_sought(*args, **kwargs))))
        if self._operation == n.OperationName.UPSERT_MEMORY:
            kept = _kept(*args, **kwargs)
            subject.record_count = len(kept)
            return Found(subject, lambda: Content(documents=_documents(kept)))
        if self._operation == n.OperationName.UPDATE_MEMORY:
            key, text = _changed(*args, **kwargs)
            subject.record_id = string(key)
            return Found(subject, lambda: Content(documents=_documents([text])))
        subject.record_count = len(items(kwargs.get("record_ids"))) or None
        return Found(subject)

    def returned(self, operation: Operation, value: Any) -> Any:
        """Count what was found, and end."""
        subject = operation.subject
        if isinstance(subject, Memory) and self._operation == n.OperationName.SEARCH_MEMORY:
            subject.record_count = guard(len, items(value))
        super().returned(operation, value)

    def take(self, operation: Operation, value: Any) -> None:
        """Take what was found."""
        if self._operation == n.OperationName.SEARCH_MEMORY:
            operation.content().documents = dialect.memories(value)


def _sought(query: Any = None, *_: Any, **__: Any) -> Any:
    return query


def _kept(content: Any = None, *_: Any, contents: Any = None, **__: Any) -> list[Any]:
    given = content if contents is None else contents
    return [given] if isinstance(given, str) else list(items(given))


def _changed(record_id: Any = None, content: Any = None, *_: Any, **__: Any) -> tuple[Any, Any]:
    return record_id, content


def _documents(texts: list[Any]) -> list[Document] | None:
    return [Document(content=each) for each in texts if isinstance(each, str)] or None
