# SPDX-License-Identifier: Apache-2.0
"""The source text of `spans.py`: span types, refinements and events with their attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from spanwright.semconv.registry._facts import IMPORTS, head, levels, row, text

if TYPE_CHECKING:
    from spanwright.semconv.registry._facts import Facts

CLASSES = '''
class Attribute(NamedTuple):
    """How much one span type wants one attribute.

    `level` is required, conditional, recommended or opt_in; `start` is true when samplers want the value, so
    it is given when the span starts. `given` is a condition that a finished span can decide: the attribute is
    due when that key is set, or has one of the values where there are any.
    """

    level: str
    start: bool = False
    given: tuple[str, tuple[str, ...]] | None = None


class SpanType(NamedTuple):
    """One span type; it is named by the value of `name` and that of the first key of `target` that is set."""

    id: str
    operations: tuple[str, ...]
    kinds: tuple[str, ...]
    name: str
    target: tuple[str, ...]
    attributes: Mapping[str, Attribute]


class Refinement(NamedTuple):
    """Attributes that one provider, or one kind of tool where `provider` is empty, adds to a span type."""

    id: str
    of: str
    provider: str
    attributes: Mapping[str, Attribute]


class Event(NamedTuple):
    """One log event without a body: `severity` is 0 where none is asked for, `attributes` holds levels."""

    name: str
    severity: int
    severity_text: str
    attributes: Mapping[str, str]


REQUIRED: Final = Attribute("required")
REQUIRED_AT_START: Final = Attribute("required", start=True)
CONDITIONAL: Final = Attribute("conditional")
CONDITIONAL_AT_START: Final = Attribute("conditional", start=True)
RECOMMENDED: Final = Attribute("recommended")
RECOMMENDED_AT_START: Final = Attribute("recommended", start=True)
OPT_IN: Final = Attribute("opt_in")
'''


def spans(given: Facts) -> str:
    """Write the module that tells what belongs on which span and event."""
    keys = given.constants()
    types = given.spans["spans"]
    lines = head("What belongs on which span and log event, and how much.", "spans, http and events", given)
    lines += [*IMPORTS, CLASSES]
    lines += [
        f"_{name.upper()}: Final = {row(map(text, chosen))}" for name, chosen in _methods(given).items()
    ]
    for name, fact in given.every_span():
        lines += [
            "",
            f"{fact['constant']}: Final = SpanType(",
            f"id={text(name)},",
            f"operations={row(map(text, fact['operations']))},",
            f"kinds={row(text(kind.upper()) for kind in fact['kinds'])},",
            f"name=names.{keys[fact['name']]},",
            "target=" + row(f"names.{keys[key]}" for key in fact["target"]) + ",",
            *_attributes(fact["attributes"], keys),
            ")",
        ]
    lines += ["", "SPANS: Final[tuple[SpanType, ...]] = " + row(fact["constant"] for fact in types.values())]
    lines += ["", "BY_OPERATION: Final[Mapping[str, tuple[SpanType, ...]]] = {"]
    for operation in dict.fromkeys(name for fact in types.values() for name in fact["operations"]):
        chosen = [fact["constant"] for fact in types.values() if operation in fact["operations"]]
        lines += [f"{text(operation)}: {row(chosen)},"]
    lines += ["}", "", "REFINEMENTS: Final[tuple[Refinement, ...]] = ("]
    for name, fact in given.spans["refinements"].items():
        lines += ["Refinement(", f"id={text(name)},", f"of={text(fact['of'])},"]
        lines += [f"provider={text(fact.get('provider', ''))},", *_attributes(fact["attributes"], keys), "),"]
    return "\n".join([*lines, ")", *_events(given, keys)])


def _methods(given: Facts) -> dict[str, list[str]]:
    """Named lists of MCP methods that conditions refer to."""
    methods = dict(given.every_attribute())["mcp.method.name"]["values"]
    requests = [method for method in methods if not method.startswith("notifications/")]
    return {"requests": requests, **given.spans["methods"]}


def _attributes(facts: dict[str, dict[str, Any]], keys: dict[str, str]) -> list[str]:
    return [
        "attributes={",
        *(f"names.{keys[key]}: {_attribute(fact, keys)}," for key, fact in facts.items()),
        "},",
    ]


def _attribute(fact: dict[str, Any], keys: dict[str, str]) -> str:
    start = bool(fact.get("start"))
    if "given" not in fact:
        return fact["level"].upper() + ("_AT_START" if start else "")
    [(key, values)] = fact["given"].items()
    literal = row(map(text, cast("list[str]", values))) if isinstance(values, list) else _list(values)
    return f"Attribute({text(fact['level'])}, start={start}, given=(names.{keys[key]}, {literal}))"


def _list(name: str) -> str:
    return "()" if name == "any" else f"_{name.upper()}"


def _events(given: Facts, keys: dict[str, str]) -> list[str]:
    lines: list[str] = []
    for fact in given.events["events"].values():
        severity = fact.get("severity", {"number": 0, "text": ""})
        source = given.spans["spans"][fact["same_as"]] if "same_as" in fact else fact
        lines += [
            "",
            f"{fact['constant'].removeprefix('EVENT_')}: Final = Event(",
            f"name=names.{fact['constant']},",
            f"severity={severity['number']},",
            f"severity_text={text(severity['text'])},",
            *levels({key: value["level"] for key, value in source["attributes"].items()}, keys),
            ")",
        ]
    constants = [fact["constant"].removeprefix("EVENT_") for fact in given.events["events"].values()]
    return [
        *lines,
        "EVENTS: Final[Mapping[str, Event]] = {",
        *(f"{name}.name: {name}," for name in constants),
        "}",
    ]
