# SPDX-License-Identifier: Apache-2.0
"""Retrievers, and the postprocessors that rank anew what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import llama_index_messages as messages
from spanwright.instrumentors._dialects import rerank
from spanwright.instrumentors._dialects.llama_index_answers import model
from spanwright.instrumentors._dialects.wire import fields, items
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel.reading import NOTHING
from spanwright.instrumentors.llama_index.models import serving
from spanwright.semconv.clean import integer
from spanwright.semconv.model import Content, Request, Retrieval

if TYPE_CHECKING:
    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_TOPS = ("similarity_top_k", "_similarity_top_k", "top_k")


class Searches(Method):
    """The seam of `retrieve`; a retriever that asks others is one search with theirs."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_call)

    def returned(self, operation: Operation, value: Any) -> None:
        """Take the nodes."""
        take(operation, value)

    def _find_call(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        held = fields(instance)
        top = next((found for name in _TOPS if (found := integer(held.get(name))) is not None), None)
        asked = args[0] if args else kwargs.get("str_or_query_bundle")
        return Retrieval(top_k=top), NOTHING, lambda: Content(query=messages.query(asked))


class Rankings(Method):
    """The seam of `postprocess_nodes`; of all that work on found nodes, those that call themselves rerankers."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_call)

    def returned(self, operation: Operation, value: Any) -> None:
        """Take the nodes in their new order."""
        take(operation, value)

    def _find_call(self, instance: Any, args: Args, kwargs: Kwargs) -> Found | None:
        if not any("rerank" in each.__name__.lower() for each in type(instance).__mro__):
            return None
        held = fields(instance)
        provider, address, port = serving(instance)
        name = model(held)
        subject = Retrieval(
            rerank.OPERATION,
            provider if name is not None else None,
            Request(model=name),
            top_k=integer(held.get("top_n")),
            address=address,
            port=port,
        )
        return subject, NOTHING, lambda: Content(query=_asked(*args, **kwargs))


def take(operation: Operation, value: Any) -> None:
    """End a search with the nodes that it found."""
    if operation.capturing:
        operation.content().documents = [messages.document(each) for each in items(value)]
    operation.finish()


def _asked(
    nodes: Any = None, query_bundle: Any = None, query_str: Any = None, *_: Any, **__: Any
) -> str | None:
    """Bind `postprocess_nodes(nodes, query_bundle, query_str)`."""
    del nodes
    return messages.query(query_bundle if query_bundle is not None else query_str)
