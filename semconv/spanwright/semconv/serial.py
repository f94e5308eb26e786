# SPDX-License-Identifier: Apache-2.0
"""The one serialiser: any value to valid JSON within a budget, and never an exception.

The common case costs one `json` encoding. Only what that cannot take (other types, cycles, depth, NaN, lone
surrogates) or what is over the budget goes the slow way, which walks the value with a depth limit.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEPTH = 24
# Their `str` is short, pure and says all there is; an unknown object's `str` could run a query or read a file.
_SPOKEN = frozenset({"datetime", "decimal", "fractions", "ipaddress", "pathlib", "uuid", "zoneinfo"})
_CAPS = ((1 << 62, 1 << 62), (16384, 1024), (4096, 512), (1024, 256), (256, 64), (64, 16), (16, 4))


def dumps(value: object, limit: int) -> str:
    """Return compact JSON of at most `limit` characters (at least 2), encodable as UTF-8."""
    try:
        text = _encode(value)
    except (TypeError, ValueError, RecursionError):
        text = ""
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
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _fitted(value: object, limit: int) -> str:
    for longest, widest in _CAPS:
        try:
            text = _encode(_walk(value, DEPTH, min(longest, limit), widest))
        except (TypeError, ValueError, RecursionError):
            continue
        if len(text) <= limit:
            return text
    return "[]" if isinstance(value, (list, tuple)) else "{}" if isinstance(value, dict) else '""'


def _walk(value: object, depth: int, longest: int, widest: int) -> Any:
    """Return builtin types only; strings and collections are cut to the caps, with a mark where they were cut."""
    if value is None or isinstance(value, (bool, int)):
        return value if not isinstance(value, Enum) else value.value
    if isinstance(value, str):
        text = str(value.value) if isinstance(value, Enum) else str(value)
        return text if len(text) <= longest else f"{text[:longest]}…[{len(text) - longest} more characters]"
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)  # noqa: PLR0124 - NaN
    if isinstance(value, (bytes, bytearray, memoryview)):
        return digest(bytes(value))
    if depth <= 0:
        return "…"
    if isinstance(value, Enum):
        return _walk(value.value, depth - 1, longest, widest)
    if isinstance(value, dict):
        return _pairs(cast("dict[object, object]", value), depth, longest, widest)
    if isinstance(value, (list, tuple, set, frozenset)):
        return _items(cast("Iterable[object]", value), depth, longest, widest)
    return _object(value, depth, longest, widest)


def _pairs(value: Mapping[object, object], depth: int, longest: int, widest: int) -> dict[str, Any]:
    return {
        key if isinstance(key, str) else str(key) if isinstance(key, (int, float)) else _name(key): _walk(
            item, depth - 1, longest, widest
        )
        for key, item in islice(list(value.items()), widest)
    }


def _items(value: Iterable[object], depth: int, longest: int, widest: int) -> list[Any]:
    """Keep the head and the tail: in a conversation the last messages tell most."""
    everything = list(value)
    if len(everything) > widest:
        head = widest // 4
        everything = everything[:head] + everything[len(everything) - (widest - head) :]
    return [_walk(item, depth - 1, longest, widest) for item in everything]


def _object(value: object, depth: int, longest: int, widest: int) -> Any:
    """Read data classes and models by their fields, never by a method of theirs that could warn, raise or work."""
    kind = type(value)
    if kind.__module__ in _SPOKEN:
        return str(value)
    if is_dataclass(kind):
        return _pairs({f.name: getattr(value, f.name, None) for f in fields(kind)}, depth, longest, widest)
    if hasattr(kind, "model_fields") or hasattr(kind, "__fields__"):
        held = dict(getattr(value, "__dict__", None) or {})
        held.update(getattr(value, "__pydantic_extra__", None) or {})
        return _pairs(held, depth, longest, widest)
    return _name(value)


def _name(value: object) -> str:
    kind = cast("type[object]", type(value))
    return f"<{kind.__module__}.{kind.__qualname__}>"


def _fallback(value: object) -> Any:
    return _walk(value, DEPTH, 1 << 62, 1 << 62)


_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_fallback
).encode
