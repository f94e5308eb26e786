# SPDX-License-Identifier: Apache-2.0
"""Which attempts are resends of the same request: redirects, rounds of authentication, retries of an SDK."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from spanwright.semconv.model import Embeddings, FetchResponse, Inference, Retrieval

if TYPE_CHECKING:
    from spanwright.instrumentors._kernel.operation import Operation

    Key = tuple[str, str]

# An operation that is one call of an SDK. A tool or an agent that polls an address resends nothing.
_ONE_CALL = (Inference, Embeddings, Retrieval, FetchResponse)
_PENDING_AT_MOST = 64


@dataclass(frozen=True, slots=True)
class Place:
    """The place of an attempt in its logical request: how many came before, and method and URL of the first."""

    count: int
    first: Key
    injected: tuple[str, ...] = ()
    """The headers that the attempt before was given by us."""


class Resends:
    """Written when an attempt is answered by a redirect or fails, so that a request that succeeds costs nothing.

    A resend is known by its request object (rounds of authentication, redirects), or by method and URL of an attempt
    that failed before inside the same operation: an SDK builds a new request for each retry. All references are weak.
    """

    __slots__ = ("_operations", "_requests")

    def __init__(self) -> None:
        self._requests: WeakKeyDictionary[Any, Place] = WeakKeyDictionary()
        # By the span: operations have no weak references.
        self._operations: WeakKeyDictionary[Any, dict[Key, list[int]]] = WeakKeyDictionary()

    def take(self, request: Any, key: Key, outer: Operation | None) -> Place:
        """Return the place of an attempt that starts now."""
        place = self._requests.pop(request, None) if self._requests else None
        if outer is not None and self._operations and (failed := self._operations.get(outer.span)):
            pending = failed.get(place.first if place is not None else key)
            if pending:
                count = pending.pop()
                return place or Place(count, key)
        return place or Place(0, key)

    def answered(self, request: Any, place: Place, injected: tuple[str, ...] = ()) -> None:
        """Note that the answer asks for another attempt, or allows one."""
        self._requests[request] = Place(place.count + 1, place.first, injected)

    def failed(self, request: Any, place: Place, outer: Operation | None) -> None:
        """Note that an attempt failed."""
        self.answered(request, place)
        # The span of a process without an SDK is one object for all operations.
        if outer is None or not isinstance(outer.subject, _ONE_CALL) or not outer.span.is_recording():
            return
        failed = self._operations.setdefault(outer.span, {})
        pending = failed.setdefault(place.first, [])
        if len(failed) <= _PENDING_AT_MOST and len(pending) < _PENDING_AT_MOST:
            pending.append(place.count + 1)

    def redirected(self, request: Any, following: Any) -> Place | None:
        """Pass the place of a redirected request on to the request that follows it."""
        place = self._requests.pop(request, None)
        if place is not None:
            self._requests[following] = place
        return place
