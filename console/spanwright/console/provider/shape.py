# SPDX-License-Identifier: Apache-2.0
"""Readers of parsed JSON that never fail: a wrong shape reads as an empty one."""

from __future__ import annotations

import hashlib
import json
from typing import Any, TypeAlias, cast

Json: TypeAlias = dict[str, Any]

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def mapping(value: object) -> Json:
    """The value if it is a JSON object, else an empty one."""
    return cast("Json", value) if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """The value if it is a JSON array, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def string(value: object) -> str:
    """The value if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def whole(value: object, default: int = 0) -> int:
    """The value as an integer: forms send numbers as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return default
    try:
        return int(value)
    except ValueError:
        return default


def true(value: object) -> bool:
    """Whether the value means yes: forms send booleans as text."""
    return value is True or value == "true"


def dump(value: object) -> str:
    """The value as compact JSON, the way streamed events are written."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def identity(prefix: str, *seed: object, length: int = 24) -> str:
    """An id that looks like the provider's and depends on nothing but the seed."""
    digest = hashlib.sha512("\x00".join(map(str, seed)).encode()).digest()
    return prefix + "".join(_ALPHABET[digest[at % 64] % 62] for at in range(length))


def hexadecimal(prefix: str, *seed: object, length: int = 32) -> str:
    """An id of hexadecimal digits that depends on nothing but the seed."""
    return prefix + hashlib.sha512("\x00".join(map(str, seed)).encode()).hexdigest()[:length]
