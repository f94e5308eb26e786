# SPDX-License-Identifier: Apache-2.0
"""Reading a protobuf message, or the JSON of one under its own field names, which may be odd in any place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

_SINGLE = 6


def get(value: Any, name: str) -> Any:
    """Return a field that is set, None when it is not: a message hands out defaults for what nobody has sent.

    A field that cannot tell (of a number without presence, say) is returned as it is, default or not.
    """
    # Looked up once a class and field: a field that cannot tell says so by an exception, which costs more than all else.
    try:
        mapping, tells = _known(type(value), name)  # pyright: ignore[reportUnknownArgumentType] - anything may come
    except TypeError:  # the class of the class has made classes unhashable
        mapping, tells = isinstance(value, Mapping), None
    if tells is not None:
        return getattr(value, name) if not tells or value.HasField(name) else None
    if mapping:
        return value.get(name)
    found = getattr(value, name, None)
    if not found or hasattr(cast("object", found), "ListFields"):
        try:
            return found if value.HasField(name) else None
        except (AttributeError, TypeError, ValueError):
            return found
    return found


@lru_cache(maxsize=4096)
def _known(kind: Any, name: str) -> tuple[bool, bool | None]:
    """Return whether objects of a class are mappings, and whether they can tell that nobody has set a field.

    The latter is None where the class does not say so.
    """
    if issubclass(kind, Mapping):
        return True, None
    try:
        tells = kind.DESCRIPTOR.fields_by_name[name].has_presence
    except Exception:  # it is no message, it has no such field, or its protobuf is older than that
        return False, None
    return False, tells if type(tells) is bool else None


def items(value: object) -> Sequence[Any]:
    """Return the items of a repeated field, and nothing of anything else."""
    try:
        listed = _lists(type(value))
    except TypeError:  # as in `get`
        listed = _is_listing(type(value))
    return value if listed else ()  # pyright: ignore[reportReturnType] - its class is that of a sequence


def _is_listing(kind: type) -> bool:
    return issubclass(kind, Sequence) and not issubclass(kind, (str, bytes))


# Asked once a class: to ask whether a repeated field is a sequence costs more than to read it.
_lists = lru_cache(maxsize=1024)(_is_listing)


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
