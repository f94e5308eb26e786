# SPDX-License-Identifier: Apache-2.0
"""Rules over the model: every text that leaves the process passes them, before anything is written or cut.

What comes back is new; a caller's own objects are read and never changed.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from spanwright.semconv import media
from spanwright.semconv.fields import MARK, is_secret
from spanwright.semconv.parts import Blob, Content
from spanwright.semconv.serial import ANY, Walk, dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Rule = Callable[[str], str]

FAILED = "[redacted:failed]"
# A value of more nodes than this is cut: each is looked at.
_NODES = 1 << 20
# Fewer digits are no card number.
_LARGE = 10**12
# Slots of the model that hold anything; a tool's parameters are a schema, whose fields have names and no values.
_OPEN = frozenset(("arguments", "result", "variables", "response", "call", "value", "metadata"))
_SCHEMA = "parameters"
# These hold a text; what else is a string is a name, an identifier or a word of the conventions.
_TEXTS = frozenset(("content", "description", "query", "uri"))
_EXAMPLES = frozenset(("default", "example", "examples", "const", "enum"))
_NAMED = ("name", "key", "header")
# Of an operation these are words of the conventions; its content has a way of its own.
_WORDS = frozenset(("content", "operation", "usage"))
_PROSE = "description"
_PAIR = 2
_ORIGIN = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*")


class Mask:
    """An ordered list of rules. `facts` are those that names and identifiers pass, `texts` those of content, which come after.

    With `named`, values of fields that are named as credentials are replaced, also in JSON that is given as text. With
    `sealed`, fields that hold media are.
    """

    __slots__ = ("_facts", "_named", "_sealed", "_texts")

    def __init__(
        self, facts: Sequence[Rule], texts: Sequence[Rule] = (), *, named: bool = False, sealed: bool = False
    ) -> None:
        self._facts = tuple(facts)
        self._texts = (*self._facts, *texts)
        self._named = named
        self._sealed = sealed

    def fact(self, text: str) -> str:
        """Return a name or an identifier."""
        return _passed(text, self._facts)

    def text(self, text: str) -> str:
        """Return a text of content; one that is JSON stays JSON."""
        if self._named and text[:1] in ("{", "[", " ", "\n") and (found := self._json(text)) is not None:
            return found
        return _passed(text, self._texts)

    def value(self, value: object, *, schema: bool = False) -> Any:
        """Return any value as builtin lists, dicts and scalars."""
        return _Masking(self, named=self._named, sealed=self._sealed, schema=schema).value(value)

    def url(self, url: str) -> str:
        """Return an address whose path and query have passed; its origin stays."""
        match = _ORIGIN.match(url)
        origin = match.group() if match else ""
        rest = url[len(origin) :]
        if rest in ("", "/"):
            return url
        rest = self.text(rest)
        if "%" in rest:
            rest = re.sub(r"[^/?&=#;]*%[^/?&=#;]*", self._decoded, rest)
        return origin + (rest if rest[0] in "/?#" else f"/{rest}")

    def content(self, content: Content) -> Content:
        """Return the content of an operation."""
        return self._copied(content)

    def subject(self, subject: Any) -> None:
        """Pass what an operation says besides its content. The model is ours, so it is changed in its place."""
        for name in subject.__slots__:
            if name not in _WORDS and (value := getattr(subject, name)) is not None:
                shown = self.text(value) if name == _PROSE and isinstance(value, str) else self._told(value)
                if shown is not value:
                    setattr(subject, name, shown)

    def attributes(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """Return attributes."""
        return {
            key: MARK if self._named and isinstance(value, str) and is_secret(key) else self._told(value)
            for key, value in attributes.items()
        }

    def _told(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.fact(str.__str__(value))
        if isinstance(value, dict):
            return self.attributes(cast("dict[str, Any]", value))
        if isinstance(value, (list, tuple)):
            return [self._told(item) for item in cast("Iterable[Any]", value)]
        if hasattr(value, "__slots__") and hasattr(value, "__dataclass_fields__"):
            self.subject(value)
        return value

    def _copied(self, value: Any, slot: str = "") -> Any:
        """Return a part of the model, whose slots tell what they hold."""
        if value is None or isinstance(value, Blob):
            return value
        if slot in _OPEN or slot == _SCHEMA:
            return self.value(dict(value) if slot == "variables" else value, schema=slot == _SCHEMA)
        if isinstance(value, str):
            return (self.text if slot in _TEXTS else self.fact)(str.__str__(value))
        if isinstance(value, (list, tuple)):
            return [self._copied(item) for item in cast("Iterable[Any]", value)]
        if hasattr(value, "__dataclass_fields__"):
            return type(value)(**{name: self._copied(getattr(value, name), name) for name in value.__slots__})
        return value

    def _json(self, text: str) -> str | None:
        """Return JSON text, or None if it is none. Where a key stands twice, a parser would see one value of two."""
        try:
            value: Any = json.loads(text, object_pairs_hook=_once)
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, (dict, list)):
            return None
        shown = self.value(cast("object", value))
        return text if shown == value else dumps(shown, ANY)

    def _decoded(self, match: re.Match[str]) -> str:
        """Return a component of an address as it was, unless a rule finds something in what it stands for."""
        text = unquote(match.group())
        shown = self.text(text)
        return match.group() if shown == text else shown


def _passed(text: str, rules: Sequence[Rule]) -> str:
    for rule in rules:
        try:
            text = rule(text)
        except Exception:  # noqa: PERF203 - what a rule cannot judge is not shown
            return FAILED
    return text


class _Masking(Walk):
    """A walk that passes every text, and cuts nothing but what no walk could hold."""

    __slots__ = ("_inside", "_mask", "_named", "_schema", "_sealed")

    def __init__(self, mask: Mask, *, named: bool, sealed: bool, schema: bool) -> None:
        super().__init__(_NODES, ANY, ANY)
        self._mask = mask
        self._named = named
        self._sealed = sealed
        self._schema = schema
        self._inside = False

    def _scalar(self, value: Any, depth: int) -> Any:
        if type(value) is int and not -_LARGE < value < _LARGE:
            digits = super()._scalar(value, depth)
            return digits if (text := str(digits)) == (shown := self._mask.text(text)) else shown
        return super()._scalar(value, depth)

    def _text(self, value: str) -> str:
        return self._mask.text(str.__str__(value))

    def _key(self, key: object) -> str:
        return self._mask.fact(str.__str__(key)) if isinstance(key, str) else super()._key(key)

    def _pairs(self, pairs: Iterable[tuple[object, object]], depth: int) -> dict[str, Any]:
        everything = list(pairs)
        hidden = self._hidden(dict(pair for pair in everything if type(pair[0]) is str))
        found: dict[str, Any] = {}
        for key, item in everything:
            if key in hidden:
                found[self._key(key)] = hidden[cast("str", key)]
            elif self._named and isinstance(key, str) and (self._inside or is_secret(key)):
                found[self._key(key)] = self._concealed(key, item, depth)
            else:
                found[self._key(key)] = self.value(item, depth)
        return found

    def _hidden(self, held: dict[Any, object]) -> dict[str, str]:
        """Return what stands for fields that others tell to be secret: `{"name": "password", "value": ...}`."""
        if self._named and "value" in held and not self._schema:
            for name in _NAMED:
                if isinstance(told := held.get(name), str) and is_secret(told):
                    return {"value": MARK}
        if self._sealed and (found := media.held(held)) is not None:
            return dict((found,))
        return {}

    def _concealed(self, key: str, item: Any, depth: int) -> Any:
        if self._schema and type(item) in (dict, list) and key not in _EXAMPLES:
            before, self._inside = self._inside, True
            try:
                return self.value(item, depth)
            finally:
                self._inside = before
        if self._inside and key not in _EXAMPLES:
            return self.value(item, depth)
        return item if item is None or isinstance(item, bool) or item == "" else MARK

    def _items(self, value: Iterable[object], depth: int) -> list[Any]:
        everything = list(value)
        if self._named and not self._schema and len(everything) == _PAIR:
            name, given = everything
            if isinstance(name, str) and isinstance(given, (str, bytes)) and is_secret(name):
                return [self._text(name), MARK]
        return super()._items(everything, depth)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(pairs)
    return found
