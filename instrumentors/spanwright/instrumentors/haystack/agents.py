# SPDX-License-Identifier: Apache-2.0
"""Agents: one invocation each, called as the pipeline or the tool calls them, since they have no names of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import haystack_messages as messages
from spanwright.instrumentors._dialects.wire import fields, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel import current
from spanwright.semconv.model import AgentRun, Content, Request, Text, ToolRun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.reading import Chunks
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message


class Agents(Method):
    """The seam of an agent's `run(messages, ...)`."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_call)

    def _find_call(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        held = fields(instance)
        name = string(held.get("__component_name__"))
        around = current.operation()
        if name is None and around is not None and isinstance(around.subject, ToolRun):
            name = around.subject.name
        subject = AgentRun(
            name=name, request=Request(model=messages.model(fields(held.get("chat_generator"))))
        )
        asked = args[0] if args else kwargs.get("messages")
        tools = kwargs.get("tools") if kwargs.get("tools") is not None else held.get("tools")
        system = string(kwargs.get("system_prompt")) or string(held.get("system_prompt"))

        def content() -> Content:
            return Content(
                system=[Text(system)] if system is not None else [],
                input=messages.conversation(asked),
                tools=messages.offered(tools),
            )

        return subject, _ANSWERED, content


class _Answered:
    """Reads what an agent answers with."""

    __slots__ = ()

    def response(self, value: Any) -> None:
        """Return nothing: its model calls have the facts."""

    def output(self, value: Any) -> Sequence[Message]:
        """Return the last message."""
        return messages.last(value)

    def chunks(self, *, content: bool) -> Chunks:
        """Never called: a stream goes to a callback."""
        raise NotImplementedError


_ANSWERED = _Answered()
