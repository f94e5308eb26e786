# SPDX-License-Identifier: Apache-2.0
"""Bodies that the caller reads: botocore's object stays as it is, its raw stream is seen through.

A body is not ours to read. What the caller reads is kept in bounds; at its end the answer is read from that. A body
that is closed or dropped before has told nothing but its headers.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from spanwright.instrumentors._dialects.wire import items
from spanwright.instrumentors._kernel import current, ending
from spanwright.instrumentors._kernel.guard import guard, instead
from spanwright.instrumentors._kernel.standin import StandIn
from spanwright.instrumentors.botocore.failures import incomplete, told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from spanwright.instrumentors._kernel.operation import Operation

_AT_MOST = 2 << 20
# Methods of urllib3's, aiohttp's and httpx's responses that give bytes, that give them in steps, and that end all.
_READS = frozenset({"read", "read1", "readinto", "readline", "readlines", "readany", "readexactly"})
_STEPS = frozenset({"stream", "aiter_raw", "aiter_bytes"})
_ENDS = frozenset({"close", "aclose", "release"})


class Kept:
    """The bytes that the caller has read so far, and the operation that they answer."""

    __slots__ = ("_length", "_pieces", "_size", "operation")

    def __init__(self, operation: Operation, length: int | None) -> None:
        self.operation = operation
        self._length = length
        self._pieces: list[bytes] | None = []
        self._size = 0

    def take(self, piece: bytes, *, last: bool) -> None:
        """Keep a piece; the operation ends with the last one, or when as much has come as was announced."""
        self.operation.touch()
        self._size += len(piece)
        if self._size > _AT_MOST:
            self._pieces = None
        elif self._pieces is not None:
            self._pieces.append(piece)
        if last and self._length is not None and self._size < self._length:
            self.operation.fail(incomplete(self._size, self._length))
        elif last or self._size == self._length:
            self.operation.finish(self._value() if self.operation.is_open else None)

    def _value(self) -> Any:
        try:
            return json.loads(b"".join(self._pieces or ()))
        except (ValueError, RecursionError):
            # What is no JSON the caller finds out for itself.
            return None


class Raw(StandIn):
    """The raw stream of a body, or the reader inside of it: all of it shows through, what is read is seen."""

    __slots__ = ("_kept",)

    _own = frozenset({"_inner", "_kept"})
    _reader: ClassVar[str] = ""
    """Under which name the reader inside of it is."""

    def __init__(self, inner: Any, kept: Kept) -> None:
        super().__init__(inner)
        self._kept = kept

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        if name in _READS:
            return partial(self._read, name, found)
        if name in _STEPS:
            return partial(self._stepped, found)
        if name == self._reader and hasattr(found, "read"):
            return instead(found, AsyncRaw, self._kept)
        return partial(self._closed, found) if name in _ENDS else found

    def __iter__(self) -> Iterator[Any]:
        return self._stepped(partial(iter, self._inner))

    def __next__(self) -> Any:
        return self._read("read1", self._inner.__next__)

    def __enter__(self) -> Any:
        self._inner.__enter__()
        return self

    def __exit__(self, *error: object) -> Any:
        return self._closed(self._inner.__exit__, *error)

    def _read(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        kept = self._kept
        tokens = current.enter(kept.operation.context)
        try:
            found = method(*args, **kwargs)
        except BaseException as error:
            current.leave(tokens)
            if not isinstance(error, StopIteration):
                guard(_fail, kept, error)
            raise
        current.leave(tokens)
        guard(_seen, kept, name, found, *args, **kwargs)
        return found

    def _stepped(self, steps: Callable[..., Any], *args: Any, **kwargs: Any) -> Iterator[Any]:
        inner = steps(*args, **kwargs)
        while True:
            try:
                piece = self._read("read1", inner.__next__)
            except StopIteration:
                guard(self._kept.take, b"", last=True)
                return
            yield piece

    def _closed(self, close: Callable[..., Any], *args: Any) -> Any:
        try:
            return close(*args)
        finally:
            # The finaliser of a body closes it too, and must not end a span in the middle of a collection.
            ending.dropped(self._kept.operation)


class Owner(Raw):
    """The raw stream itself, whose end is the end of the body."""

    __slots__ = ()

    @ending.finaliser
    def __del__(self) -> None:
        _drop(self)


class AsyncRaw(Raw):
    """The same for what is awaited."""

    __slots__ = ()

    _reader = "content"

    def __aiter__(self) -> Any:
        return self._stepped(self._inner.__aiter__)

    async def __aenter__(self) -> Any:
        entered = await self._inner.__aenter__()
        return self if entered is self._inner else entered

    async def __aexit__(self, *error: object) -> Any:
        try:
            return await self._inner.__aexit__(*error)
        finally:
            ending.dropped(self._kept.operation)

    async def _read(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        kept = self._kept
        tokens = current.enter(kept.operation.context)
        try:
            found = await method(*args, **kwargs)
        except BaseException as error:
            current.leave(tokens)
            if not isinstance(error, StopAsyncIteration):
                guard(_fail, kept, error)
            raise
        current.leave(tokens)
        guard(_seen, kept, name, found, *args, **kwargs)
        return found

    async def _stepped(self, steps: Callable[..., Any], *args: Any, **kwargs: Any) -> AsyncIterator[Any]:  # pyright: ignore[reportIncompatibleMethodOverride] - the asynchronous twin
        inner = steps(*args, **kwargs)
        while True:
            try:
                piece = await self._read("read1", inner.__anext__)
            except StopAsyncIteration:
                guard(self._kept.take, b"", last=True)
                return
            yield piece


class AsyncOwner(AsyncRaw):
    """The asynchronous raw stream itself."""

    __slots__ = ()

    @ending.finaliser
    def __del__(self) -> None:
        _drop(self)


def observe(body: Any, operation: Operation) -> bool:
    """Let the operation see what is read of a body of botocore's; False when it is none."""
    # Before version 3 the body of aiobotocore was a proxy around the raw stream.
    place = next((name for name in ("_raw_stream", "__wrapped__") if hasattr(body, name)), None)
    if place is None:
        return False
    length = getattr(body, "_content_length" if place == "_raw_stream" else "_self_content_length", None)
    kept = Kept(operation, int(length) if isinstance(length, (str, int)) and str(length).isdigit() else None)
    kind = AsyncOwner if _is_awaited(body) else Owner
    setattr(body, place, kind(getattr(body, place), kept))
    operation.handed = True
    return True


def _is_awaited(body: object) -> bool:
    return hasattr(type(body), "__aiter__")


def _seen(kept: Kept, name: str, found: Any, *args: Any, **kwargs: Any) -> None:
    """Keep what a reading method gave; one that was asked for everything gave the rest."""
    if name == "readinto":
        buffer = memoryview(args[0]).cast("B")
        kept.take(bytes(buffer[:found]), last=not found and bool(len(buffer)))
        return
    if name == "readlines":
        kept.take(b"".join(items(found)), last=True)
        return
    if isinstance(found, bytes):
        asked = args[0] if args else kwargs.get("amt", kwargs.get("n"))
        everything = name == "read" and (asked is None or asked < 0)
        kept.take(found, last=everything or (not found and asked != 0))


def _drop(raw: Raw) -> None:
    kept = getattr(raw, "_kept", None)
    if kept is not None:
        ending.dropped(kept.operation)


def _fail(kept: Kept, error: BaseException) -> None:
    kept.operation.fail(told(error))
