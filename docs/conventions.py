# SPDX-License-Identifier: Apache-2.0
"""The tables of the page on conventions, from the facts that the code is generated from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from spanwright.semconv.metrics import PROFILES
from spanwright.semconv.spans import SPANS

_REGISTRY = Path(__file__).parents[1] / "semconv" / "spanwright" / "semconv" / "registry"
_MARK = re.compile(r"^<!-- table: (\w+) -->$", re.MULTILINE)


def filled(text: str) -> str:
    """Return the page with its tables."""
    tables = {"spans": spans, "metrics": metrics, "attributes": attributes}
    return _MARK.sub(lambda mark: tables[mark[1]](), text)


def spans() -> str:
    """Return the span types: what they are called, and how many attributes of each level they have."""
    rows = ["| operation | kind | always on it | when it is so |", "|---|---|---|---|"]
    for each in SPANS:
        by_level = {level: _codes(_of(each, level)) for level in ("required", "conditional")}
        operations = _codes(each.operations) or f"`{each.id}`"
        kinds = ", ".join(kind.lower() for kind in each.kinds)
        rows.append(f"| {operations} | {kinds} | {by_level['required']} | {by_level['conditional']} |")
    return "\n".join(rows)


def metrics() -> str:
    """Return the metrics, and the profile in which each is."""
    rows = ["| metric | instrument | unit | `compat` | `latest` |", "|---|---|---|---|---|"]
    known = {metric.name: metric for metric in (*PROFILES["compat"], *PROFILES["latest"])}
    for name, metric in sorted(known.items()):
        there = [
            "yes" if any(each.name == name for each in PROFILES[profile]) else ""
            for profile in ("compat", "latest")
        ]
        rows.append(f"| `{name}` | {metric.instrument} | `{metric.unit}` | {there[0]} | {there[1]} |")
    return "\n".join(rows)


def attributes() -> str:
    """Return all attributes of the conventions and of ours, in groups."""
    parts: list[str] = []
    for file in ("attributes.yaml", "ours.yaml"):
        facts = yaml.safe_load((_REGISTRY / file).read_text("utf-8"))
        for group in facts["groups"]:
            rows = [f"### {group['title']}", "", "| attribute | type | |", "|---|---|---|"]
            rows += [
                f"| `{key}` | {fact['type']} | {_escaped(fact.get('about', ''))} |"
                for key, fact in group["attributes"].items()
            ]
            parts.append("\n".join(rows))
    return "\n\n".join(parts)


def _of(kind: Any, level: str) -> list[str]:
    return [key for key, attribute in kind.attributes.items() if attribute.level == level]


def _codes(keys: Any) -> str:
    return " ".join(f"`{key}`" for key in keys)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
