# SPDX-License-Identifier: Apache-2.0
"""What an object holds, read past whatever code its class has for being asked."""

from __future__ import annotations

from dataclasses import fields
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_NOWHERE = object()


def held(value: object, name: str) -> Any:
    """Return an attribute that is stored with an object, or with its class; None where there is none."""
    try:
        return object.__getattribute__(value, name)
    except AttributeError:
        return None


def stored(value: object, kind: type[Any]) -> Iterable[tuple[str, object]]:
    """Yield the fields of a data class that are stored; one that is a property, or is fetched when it is asked for, is left out."""
    own: dict[str, object] = held(value, "__dict__") or {}
    for field in fields(kind):
        if field.name in own:
            yield field.name, own[field.name]
            continue
        found = _declared(kind, field.name)
        if type(found) is MemberDescriptorType:
            try:
                yield field.name, found.__get__(value, kind)
            except AttributeError:  # a slot that is not set
                continue
        elif found is not _NOWHERE and not hasattr(type(found), "__get__"):
            yield field.name, found


def _declared(kind: type[Any], name: str) -> object:
    """Return what a class holds under a name: a slot, a default, something that computes."""
    for each in kind.__mro__:
        if name in vars(each):
            return vars(each)[name]
    return _NOWHERE
