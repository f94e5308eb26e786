# SPDX-License-Identifier: Apache-2.0
"""What is said of an agent: name, description, its model when it has one of its own, and the shape of its output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.wire import get, string
from spanwright.semconv import names as n
from spanwright.semconv.model import AgentRun, Request

if TYPE_CHECKING:
    from spanwright.instrumentors.openai_agents.runs import Run

_TEXT = "str"


def invocation(data: Any, run: Run | None) -> AgentRun:
    """Return the subject of an agent's span; `data` is what the SDK writes down of it."""
    name = string(getattr(data, "name", None))
    form = string(getattr(data, "output_type", None))
    subject = AgentRun(
        name=name, request=Request(output_type=n.OutputType.JSON if form not in (None, _TEXT) else None)
    )
    if run is not None:
        subject.conversation_id = run.conversation
        if get(run.agent, "name") == name:
            describe(subject, run)
    return subject


def describe(subject: AgentRun, run: Run) -> bool:
    """Add what only the agent itself knows; return whether there is anything new."""
    before = subject.description, subject.request.model
    subject.description = string(get(run.agent, "handoff_description"))
    subject.request.model = run.model or model_name(get(run.agent, "model"))
    return (subject.description, subject.request.model) != before


def model_name(model: Any) -> str | None:
    """Return the name of a model, given by name or as an object that has it."""
    return string(model) or string(get(model, "model"))
