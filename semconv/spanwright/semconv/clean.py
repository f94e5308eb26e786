# SPDX-License-Identifier: Apache-2.0
"""Attribute values made clean: the right primitive type, or None, which means that the attribute is left out."""

from __future__ import annotations

from enum import Enum
from math import isfinite
from typing import cast

from spanwright.semconv.serial import shortened

LONGEST = 4096
"""Characters of a fact: a name, an id, an address. What is longer is none, and is cut in its middle."""
_MOST = 256
_LARGEST = 2**63 - 1


def text(value: object) -> str | None:
    """Return a string that is not blank (an enum member by its value) and that UTF-8 can encode."""
    if type(value) is not str:
        if isinstance(value, Enum):
            value = value.value
        if not isinstance(value, str):
            return None
        # Not `str(value)`, which calls what a subclass defines.
        value = str.__str__(value)
    if not value or value.isspace():
        return None
    return value if len(value) <= LONGEST and value.isascii() else shortened(value, LONGEST)


def integer(value: object) -> int | None:
    """Return a whole number that fits 64 bits; True is no number, 3.0 is 3."""
    if type(value) is not int:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        if isinstance(value, float) and not (isfinite(value) and value.is_integer()):
            return None
        value = int(value)
    return value if -_LARGEST <= value <= _LARGEST else None


def number(value: object) -> float | None:
    """Return a finite float."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        value = float(value)
    except OverflowError:
        return None
    return value if isfinite(value) else None


def flag(value: object) -> bool | None:
    """Return a true boolean, never something that is only truthy."""
    return value if isinstance(value, bool) else None


def texts(value: object) -> list[str] | None:
    """Return the strings among a list's items (one string is a list of one), None when there are none.

    A blank one counts: a line's end is a usual stop sequence.
    """
    if isinstance(value, str):
        value = (value,)
    if not isinstance(value, (list, tuple)):
        return None
    found = [clean for item in cast("list[object]", value)[:_MOST] if (clean := _item(item)) is not None]
    return found or None


def _item(value: object) -> str | None:
    return value[:LONGEST] if type(value) is str and value.isspace() else text(value)
