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


@dataclass(slots=True)
class Place:
    """The place of an attempt in its logical request: how many came before, and method and URL of the first.

    `injected` names the headers that we gave the attempt before, which a redirect copies.
    """

    count: int
    first: Key
    injected: tuple[str, ...] = ()


class Resends:
    """Written when an attempt is redirected or fails, so that one that succeeds costs nothing.

    A resend is known by its request object (rounds of authentication, redirects), or by method and URL of an
    attempt that failed before inside the same operation: an SDK builds a new request for each retry. All
    references are weak.
    """

    __slots__ = ("_operations", "_requests")

    def __init__(self) -> None:
        self._requests: WeakKeyDictionary[Any, Place] = WeakKeyDictionary()
        # By the span of the operation, which has no weak references itself.
        self._operations: WeakKeyDictionary[Any, dict[Key, list[int]]] = WeakKeyDictionary()

    def take(self, request: Any, method: str, url: str, owner: Any) -> Place | None:
        """Return the place of an attempt that starts now, None for the first one of a request."""
        place = self._requests.pop(request, None) if self._requests else None
        if owner is None or not self._operations:
            return place
        failed = self._operations.get(owner, {})
        first = place.first if place is not None else (method, url)
        pending = failed.get(first)
        if not pending:
            return place
        count = pending.pop()
        if not pending:
            del failed[first]
        return place if place is not None else Place(count, first)

    def expect(self, request: Any, place: Place, injected: tuple[str, ...] = ()) -> None:
        """Note that the request may be sent once more after an attempt at this place."""
        self._requests[request] = Place(place.count + 1, place.first, injected)

    def failed(self, request: Any, place: Place, owner: Any) -> None:
        """Note that an attempt failed."""
        self.expect(request, place)
        if owner is None:
            return
        failed = self._operations.setdefault(owner, {})
        if sum(map(len, failed.values())) < _PENDING_AT_MOST:
            failed.setdefault(place.first, []).append(place.count + 1)

    def redirected(self, request: Any, following: Any) -> Place | None:
        """Pass the place of a redirected request on to the request that follows it."""
        place = self._requests.pop(request, None)
        if place is not None:
            self._requests[following] = place
        return place


def owner(outer: Operation | None) -> Any:
    """Return the span of the operation whose retries are counted, None outside of one.

    A span that does not record may be one object for all operations of the process.
    """
    if outer is None or not isinstance(outer.subject, _ONE_CALL) or not outer.span.is_recording():
        return None
    return outer.span
