# SPDX-License-Identifier: Apache-2.0
"""Reading a protobuf message, or the JSON of one under its own field names, which may be odd in any place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

_SINGLE = 6


def get(value: object, name: str) -> Any:
    """Return a field that is set, None when it is not: a message hands out defaults for what nobody has sent.

    A field that cannot tell (of a number without presence, say) is returned as it is, default or not.
    """
    if isinstance(value, Mapping):
        return cast("Mapping[str, Any]", value).get(name)
    found = getattr(value, name, None)
    if not found or hasattr(cast("object", found), "ListFields"):
        try:
            return found if cast("Any", value).HasField(name) else None
        except (AttributeError, TypeError, ValueError):
            return found
    return found


def items(value: object) -> Sequence[Any]:
    """Return the items of a repeated field, and nothing of anything else."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        return ()
    return cast("Sequence[Any]", value)


def chosen(value: object, names: tuple[str, ...]) -> tuple[str, Any] | None:
    """Return the first of these fields that is set, with its name: what a `oneof` holds."""
    for name in names:
        if (found := get(value, name)) is not None:
            return name, found
    return None


def word(value: object, names: tuple[str, ...], prefix: str) -> str | None:
    """Return an enum's value as a word: `names` are its words by number, `prefix` is what JSON has before them."""
    if type(value) is int:
        return names[value] or None if 0 <= value < len(names) else None
    if not isinstance(value, str) or not value.startswith(prefix):
        return None
    found = value[len(prefix) :].lower()
    return found if found in names else None


def single(value: object) -> Any:
    """Return a number of single precision as it was meant: 0.7, not 0.699999988."""
    return round(value, _SINGLE) if type(value) is float else value
