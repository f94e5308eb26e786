# SPDX-License-Identifier: Apache-2.0
"""What is said of an agent and of a team."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects import autogen_messages as dialect
from spanwright.instrumentors._dialects.wire import get, string
from spanwright.semconv import names as n
from spanwright.semconv.model import AgentRun, Request, WorkflowRun


def agent(instance: Any) -> AgentRun:
    """Return the subject of an agent's run."""
    subject = AgentRun(
        name=string(getattr(instance, "name", None)),
        description=string(getattr(instance, "description", None)),
    )
    subject.request = request(instance)
    return subject


def request(instance: Any) -> Request:
    """Return what only the agent itself knows: its model and the shape of its output."""
    form = get(instance, "_output_content_type")
    return Request(model=dialect.model(instance), output_type=n.OutputType.JSON if form is not None else None)


def team(instance: Any) -> WorkflowRun:
    """Return the subject of a team's run; a team that nobody has named has no name."""
    name = string(getattr(instance, "name", None))
    return WorkflowRun(name=None if name == getattr(instance, "DEFAULT_NAME", None) else name)
