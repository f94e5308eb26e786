# SPDX-License-Identifier: Apache-2.0
"""Agents before 1.0, which chat with each other: chats, replies and functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import ag2_chats as dialect
from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._families.methods import Method, bound
from spanwright.instrumentors.ag2.answers import Said
from spanwright.semconv.model import AgentRun, Content, Request, ToolRun, WorkflowRun

if TYPE_CHECKING:
    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# The conventions' word for a tool that answers that it failed.
_TOOL_ERROR = "tool_error"


class Chats(Method):
    """The seam of a chat, which is a workflow of whoever takes part."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, bound(self._begun))

    def _begun(self, sender: Any, recipient: Any = None, *_: Any, message: Any = None, **__: Any) -> Found:
        del sender, recipient
        return WorkflowRun(), Said(dialect.outcome), lambda: Content(input=dialect.messages([message]))


class Replies(Method):
    """The seam of an agent's reply."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, bound(self._asked))

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the reply, also one of nothing."""
        if value is None:
            operation.finish()
        else:
            super().returned(operation, value)

    def _asked(self, agent: Any, messages: Any = None, sender: Any = None, *_: Any, **__: Any) -> Found:
        description, told = getattr(agent, "description", None), getattr(agent, "system_message", None)
        subject = AgentRun(
            name=string(getattr(agent, "name", None)),
            # An agent that has none is described by its instructions, which are content.
            description=string(description) if description != told else None,
            request=Request(model=dialect.model(getattr(agent, "llm_config", None))),
        )

        def content() -> Content:
            history = messages if messages is not None else agent.chat_messages.get(sender)
            return Content(system=dialect.system(told), input=dialect.messages(history))

        return subject, Said(dialect.reply), content


class Functions(Method):
    """The seam of a function, whose failure is an answer."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, bound(self._called))

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the tool."""
        succeeded, told = value
        if not succeeded:
            operation.refuse(_TOOL_ERROR)
            return
        if operation.capturing:
            operation.content().result = told.get("content")
        operation.finish()

    def _called(self, agent: Any, func_call: Any, call_id: Any = None, *_: Any, **__: Any) -> Found:
        name = string(func_call.get("name")) or "tool"
        subject = ToolRun(
            name=name,
            type="function",
            description=dialect.described(getattr(agent, "llm_config", None), name),
            call_id=string(call_id),
        )
        return subject, Said(), lambda: Content(arguments=func_call.get("arguments"))
