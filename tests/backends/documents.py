# SPDX-License-Identifier: Apache-2.0
"""What backends that cannot be installed here document of their configuration, and what a file of ours lacks or has too much of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

_FOLDER = Path(__file__).parent / "documented"


def _schemas() -> dict[str, Any]:
    return {file.name: yaml.safe_load(file.read_text("utf-8")) for file in sorted(_FOLDER.glob("*.yml"))}


def faults(program: str, config: Any) -> list[str]:
    """Return what the program would not take, each with its place in the file."""
    schemas = _schemas()
    registry: Registry[Any] = Registry().with_resources(
        (name, Resource.from_contents(schema, default_specification=DRAFT202012))
        for name, schema in schemas.items()
    )
    # The schema is known by its name, so that what it refers to is looked for beside it.
    judge = Draft202012Validator(
        {"$ref": f"{program}.yml"}, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    return [f"{fault.json_path}: {fault.message}" for fault in judge.iter_errors(config)]


def misspelt(config: Any) -> Iterator[tuple[str, Any]]:
    """Return copies of a file, each with one of its keys misspelt, and the key."""
    if isinstance(config, dict):
        for key, value in config.items():
            rest = {other: kept for other, kept in config.items() if other != key}
            yield key, {**rest, f"{key}x": value}
            yield from ((below, {**config, key: changed}) for below, changed in misspelt(value))


def places(config: Any, wanted: str, place: str = "") -> Iterator[tuple[str, Any]]:
    """Return all values of keys that end so, with their places."""
    if isinstance(config, dict):
        for key, value in config.items():
            here = f"{place}.{key}".lstrip(".")
            if str(key).endswith(wanted):
                yield here, value
            yield from places(value, wanted, here)


def loose(config: Any) -> list[str]:
    """Return what a Collector, or what is built on one, names without defining it, or defines without naming it."""
    found: list[str] = []
    service = config["service"]
    for part in ("receivers", "processors", "exporters"):
        named = {name for pipeline in service["pipelines"].values() for name in pipeline.get(part, ())}
        found += sorted(f"{part}: {name}" for name in named ^ set(config.get(part, ())))
    extensions = config.get("extensions", {})
    found += sorted(f"extensions: {name}" for name in set(service.get("extensions", ())) ^ set(extensions))
    backends = set(extensions.get("jaeger_storage", {}).get("backends", ()))
    asked = {
        *extensions.get("jaeger_query", {}).get("storage", {}).values(),
        *(each["trace_storage"] for name, each in config["exporters"].items() if name.startswith("jaeger_")),
    }
    return found + sorted(f"storage: {name}" for name in asked ^ backends)
