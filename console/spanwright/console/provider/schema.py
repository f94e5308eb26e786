# SPDX-License-Identifier: Apache-2.0
"""Fills a JSON schema with values found in a text, for tool arguments and structured answers."""

from __future__ import annotations

import re
from typing import Any

from spanwright.console.provider.shape import Json, mapping, sequence, string, whole

_NAME = re.compile(r"[A-Z][\w'-]*(?: (?:de |of |da |la )?[A-Z][\w'-]*)*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SUM = re.compile(r"[\d(][\d\s.()+*/^%-]*[+*/^%-][\d\s.()+*/^%-]*[\d)]")
# At the beginning of a sentence: "Weather in Paris" names one place.
_HEADING = re.compile(r"(?:^|[.!?]\s+)([A-Z][\w'-]*)(?= (?:in|for|of|at|from|to|the|a|my|and)\b)")
_AFTER = re.compile(r"\b(?:in|for|at|from|near)\s+([a-z][\w'-]{2,})")
_DEEP = 6
_FILE = re.compile(r"[\w/-]+\.[a-z]{2,4}\b")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
# Words that begin a sentence in upper case without being a name.
_OPENERS = frozenset(
    re.split(
        " ",
        "a an and are can compare could do does find for give hello hey hi how i if is it let look me my "
        "please show should tell that the then there this use we what what's when where which who why will "
        "would you your summarise summarize write search get check also first finally in on at by also both",
    )
)
_PLACES = ("city", "location", "place", "town", "country", "region", "destination", "origin", "address")
_TEXTS = (
    "query",
    "question",
    "text",
    "input",
    "prompt",
    "message",
    "content",
    "description",
    "topic",
    "search",
    "summary",
    "answer",
    "reason",
    "explanation",
    "report",
    "note",
)
_FORMATS = {
    "date": "2026-01-15",
    "time": "12:00:00Z",
    "date-time": "2026-01-15T12:00:00Z",
    "email": "user@example.com",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def names(text: str) -> list[str]:
    """The proper names in a text, in order, each once."""
    found: list[str] = []
    headings = {match.start(1) for match in _HEADING.finditer(text)}
    for match in _NAME.finditer(text):
        kept = [] if match.start() in headings else match.group().split(" ")
        while kept and kept[0].lower() in _OPENERS:
            kept.pop(0)
        name = re.sub(r"'s$", "", " ".join(kept))
        if name and name not in found:
            found.append(name)
    return found or _AFTER.findall(text)[:1]


class Filler:
    """Makes values for schemas out of one text; the same text always gives the same values."""

    def __init__(self, text: str, answer: str = "", *, optional: bool = False) -> None:
        """`answer` fills free text fields; `optional` fills properties that are not required as well."""
        self.text = text
        self.answer = answer or text
        self.optional = optional
        self.names = names(text)
        self.numbers = _NUMBER.findall(text)
        self.definitions: Json = {}

    def fill(self, schema: Json) -> Any:
        """A value that is valid for the schema."""
        self.definitions = {**mapping(schema.get("definitions")), **mapping(schema.get("$defs"))}
        return self._value(schema, "", 0)

    def _value(self, schema: Json, name: str, depth: int) -> Any:
        schema = self._resolve(schema)
        if fixed := self._fixed(schema):
            return fixed[0]
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((each for each in sequence(schema.get("type")) if each != "null"), "null")
        if kind == "object" or "properties" in schema:
            return self._object(schema, depth)
        if kind == "array":
            # A schema that refers to itself ends somewhere.
            size = max(whole(schema.get("minItems")), 1 if depth < _DEEP else 0)
            return [self._value(mapping(schema.get("items")), name, depth + 1) for _ in range(size)]
        if kind in ("integer", "number"):
            return self._number(schema, integer=kind == "integer")
        if kind == "string":
            return self._string(schema, name)
        return True if kind == "boolean" else ({} if kind != "null" else None)

    def _fixed(self, schema: Json) -> list[Any]:
        """The only value that a schema leaves open, if it leaves one."""
        if choices := sequence(schema.get("enum")):
            said = self.text.lower()
            return [next((choice for choice in choices if str(choice).lower() in said), choices[0])]
        return [schema[key] for key in ("const", "default") if key in schema]

    def _resolve(self, schema: Json) -> Json:
        if reference := string(schema.get("$ref")):
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            return self._resolve({**mapping(self.definitions.get(reference.rsplit("/", 1)[-1])), **rest})
        for key in ("anyOf", "oneOf"):
            options = [mapping(each) for each in sequence(schema.get(key))]
            if options:
                return self._resolve(
                    next((each for each in options if each.get("type") != "null"), options[0])
                )
        for part in map(mapping, sequence(schema.get("allOf"))):
            schema = {**schema, **self._resolve(part)}
        return schema

    def _object(self, schema: Json, depth: int) -> Json:
        properties = mapping(schema.get("properties"))
        required = sequence(schema.get("required"))
        filled: Json = {}
        for name, told in properties.items():
            wanted = name in required or (self.optional and depth == 0)
            mentioned = any(
                str(one).lower() in self.text.lower() for one in sequence(mapping(told).get("enum"))
            )
            if wanted or mentioned:
                filled[name] = self._value(mapping(told), name, depth + 1)
        return filled

    def _number(self, schema: Json, *, integer: bool) -> float:
        value = float(self.numbers.pop(0)) if self.numbers else 1.0
        value = max(
            value, float(schema.get("minimum", value)), float(schema.get("exclusiveMinimum", value - 1)) + 1
        )
        value = min(
            value, float(schema.get("maximum", value)), float(schema.get("exclusiveMaximum", value + 1)) - 1
        )
        return int(value) if integer else value

    def _string(self, schema: Json, name: str) -> str:
        told = string(schema.get("format"))
        if told in _FORMATS:
            dates = _ISO.findall(self.text)
            return dates[0] if dates and told == "date" else _FORMATS[told]
        value = self._named(name.lower())
        least = int(schema.get("minLength", 0))
        return value.ljust(least, ".")[: int(schema.get("maxLength", max(len(value), least)))]

    def _named(self, name: str) -> str:
        """A text for a property with this name."""
        if any(word in name for word in ("expression", "formula", "equation")):
            return self._found(_SUM)
        if any(word in name for word in ("path", "file")) and _FILE.search(self.text):
            return self._found(_FILE)
        if any(word in name for word in _TEXTS) or not self.names:
            return self.answer
        if (
            any(word in name for word in ("name", "person", "user", "title", "subject"))
            and len(self.names) > 1
        ):
            return self.names.pop(0)
        place = any(word in name for word in _PLACES)
        return self.names[0] if place or self.answer == self.text else self.answer

    def _found(self, pattern: re.Pattern[str]) -> str:
        found = pattern.search(self.text)
        return found.group().strip() if found else self.text
