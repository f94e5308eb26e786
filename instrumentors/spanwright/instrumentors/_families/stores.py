# SPDX-License-Identifier: Apache-2.0
"""Vector stores: a search is a retrieval, every other call for data a plain span of a database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import lru_cache, partial
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import ref

from spanwright.instrumentors._families.ranking import DocumentsReader
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.call import traced
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors._kernel.telemetry import Telemetry
from spanwright.semconv import names as n
from spanwright.semconv.clean import integer, text
from spanwright.semconv.model import Content, Request, Retrieval, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context
    from opentelemetry.trace import Span

    from spanwright.instrumentors._kernel.call import Args, Begun, Kwargs, Wrapper
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.semconv.model import Document

    Told = dict[str, Any]
    Find = Callable[[Told], "Asked | None"]

_WITHOUT_NAME = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


class Place(NamedTuple):
    """Which collection, table or index of which server a call is about; None where it is unknown or in this process."""

    collection: Any = None
    address: str | None = None
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """How a search is read: how many documents it asks for, by which text, and from the answer what it found."""

    top: Callable[[Told], Any]
    documents: Callable[[Any], list[Document]]
    query: Callable[[Told], str | None] = lambda told: None  # noqa: ARG005 - a search by vector alone has no text


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call asks of the store, in the client's own word; `search` if it is one."""

    operation: str
    search: Search | None = None


class Store:
    """The calls of one vector store's client.

    `system` is its name; `place` tells from the instance and the arguments by name where the call goes.
    """

    def __init__(self, telemetry: Telemetry, system: str, place: Callable[[Any, Told], Place]) -> None:
        self.telemetry = _Remote.of(telemetry)
        self.system = system
        self.place = place

    def at(self, place: Callable[[Any, Told], Place]) -> Store:
        """Return the same store for calls whose place is found in another way."""
        other = Store.__new__(Store)
        other.telemetry, other.system, other.place = self.telemetry, self.system, place
        return other

    def call(self, method: str, find: Find) -> Wrapper:
        """Return the wrapper of a method; `find` tells from its arguments what it asks, None when it is none of ours."""
        return traced(_Call(self, method, find))

    def search(self, method: str, search: Search, operation: str | None = None) -> Wrapper:
        """Return the wrapper of a method that searches; `operation` is the client's word for it if it is another one."""
        asked = Asked(operation or method, search)
        return self.call(method, lambda told: asked)  # noqa: ARG005 - whatever its arguments are

    def plain(self, method: str, operation: str | None = None) -> Wrapper:
        """Return the wrapper of a method that writes, deletes, or reads what it names."""
        asked = Asked(operation or method)
        return self.call(method, lambda told: asked)  # noqa: ARG005 - as above


class _Call:
    """The seam of one method."""

    __slots__ = ("_find", "_method", "_store")

    def __init__(self, store: Store, method: str, find: Find) -> None:
        self._store = store
        self._method = method
        self._find = find

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Open an operation, unless the call is part of another one of this store."""
        store = self._store
        outer = current.operation()
        if outer is not None and outer.telemetry is store.telemetry and outer.is_open:
            return None
        told = named(instance, self._method, args, kwargs)
        asked = self._find(told)
        if asked is None:
            return None
        place = store.place(instance, told)
        collection = text(place.collection)
        facts = {n.DB_SYSTEM_NAME: store.system, n.DB_OPERATION_NAME: asked.operation}
        if collection is not None:
            facts[n.DB_COLLECTION_NAME] = collection
        opened = (
            _plain(store.telemetry, asked.operation, place, collection, facts)
            if asked.search is None
            else _retrieval(store, asked.search, place, collection, facts, told)
        )
        return None if opened is None else (opened, args, kwargs)

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the operation; what is returned stays as it is, for some of it is read by compiled code."""
        operation.finish(value)


class _Remote(Telemetry):
    """The same telemetry for calls that leave for a database: their spans are CLIENT."""

    __slots__ = ()

    def start(
        self, name: str, context: Context, attributes: dict[str, Any], at: int, *, client: bool
    ) -> Span:
        """Start a CLIENT span."""
        del client
        return super().start(name, context, attributes, at, client=True)


def carried(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Have the `ThreadPoolExecutor` by which a library runs the parts of one call bring them the call's context.

    Otherwise each part would be a call of its own, with the application's suppression forgotten.
    """
    del instance
    pool = wrapped(*args, **kwargs)
    guard(_carry, pool)
    return pool


def _carry(pool: Any) -> None:
    # One that the application has put into the library is left as it is.
    if type(pool) is ThreadPoolExecutor:
        # Of this one alone, whose class stays. It holds itself weakly: its threads end when the last who holds it lets it go.
        pool.submit = partial(_submit, ref(pool))


def _submit(pool: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Submit one part of a call, to run in the context of the call; who calls this holds the pool."""
    return ThreadPoolExecutor.submit(pool(), copy_context().run, fn, *args, **kwargs)


def _plain(
    telemetry: Telemetry, operation: str, place: Place, collection: str | None, facts: dict[str, Any]
) -> Operation | None:
    if place.address is not None:
        facts[n.SERVER_ADDRESS] = place.address
        if place.port is not None:
            facts[n.SERVER_PORT] = place.port
    name = operation if collection is None else f"{operation} {collection}"
    return open_operation(telemetry, Step(name, attributes=facts))


def _retrieval(
    store: Store, search: Search, place: Place, collection: str | None, facts: dict[str, Any], told: Told
) -> Operation | None:
    subject = Retrieval(
        provider=store.system,
        request=Request(extra=facts),
        data_source_id=collection,
        top_k=integer(search.top(told)),
        address=place.address,
        port=place.port,
    )
    reader = DocumentsReader(subject, search.documents)
    return open_operation(store.telemetry, subject, reader, content=lambda: Content(query=search.query(told)))


def named(instance: Any, method: str, args: Args, kwargs: Kwargs) -> Told:
    """Return a call's arguments by the names that the method has for them, with its defaults: to be read only.

    The instance, which is itself a query where queries are built, is `self`.
    """
    kind: type[Any] = type(instance)  # pyright: ignore[reportUnknownVariableType] - of the library
    known = _parameters(kind, method)
    return {**known, **dict(zip(known, args, strict=False)), **kwargs, "self": instance}


@lru_cache(maxsize=256)
def _parameters(kind: type, method: str) -> Told:
    _, *parameters = signature(getattr(kind, method)).parameters.values()
    return {
        each.name: None if each.default is Parameter.empty else each.default
        for each in parameters
        if each.kind not in _WITHOUT_NAME
    }
