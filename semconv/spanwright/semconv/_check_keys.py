# SPDX-License-Identifier: Apache-2.0
"""Rules for single attributes: known keys, types, and values that stand for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.semconv import names
from spanwright.semconv._check_facts import (
    IDENTITIES,
    RENAMED,
    RENAMED_PREFIXES,
    RENAMED_VALUES,
    SHAPES,
    TYPES,
)
from spanwright.semconv.vocabularies.openllmetry import REQUEST_TYPE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAMESPACES = ("gen_ai.", "openai.", "mcp.")
LONGEST = 40
# Python refuses to write out numbers of thousands of digits.
LARGEST = 2**63
PLACEHOLDERS = frozenset(("none", "null", "unknown", "undefined", "n/a", "nan"))
VARIABLES = names.GEN_AI_PROMPT_VARIABLE + "."

Problem = tuple[str, str]
"""Rule id and message; the caller knows the subject."""


def keys(attributes: Mapping[str, object]) -> Iterator[Problem]:
    """Judge every attribute by itself."""
    for key, value in attributes.items():
        if not _second(key, attributes):
            yield from _named(key)
        yield from typed(key, value)


def ours(attributes: Mapping[str, object]) -> bool:
    """Tell whether any key is in a namespace that the GenAI conventions own."""
    return any(key.startswith(NAMESPACES) for key in attributes)


def is_text(value: object) -> bool:
    """Tell whether a value is text that names something."""
    return isinstance(value, str) and bool(value)


def typed(key: str, value: object) -> Iterator[Problem]:
    """Judge the value of a key that the conventions know; other keys pass."""
    known = VARIABLES[:-1] if key.startswith(VARIABLES) and key != VARIABLES else key
    kind = TYPES.get(known)
    if kind is None or known in SHAPES:
        return
    if key == names.GEN_AI_PROMPT_VARIABLE:
        yield "wrong-type", f"{key} is a prefix; write {VARIABLES}<name>"
    elif not _fits(kind, value):
        yield "wrong-type", f"{key} is {kind}, not {type(value).__name__}:{shown(value)}"
    else:
        yield from _value(key, value)


def shown(value: object) -> str:
    """Show a value in a message, with a blank before it, as far as it is short."""
    if isinstance(value, str):
        return f" {value if len(value) <= LONGEST else value[:LONGEST] + '...'!r}"
    if isinstance(value, int) and abs(value) > LARGEST:
        return " a huge number"
    return f" {value!r}" if value is None or isinstance(value, (int, float)) else " a value"


def _second(key: str, attributes: Mapping[str, object]) -> bool:
    """Tell whether a span says in OpenLLMetry's words what it says in those of the conventions, too."""
    return REQUEST_TYPE in attributes and SECOND.get(key) in attributes


def _named(key: str) -> Iterator[Problem]:
    successor = RENAMED.get(key)
    if successor is None and key.startswith("gen_ai.prompt.") and key.split(".")[2].isdigit():
        successor = names.GEN_AI_INPUT_MESSAGES
    for prefix, replacement in RENAMED_PREFIXES.items():
        if key.startswith(prefix):
            successor = successor or replacement
    if successor is not None:
        yield "renamed-key", f"{key} was replaced by {successor}"
    elif key.startswith(NAMESPACES) and key not in TYPES and not key.startswith(VARIABLES):
        yield "unknown-key", f"{key} is not in the conventions"


def _value(key: str, value: object) -> Iterator[Problem]:
    if not isinstance(value, str):
        return
    if (key in IDENTITIES and not value.strip()) or (value == "" and key not in SHAPES):
        yield "placeholder-value", f"{key} is empty"
    elif key in IDENTITIES and value.strip().lower() in PLACEHOLDERS:
        yield "placeholder-value", f"{key} is {value!r}"
    elif successor := RENAMED_VALUES.get(key, {}).get(value):
        yield "renamed-value", f"{key} is {value!r}; the well-known value is {successor!r}"


def _fits(kind: str, value: object) -> bool:
    if kind == "string[]":
        return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)  # pyright: ignore[reportUnknownVariableType]
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, {"boolean": bool, "double": float}.get(kind, str))
