# SPDX-License-Identifier: Apache-2.0
"""What an operation has from those that it started in: the conversation, and the agent that counts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel import current
from spanwright.semconv.model import AgentRun, Inference, ToolRun, WorkflowRun

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.operation import Operation

CONVERSING = (Inference, AgentRun, WorkflowRun, ToolRun)
"""The subjects that belong to a conversation."""


def inherit(operation: Operation, around: Context) -> None:
    """Take conversation and agent from around, and count this call on the agent that makes it."""
    subject, agent = operation.subject, operation.agent
    if isinstance(subject, CONVERSING):
        if subject.conversation_id is None:
            subject.conversation_id = operation.conversation or current.conversation_id(around)
        operation.conversation = subject.conversation_id
    elif operation.conversation is None:
        operation.conversation = current.conversation_id(around)
    if agent is None:
        return
    if isinstance(subject, Inference):
        agent.calls += 1
    elif isinstance(subject, ToolRun):
        agent.tools += 1
        if subject.agent_name is None and isinstance(agent.subject, AgentRun):
            subject.agent_name = agent.subject.name
