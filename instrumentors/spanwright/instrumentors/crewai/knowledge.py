# SPDX-License-Identifier: Apache-2.0
"""Knowledge: the searches in an agent's or a crew's own documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import crewai as dialect
from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors.crewai.seams import Found, Seam
from spanwright.semconv.model import Content, Retrieval

if TYPE_CHECKING:
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation

_LIMIT = 5


class Knowledge(Seam):
    """The seam of `query(query, results_limit)`."""

    def find(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        """Return the search."""
        query = args[0] if args else kwargs.get("query")
        limit = args[1] if len(args) > 1 else kwargs.get("results_limit", _LIMIT)
        storage = getattr(instance, "storage", None)
        name = string(getattr(storage, "collection_name", None))
        subject = Retrieval(data_source_id=name, top_k=limit)
        return Found(subject, lambda: Content(query=dialect.query(query)))

    def take(self, operation: Operation, value: Any) -> None:
        """Take what was found."""
        operation.content().documents = dialect.documents(value)
