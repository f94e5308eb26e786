# SPDX-License-Identifier: Apache-2.0
"""Searches: the module that asks the configured retriever, embeddings in memory, and ColBERT's server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import dspy as dialect
from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors.dspy.programs import PROGRAM
from spanwright.semconv.model import Content, Retrieval

if TYPE_CHECKING:
    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class Searches(Method):
    """The seam of `retriever(query, k=None)`."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_search)

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the search."""
        if operation.capturing:
            operation.content().documents = dialect.passages(value)
        operation.finish()

    def _find_search(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        return self._read(instance, *args, **kwargs)

    def _read(
        self, retriever: Any, query: Any = None, k: Any = None, query_or_queries: Any = None, **_: Any
    ) -> Found:
        asked = query if query is not None else query_or_queries
        top = k if isinstance(k, int) else getattr(retriever, "k", None)
        return (
            Retrieval(top_k=top if isinstance(top, int) else None),
            PROGRAM,
            lambda: Content(query=string(asked)),
        )
