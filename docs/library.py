# SPDX-License-Identifier: Apache-2.0
"""A library's page: from its instrumentor, from what its tests recorded, and from what the README says of its limits."""

from __future__ import annotations

import importlib
import inspect
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figure import figure

from spanwright.semconv.spans import SPANS

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_PICTURES = Path(__file__).parent / "pictures"
_CONTENT = {
    key
    for kind in SPANS
    for key, attribute in kind.attributes.items()
    if attribute.level == "opt_in" and key.startswith("gen_ai.")
}


def page(point: EntryPoint, readme: str) -> str:
    """Return the page of the library that an entry point names."""
    instrumentor = point.load()
    name = point.name.removeprefix("spanwright_")
    module = inspect.getdoc(importlib.import_module(point.module)) or ""
    limits = re.findall(rf"^\| `{name}` \| ([^|`][^|]*) \|$", readme, re.MULTILINE)
    parts = [
        f"# {name}",
        module,
        f'```sh\npip install "spanwright[{name}]"\n```',
        f"Traced are {instrumentor.captures}.",
        *recorded(name),
        "## Tested versions",
        "\n".join(f"* `{each}`" for each in instrumentor.supports),
        "The tests run with the oldest and with the newest of them. Others are instrumented all the same, with one warning.",
        "## How",
        inspect.getdoc(instrumentor) or "",
        *_patched(name),
        "Modules that it waits for: " + ", ".join(f"`{each}`" for each in instrumentor.watches) + ".",
        f"To leave it out: `OTEL_PYTHON_DISABLED_INSTRUMENTATIONS={point.name}`.",
    ]
    told = [f"* {each[:1].upper()}{each[1:]}" for each in limits]
    parts += ["## Known limits", "\n".join(told) or "None that are its own."]
    parts.append("See also the [limits of all](../../README.md#known-limits).")
    return "\n\n".join(filter(None, parts)) + "\n"


def recorded(name: str) -> list[str]:
    """Return the picture of a trace and the table of what is captured, where the library's tests have left them."""
    file = _PICTURES / f"{name}.json"
    if not file.is_file():
        return []
    text = file.read_text("utf-8")
    kept = json.loads(text)
    versions = ", ".join(f"{each} {number}" for each, number in kept["versions"].items())
    test = kept["test"].rpartition("::")[2].partition("[")[0].replace("_", " ").removeprefix("test ")
    return [
        "## A trace",
        f"Recorded by one of its tests (“{test}”) with {versions}. A span opens to show its attributes.",
        figure(text),
        *_captured(kept["operations"]),
    ]


def _captured(operations: dict[str, list[str]]) -> list[str]:
    told = {each: keys for each, keys in operations.items() if keys and each != "step"}
    if not told:
        return []
    rows = ["| operation | attributes |", "|---|---|"]
    for each, keys in told.items():
        content = _codes(key for key in keys if key in _CONTENT)
        # What has no dot was set by a test, in the place of an application.
        plain = _codes(key for key in keys if key not in _CONTENT and "." in key)
        rows.append(f"| `{each}` | {plain}{f'<br>with content on: {content}' if content else ''} |")
    return [
        "## What is captured",
        "What its tests found on its spans, all of them together; no span has all of it.",
        "\n".join(rows),
    ]


def _patched(name: str) -> list[str]:
    file = _PICTURES / f"{name}.json"
    patches = json.loads(file.read_text("utf-8")).get("patches") if file.is_file() else None
    if not patches:
        return []
    modules: dict[str, list[str]] = {}
    for module, target in patches:
        modules.setdefault(module, []).append(target)
    rows = ["| module | what is patched in it |", "|:---|:---|"]
    rows += [
        f"| `{module}` | {_codes(filter(None, targets)) or 'a hook of its own, when it is imported'} |"
        for module, targets in modules.items()
    ]
    return ["\n".join(rows)]


def _codes(keys: Any) -> str:
    return " ".join(f"`{key}`" for key in keys)
