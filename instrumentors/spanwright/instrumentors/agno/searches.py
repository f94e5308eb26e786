# SPDX-License-Identifier: Apache-2.0
"""Searches in an agent's knowledge; a vector store that is traced itself adds what it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import agno as dialect
from spanwright.instrumentors._dialects.wire import items, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel.reading import NOTHING
from spanwright.semconv.model import Content, Retrieval

if TYPE_CHECKING:
    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class Searches(Method):
    """The seam of `Knowledge.search(query, max_results=None)`."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_search)

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the search."""
        if operation.capturing:
            operation.content().documents = [dialect.document(each) for each in items(value)]
        operation.finish()

    def _find_search(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        return self._read(instance, *args, **kwargs)

    def _read(self, knowledge: Any, query: Any = None, max_results: Any = None, *_: Any, **__: Any) -> Found:
        subject = Retrieval(
            data_source_id=string(getattr(knowledge, "name", None)),
            top_k=max_results or getattr(knowledge, "max_results", None),
        )
        return subject, NOTHING, lambda: Content(query=string(query))
