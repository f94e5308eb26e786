# SPDX-License-Identifier: Apache-2.0
"""The source text of `_check_facts.py`: what only the conformance oracle needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.semconv.registry._facts import head, text

if TYPE_CHECKING:
    from spanwright.semconv.registry._facts import Facts


def oracle(given: Facts) -> str:
    """Write types, shapes, and the names of the past."""
    lines = head(
        "Types, shapes and names of the past, for the conformance oracle.",
        "attributes, ours and removed",
        given,
    )
    lines += [
        "from typing import TYPE_CHECKING, Final",
        "",
        "if TYPE_CHECKING:",
        "    from collections.abc import Mapping",
    ]
    facts = dict(given.every_attribute())
    types = {key: fact["type"] for key, fact in facts.items()}
    tables = {
        "TYPES": {**types, **dict.fromkeys(given.attributes["tolerated"], "string")},
        "SHAPES": {key: fact["shape"] for key, fact in facts.items() if "shape" in fact},
        "RENAMED": given.removed["attributes"],
        "RENAMED_PREFIXES": given.removed["prefixes"],
        "RENAMED_METRICS": given.removed["metrics"],
        "RENAMED_EVENTS": given.removed["events"],
    }
    for name, table in tables.items():
        lines += ["", f"{name}: Final[Mapping[str, str]] = {_mapping(table)}"]
    lines += ["", "RENAMED_VALUES: Final[Mapping[str, Mapping[str, str]]] = {"]
    lines += [*(f"{text(key)}: {_mapping(table)}," for key, table in given.removed["values"].items()), "}"]
    identities = "".join(f"{text(key)}," for key, fact in facts.items() if fact.get("identity"))
    return "\n".join([*lines, "", f"IDENTITIES: Final = frozenset(({identities}))"])


def _mapping(table: dict[str, str]) -> str:
    return "{" + "".join(f"{text(key)}: {text(value)}," for key, value in table.items()) + "}"
