# SPDX-License-Identifier: Apache-2.0
"""Retrievers, and the rankers that a model sorts for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import haystack_messages as messages
from spanwright.instrumentors._dialects import rerank
from spanwright.instrumentors._dialects.wire import fields, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors.haystack.models import REPLIES, serving
from spanwright.semconv.clean import integer
from spanwright.semconv.model import Content, Request, Retrieval

if TYPE_CHECKING:
    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class Searches(Method):
    """The seam of a retriever's `run`; one that asks others is one search with theirs."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_call)

    def returned(self, operation: Operation, value: Any) -> None:
        """Take the documents."""
        if operation.capturing:
            operation.content().documents = messages.documents(value)
        operation.finish()

    def _find_call(self, instance: Any, args: Args, kwargs: Kwargs) -> Found | None:
        subject = Retrieval(top_k=_top(instance, kwargs))
        return subject, REPLIES, lambda: Content(query=_query(args, kwargs))


class Rankings(Searches):
    """The seam of a ranker's `run`; those without a model sort by rules, which is no matter of a trace."""

    def _find_call(self, instance: Any, args: Args, kwargs: Kwargs) -> Found | None:
        model = messages.model(fields(instance))
        if model is None:
            return None
        provider, address, port = serving(instance)
        subject = Retrieval(
            rerank.OPERATION,
            provider,
            Request(model=model),
            top_k=_top(instance, kwargs),
            address=address,
            port=port,
        )
        return subject, REPLIES, lambda: Content(query=_query(args, kwargs))


def _top(instance: Any, asked: Kwargs) -> int | None:
    found = integer(asked.get("top_k"))
    return found if found is not None else integer(fields(instance).get("top_k"))


def _query(args: Args, asked: Kwargs) -> str | None:
    return string(asked.get("query")) or string(args[0] if args else None)
