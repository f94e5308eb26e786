# SPDX-License-Identifier: Apache-2.0
"""Attribute values made clean: the right primitive type, or None, which means that the attribute is left out.

What a value is, is asked of its class, and its content taken by the builtin type's own methods: nothing that a caller's
class defines is called.
"""

from __future__ import annotations

from enum import Enum
from math import isfinite
from typing import TYPE_CHECKING, cast

from spanwright.semconv.serial import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST = 4096
"""Characters of a fact: a name, an id, an address. What is longer is none, and is cut in its middle."""
_MOST = 256
_LARGEST = 2**63 - 1
_listed: Callable[[object], list[object]] = vars(list)["copy"]
_iterated: Callable[[object], Iterator[object]] = vars(tuple)["__iter__"]


def text(value: object) -> str | None:
    """Return a string that is not blank (an enum member by its value) and that UTF-8 can encode."""
    if type(value) is not str:
        kind = type(value)
        if issubclass(kind, Enum):
            value = cast("Enum", value).value
            kind = type(value)
        if not issubclass(kind, str):
            return None
        # Not `str(value)`, which calls what a subclass defines.
        value = str.__str__(cast("str", value))
    if not value or value.isspace():
        return None
    return value if len(value) <= LONGEST and value.isascii() else shortened(value, LONGEST)


def integer(value: object) -> int | None:
    """Return a whole number that fits 64 bits; True is no number, 3.0 is 3."""
    if type(value) is not int:
        kind = type(value)
        if issubclass(kind, float):
            given = float.__float__(cast("float", value))
            if not (isfinite(given) and given.is_integer()):
                return None
            value = int(given)
        elif issubclass(kind, int) and kind is not bool:
            value = int.__int__(cast("int", value))
        else:
            return None
    return value if -_LARGEST <= value <= _LARGEST else None


def number(value: object) -> float | None:
    """Return a finite float."""
    kind = type(value)
    if issubclass(kind, float):
        found = float.__float__(cast("float", value))
    elif issubclass(kind, int) and kind is not bool:
        try:
            found = int.__float__(cast("int", value))
        except OverflowError:
            return None
    else:
        return None
    return found if isfinite(found) else None


def flag(value: object) -> bool | None:
    """Return a true boolean, never something that is only truthy."""
    return value if value is True or value is False else None


def texts(value: object) -> list[str] | None:
    """Return the strings among a list's items (one string is a list of one), None when there are none.

    A blank one counts: a line's end is a usual stop sequence.
    """
    kind = type(value)
    if issubclass(kind, str):
        listed: list[object] = [value]
    elif issubclass(kind, list):
        listed = _listed(value)
    elif issubclass(kind, tuple):
        listed = list(_iterated(value))
    else:
        return None
    found = [clean for item in listed[:_MOST] if (clean := _item(item)) is not None]
    return found or None


def _item(value: object) -> str | None:
    return value[:LONGEST] if type(value) is str and value.isspace() else text(value)
