# SPDX-License-Identifier: Apache-2.0
"""The spans of Microsoft's Agent Framework: the conventions' words, with fillers for what it does not know."""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from spanwright.instrumentors._dialects import convention_spans as conventions
from spanwright.instrumentors._dialects.wire import count, string
from spanwright.semconv import names as n
from spanwright.semconv.model import AgentRun, Inference, Request, Step, ToolRun, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spanwright.semconv.model import Content, Subject

# What the framework writes where it knows nothing.
_FILLERS = ("unknown", "None", "")
_RUN = "workflow.run"
_EXECUTOR = "executor.process"
_REASONING = "gen_ai.usage.reasoning.output_tokens"
_PORTS = {"https": 443, "http": 80}


def subject(name: str, told: Mapping[str, Any]) -> Subject | None:
    """Return what a span is about; None for messages on their way between executors, and for building."""
    attributes = plain(told)
    if name == _RUN:
        return WorkflowRun(
            name=string(attributes.get("workflow.name")),
            conversation_id=string(attributes.get(n.GEN_AI_CONVERSATION_ID)),
        )
    if name.startswith(_EXECUTOR):
        kind = string(attributes.get("executor.type"))
        executor = string(attributes.get("executor.id")) or name.removeprefix(_EXECUTOR).strip()
        return Step(
            f"executor {executor}".strip(),
            attributes={"agent_framework.executor.type": kind} if kind else None,
        )
    found = conventions.subject(attributes)
    if isinstance(found, AgentRun):
        # An agent without a name goes by its id.
        found.name = found.name if found.name != found.id else None
        found.request = Request(string(attributes.get(n.GEN_AI_REQUEST_MODEL)))
    elif isinstance(found, Inference):
        found.address, found.port = _server(found.address)
        if found.response is not None and found.response.usage is not None:
            found.response.usage.reasoning = count(attributes.get(_REASONING))
    elif isinstance(found, ToolRun) and found.name in _FILLERS:
        found.name = "tool"
    return found


def content(told: Mapping[str, Any]) -> Content:
    """Return the content of any span."""
    return conventions.content(plain(told))


def plain(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes without fillers, as plain values: the framework's are members of an enumeration."""
    found: dict[str, Any] = {}
    for key, given in told.items():
        value = given.value if isinstance(given, Enum) else given
        if isinstance(value, str) and value in _FILLERS:
            continue
        found[key.value if isinstance(key, Enum) else key] = value
    if found.get(n.GEN_AI_REQUEST_CHOICE_COUNT) == 1:
        # Written always, asked for or not.
        del found[n.GEN_AI_REQUEST_CHOICE_COUNT]
    reasons = found.get(n.GEN_AI_RESPONSE_FINISH_REASONS)
    if isinstance(reasons, str):
        found[n.GEN_AI_RESPONSE_FINISH_REASONS] = _listed(reasons)
    return found


def _listed(reasons: str) -> Any:
    """Return finish reasons, which the framework writes as JSON."""
    try:
        return json.loads(reasons)
    except ValueError:
        return [reasons]


def _server(address: str | None) -> tuple[str | None, int | None]:
    """Return host and port of an address, which is a URL here."""
    if address is None:
        return None, None
    try:
        parsed = urlsplit(address)
        port = parsed.port or _PORTS.get(parsed.scheme)
    except ValueError:
        return None, None
    return (parsed.hostname, port) if parsed.hostname and port else (None, None)
