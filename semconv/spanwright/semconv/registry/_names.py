# SPDX-License-Identifier: Apache-2.0
"""The source text of `names.py`: constants for keys, metrics, events and well-known values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.semconv.registry._facts import constant, head, text

if TYPE_CHECKING:
    from spanwright.semconv.registry._facts import Facts

MESSAGE_ENUMS = {
    "Role": "Who speaks in a message; a provider's own role is kept when it is none of these.",
    "PartType": "The `type` of a message part.",
    "Modality": "The `modality` of a blob, uri or file part.",
    "FinishReason": "Why a choice ended; providers' words are translated into these.",
    "ToolType": "Values of `gen_ai.tool.type` that upstream describes.",
}


def names(given: Facts) -> str:
    """Write the module that holds every convention string."""
    files = "attributes, events, http, messages, metrics and ours"
    lines = head("The names the conventions give to attributes, metrics, events and values.", files, given)
    lines += ["from typing import Final"]
    for group in (*given.attributes["groups"], *given.ours["groups"]):
        lines += ["", f"# Attributes. {group['title']}."]
        for key, fact in group["attributes"].items():
            lines += _constant(fact.get("constant", constant(key)), key, fact)
    lines += ["", "# Metrics."]
    for name, fact in given.every_metric():
        lines += _constant(f"METRIC_{constant(name)}", name, fact)
    lines += ["", "# Events."]
    for name, fact in given.events["events"].items():
        lines += _constant(fact["constant"], name, fact)
    for key, fact in given.every_attribute():
        if "enum" in fact:
            lines += _values(fact["enum"], fact["values"], f"Well-known values of `{key}`; others may occur.")
    for name, values in given.messages["enums"].items():
        lines += _values(name, values, MESSAGE_ENUMS[name])
    return "\n".join(lines)


def _constant(name: str, value: str, fact: dict[str, Any]) -> list[str]:
    about = f'"""{fact["about"]}"""' if "note" not in fact else f'"""{fact["about"]}\n\n{fact["note"]}\n"""'
    return [f"{name}: Final = {text(value)}", about]


def _values(name: str, values: list[str], about: str) -> list[str]:
    lines = [f"class {name}:", f'    """{about}"""', ""]
    return lines + [f"    {constant(value)}: Final = {text(value)}" for value in values]
