# SPDX-License-Identifier: Apache-2.0
"""The one serialiser: any value to valid JSON within a budget, and never an exception.

The common case costs one `json` encoding. Only what that cannot take (other types, cycles, depth, NaN, lone
surrogates) or what is over the budget goes the slow way, which walks the value with limits of depth and of nodes.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from dataclasses import is_dataclass
from enum import Enum
from itertools import islice
from math import isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from spanwright.semconv.storage import held, stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DEPTH = 24
CUT = "…"
# The note of how much was cut is no longer than this.
_NOTE = 48
# Their `str` is short, pure and says all there is; an unknown object's `str` could run a query or read a file.
_SPOKEN = frozenset({"datetime", "decimal", "fractions", "ipaddress", "pathlib", "uuid", "zoneinfo"})
_LISTS = (list, tuple, set, frozenset, deque)
# Python refuses to write longer integers in decimal, by a limit that can be set to no less than 640 digits.
_LONGEST_INTEGER = 1 << 2000
ANY = 1 << 62
# Longest text and widest collection of each attempt, and then how many characters a node is allowed: what is deep and
# narrow has nothing else to cut.
_CAPS = (
    (ANY, ANY),
    (65536, 4096),
    (16384, 1024),
    (4096, 512),
    (1024, 256),
    (256, 64),
    (64, 16),
    (16, 4),
    (16, 1),
)
# A record without some of its keys is no longer what it was: their number is cut less.
_KEYS = 16
_SHARES = (8, 32, 128)


def dumps(value: object, limit: int) -> str:
    """Return compact JSON of at most `limit` characters (at least 2), encodable as UTF-8."""
    try:
        text = _encode(value)
    # A subclass of a builtin type may raise anything from the methods that the encoder calls.
    except Exception:
        text = _encoded(value, limit)
    if not text or len(text) > limit:
        text = _fitted(value, limit)
    return text if text.isascii() else valid(text)


def plain(value: object, limit: int) -> Any:
    """Return `value` as builtin lists, dicts and scalars whose JSON has at most `limit` characters."""
    return json.loads(dumps(value, limit))


def valid(text: str) -> str:
    """Return `text` with lone surrogates replaced, since one of them makes an exporter drop a whole batch."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def shortened(text: str, limit: int) -> str:
    """Return a text of at most `limit` characters, of which head and tail are kept."""
    if len(text) > limit:
        text = cut(text, limit - _NOTE) if limit > 2 * _NOTE else text[:limit]
    return text if text.isascii() else valid(text)


def cut(text: str, kept: int) -> str:
    """Return head and tail of a text, `kept` characters together, and between them how much is left out.

    The head says what a text is, and is the larger part; the end of an error or of a question says what is wanted.
    """
    tail = kept // 4
    return f"{text[: kept - tail]}{CUT}[{len(text) - kept} more characters]{CUT}{text[len(text) - tail :]}"


def digest(data: str | bytes) -> dict[str, Any]:
    """Return size in bytes and SHA-256 of media given as base64 text or as bytes, in place of the media itself."""
    import base64
    import binascii

    if isinstance(data, str):
        try:
            raw = base64.b64decode(data)
        except (binascii.Error, ValueError):
            raw = data.encode("utf-8", "replace")
    else:
        raw = data
    return {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}


def parsed(text: object) -> Any:
    """Return what JSON text stands for, and anything else (text that is no JSON, too) as it came."""
    if not issubclass(type(text), str):
        return text
    try:
        return json.loads(str.__str__(cast("str", text)))
    except (ValueError, RecursionError):
        return text


def _encoded(value: object, limit: int) -> str:
    """Encode what holds other types: the encoder still does the work, and asks a walk for what it does not know."""
    walk = Walk(limit, ANY, ANY)
    try:
        return _encoder(walk.value).encode(value)
    except Exception:
        return ""


