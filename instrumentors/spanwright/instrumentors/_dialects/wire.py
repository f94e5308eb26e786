# SPDX-License-Identifier: Apache-2.0
"""Reading a wire shape that may be JSON or an SDK's object of the same shape, and may be odd in any place."""

from __future__ import annotations

from types import GetSetDescriptorType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, cast

from spanwright.semconv.model import Blob, Generic, Text, Uri

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.semconv.model import Part

_FINISH = {
    "tool_calls": "tool_call",
    "tool_use": "tool_call",
    "function_call": "tool_call",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "eos": "stop",
    "refusal": "content_filter",
}


_NOTHING: dict[str, Any] = {}
# Past what a class of its own may make of reading.
_read: Any = vars(dict)["get"]
_copied: Any = vars(dict)["copy"]
_listed: Any = vars(list)["copy"]
_iterated: Any = vars(tuple)["__iter__"]
_own: Any = object.__getattribute__


def fields(value: Any) -> dict[str, Any]:
    """Return the fields of a mapping or of an SDK's object as a dict, to be read and never written.

    A pydantic model holds its fields in its `__dict__` and what the provider sent beyond them in
    `__pydantic_extra__`; its attribute access is slow for what is missing.
    """
    # Not by `cast`, which is a call, and there is one for each of a stream's many chunks.
    kind = type(value)  # pyright: ignore[reportUnknownVariableType] - anything may come
    if kind is dict:
        return value  # pyright: ignore[reportUnknownVariableType] - see above
    if value is None:
        return _NOTHING
    try:
        storage = _known[kind]
    except TypeError:
        # The class of the class has made classes unhashable.
        storage = _storage(kind)  # pyright: ignore[reportUnknownArgumentType] - see above
    if storage == _MODEL:
        try:
            held, extra = value.__dict__, value.__pydantic_extra__
        except AttributeError:  # it was made without what makes models
            return _guarded(value)
        return {**held, **extra} if type(extra) is dict and extra else held  # pyright: ignore[reportUnknownVariableType] - see above
    if storage == _OBJECT:
        return value.__dict__
    # Some SDKs' objects are dicts of a class of their own, whose `__dict__` is empty.
    return _copied(value) if storage == _MAPPING else _guarded(value)


_MODEL, _OBJECT, _MAPPING, _ODD = "model", "object", "mapping", "odd"
_CLASSES = 1024


def _storage(kind: type[Any]) -> str:
    """Return where objects of a class hold their fields; an odd one has none, or may have code for being asked."""
    if issubclass(kind, dict):
        return _MAPPING
    own: dict[str, object] = {}
    for each in reversed(kind.__mro__[:-1]):
        own.update(vars(each))
    if "__getattribute__" in own or type(own.get("__dict__")) is not GetSetDescriptorType:
        return _ODD
    if "__pydantic_extra__" not in own:
        return _OBJECT
    # Some SDKs' models have a value there that hides where pydantic keeps it.
    return _MODEL if type(own["__pydantic_extra__"]) is MemberDescriptorType else _ODD


class _Storages(dict[type[Any], str]):
    """What is known of classes: a look-up of a plain dict, as each part of each answer asks for one."""

    def __missing__(self, kind: type[Any]) -> str:
        found = _storage(kind)
        if len(self) >= _CLASSES:
            # Of classes that are made at run time; whatever is still in use comes again.
            self.clear()
        self[kind] = found
        return found


_known = _Storages()


def _guarded(value: Any) -> dict[str, Any]:
    try:
        held = _own(value, "__dict__")
    except Exception:  # it has none, or its class has made it something that fails
        return _NOTHING
    try:
        extra = _own(value, "__pydantic_extra__")
    except AttributeError:
        return held
    # Of a model's class, which odd data may hold, it is a descriptor.
    return {**held, **cast("dict[str, Any]", extra)} if type(extra) is dict and extra else held


def get(value: Any, name: str) -> Any:
    """Return a field of a mapping or of an SDK's object, None when it has none."""
    kind = type(value)  # pyright: ignore[reportUnknownVariableType] - anything may come
    if kind is dict:
        return value.get(name)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - as in `fields`
    if value is None:
        return None
    if issubclass(kind, dict):
        return _read(value, name)
    return fields(value).get(name)


def items(value: Any) -> Sequence[Any]:
    """Return the items of a list or tuple, and nothing of anything else: an iterator is not ours to consume."""
    kind = type(value)  # pyright: ignore[reportUnknownVariableType] - anything may come
    if kind is list or kind is tuple:
        return value  # pyright: ignore[reportUnknownVariableType] - as in `fields`
    if issubclass(kind, list):
        return _listed(value)
    return list(_iterated(value)) if issubclass(kind, tuple) else ()


def string(value: object) -> str | None:
    """Return a non-empty string, of a class of its own as a plain one."""
    if value is None:
        return None
    if type(value) is not str:
        if not issubclass(type(value), str):
            return None
        value = str.__str__(cast("str", value))
    return value or None


def count(value: object) -> int | None:
    """Return a token count; None when it is no whole number. Some SDKs' models turn what is an integer into a float."""
    if value is None:
        return None
    if type(value) is float and value.is_integer():
        value = int(value)
    return value if type(value) is int and value >= 0 else None


def counts(value: object, *names: str) -> list[int | None]:
    """Return the token counts of a mapping or an object by these names, each None when it is no whole number."""
    read = fields(value).get
    found: list[int | None] = []
    for name in names:
        each = read(name)
        found.append(each if each is None or (type(each) is int and each >= 0) else count(each))
    return found


def finish(reason: object) -> str | None:
    """Return a finish reason in the conventions' words; a word they do not know passes through."""
    return _FINISH.get(reason, reason) if isinstance(reason, str) and reason else None


def media(modality: str, url: object) -> Part:
    """Return the part for media by address, which is inline media when the address is a `data:` one."""
    address = string(url)
    if address is None:
        return Generic(modality, {"url": url})
    if not address.startswith("data:"):
        return Uri(modality, address)
    head, _, data = address.partition(",")
    return Blob(modality, data, head[5:].partition(";")[0] or None)


def texts(value: object) -> list[Part]:
    """Return the part of a content that is plain text."""
    return [Text(text)] if (text := string(value)) is not None else []