def _fitted(value: object, limit: int) -> str:
    long = wide = ANY + 1
    for longest, widest in _CAPS:
        # Caps that cut nothing would make the same text again.
        if longest < long or widest < wide:
            walk = Walk(limit, min(longest, limit), min(widest, limit))
            if text := _attempt(value, limit, walk):
                return text
            long, wide = walk.long, walk.wide
    for share in _SHARES:
        if text := _attempt(value, limit, Walk(limit * 2 // share, *_CAPS[-1])):
            return text
    return "[]" if isinstance(value, (list, tuple)) else "{}" if isinstance(value, dict) else '""'


def _attempt(value: object, limit: int, walk: Walk) -> str:
    try:
        text = _encode(walk.value(value))
    except Exception:
        return ""
    return text if len(text) <= limit else ""


class Walk:
    """One walk over a value: it returns builtin types only, with a mark where something was cut.

    `left` is the number of nodes that may still be visited. Each needs two characters or more, so what is cut for it
    would not have fitted anyway; without it a cycle, or a branch that is shared, would multiply at each level.
    `long` and `wide` are the sizes of the largest text and collection that were met.
    """

    __slots__ = ("left", "long", "longest", "path", "wide", "widest")

    def __init__(self, limit: int, longest: int, widest: int) -> None:
        self.left = limit // 2 + 1
        self.longest = longest
        self.widest = widest
        self.long = self.wide = 0
        self.path: set[int] = set()

    def value(self, value: object, depth: int = DEPTH) -> Any:
        """Return the value, or its type's name where reading it fails."""
        self.left -= 1
        try:
            return self._scalar(value, depth)
        except Exception:
            return _name(value)

    def _scalar(self, value: Any, depth: int) -> Any:
        # Asked of its class: a proxy that says it is another one would be made to fetch what it stands for.
        kind = type(value)  # pyright: ignore[reportUnknownVariableType] - anything may come
        if value is None or kind is bool:
            return value
        if issubclass(kind, str):
            return self._text(value)
        if issubclass(kind, int):
            whole = int.__int__(value)
            return whole if -_LONGEST_INTEGER < whole < _LONGEST_INTEGER else _name(value)
        if issubclass(kind, float):
            return float.__float__(value) if isfinite(value) else float.__repr__(value)
        if issubclass(kind, (bytes, bytearray, memoryview)):
            return digest(bytes(cast("bytes", value)))
        if depth <= 0 or self.left <= 0 or id(value) in self.path:
            return CUT
        self.path.add(id(value))
        try:
            return self._collection(value, kind, depth - 1)  # pyright: ignore[reportUnknownArgumentType] - as above
        finally:
            self.path.discard(id(value))

    def _collection(self, value: Any, kind: type[Any], depth: int) -> Any:
        if issubclass(kind, Enum):
            return self.value(value.value, depth)
        if issubclass(kind, (dict, MappingProxyType)):
            return self._pairs(cast("dict[object, object]", value).items(), depth)
        if issubclass(kind, _LISTS):
            return self._items(cast("Iterable[object]", value), depth)
        return self._object(value, kind, depth)

    def _text(self, value: str) -> str:
        # Not `str(value)`, which calls what a subclass defines.
        text = str.__str__(value)
        self.long = max(self.long, len(text))
        return text if len(text) <= self.longest else cut(text, self.longest)

    def _pairs(self, pairs: Iterable[tuple[object, object]], depth: int) -> dict[str, Any]:
        everything = list(pairs)
        self.wide = max(self.wide, len(everything))
        kept = max(self.widest, _KEYS)
        return {self._key(key): self.value(item, depth) for key, item in islice(everything, kept)}

    def _key(self, key: object) -> str:
        if isinstance(key, str):
            return self._text(key)
        shown = self.value(key, 2)
        return shown if isinstance(shown, str) else _encode(shown)

    def _items(self, value: Iterable[object], depth: int) -> list[Any]:
        """Keep the head and the tail: in a conversation the last messages tell most."""
        everything = list(value)
        self.wide = max(self.wide, len(everything))
        if len(everything) > self.widest:
            head = self.widest // 4
            everything = everything[:head] + everything[len(everything) - (self.widest - head) :]
        # What no node is left for is left out: a mark between records would be none of them.
        return [self.value(item, depth) for item in everything if self.left > 0]

    def _object(self, value: object, kind: type[Any], depth: int) -> Any:
        """Read data classes and models by what they hold, never by a method of theirs that could warn, raise or work."""
        if kind.__module__.partition(".")[0] in _SPOKEN:
            return self._text(str(value))
        if is_dataclass(kind):
            return self._pairs(stored(value, kind), depth)
        if hasattr(kind, "model_fields") or hasattr(kind, "__fields__"):
            found = dict(held(value, "__dict__") or {})
            found.update(held(value, "__pydantic_extra__") or {})
            return self._pairs(found.items(), depth)
        return _name(value)


def _name(value: object) -> str:
    kind = type(value)
    return f"<{kind.__module__}.{kind.__qualname__}>"


def _refuse(value: object) -> Any:
    raise TypeError(value)


def _encoder(default: Callable[[Any], Any], *, ascii_only: bool = False) -> json.JSONEncoder:
    return json.JSONEncoder(ensure_ascii=ascii_only, allow_nan=False, separators=(",", ":"), default=default)


def _encode(value: object) -> str:
    """Encode plain data. Escaping to ASCII takes half the time, and where nothing was escaped it is the same text."""
    text = _encode_ascii(value)
    # One character is looked for at many times the speed of two.
    return text if "\\" not in text or "\\u" not in text else _encode_all(value)


# Keys are not sorted, none is skipped, and NaN is refused.
_PLAIN = (False, False, False)


def _prepared(*, ascii_only: bool) -> Callable[[Any], str]:
    """Return an encoder that is made once: `JSONEncoder.encode` makes its C part anew at each call.

    It keeps no note of where it is, so a cycle ends in a RecursionError, like anything too deep.
    """
    encoder: Any = json.encoder
    if encoder.c_make_encoder is None:  # an interpreter without the C part
        return _encoder(_refuse, ascii_only=ascii_only).encode
    quote = encoder.encode_basestring_ascii if ascii_only else encoder.encode_basestring
    parts: Callable[[Any, int], tuple[str, ...]] = encoder.c_make_encoder(
        None, _refuse, quote, None, ":", ",", *_PLAIN
    )
    return lambda value: "".join(parts(value, 0))


_encode_ascii = _prepared(ascii_only=True)
_encode_all = _prepared(ascii_only=False)
