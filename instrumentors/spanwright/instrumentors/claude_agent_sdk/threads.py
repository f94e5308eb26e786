# SPDX-License-Identifier: Apache-2.0
"""One agent at work, the main one or a sub-agent: its model calls, one after the other, and its tools, side by side."""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import anthropic_messages as anthropic
from spanwright.instrumentors._dialects import claude_messages as wire
from spanwright.instrumentors._dialects.wire import get
from spanwright.instrumentors.claude_agent_sdk.operations import begun
from spanwright.semconv.model import Content, Inference, Request, ToolRun

if TYPE_CHECKING:
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.instrumentors.claude_agent_sdk.facts import Facts
    from spanwright.semconv.model import Message, Response

_TOOL_ERROR = "tool_error"


class Thread:
    """What belongs to one agent's run. `since` is when the model was last given something to answer."""

    __slots__ = (
        "_answer",
        "_call",
        "_facts",
        "answered",
        "calls",
        "context",
        "history",
        "run",
        "since",
        "telemetry",
        "tools",
    )

    def __init__(self, telemetry: Telemetry, facts: Facts, run: Operation) -> None:
        self.telemetry = telemetry
        self.run = run
        # Kept: an operation that has ended forgets it, and what is started in the background comes later.
        self.context = run.context
        self.since = run.started
        self.tools: dict[str, Operation] = {}
        self.history: list[Message] = []
        self.answered: list[Message] = []
        self.calls = 0
        self._facts = facts
        self._call: Operation | None = None
        self._answer = wire.Answer(None)

    def said(self, message: Any) -> None:
        """Keep a message that the model is given, if content is captured."""
        if self.run.capturing:
            self.history.append(anthropic.message(message))

    def event(self, event: Any, model: str | None) -> None:
        """Take an event of the model's stream."""
        if get(event, "type") == "message_start":
            self._open(get(get(event, "message"), "id"), get(get(event, "message"), "model") or model)
        if self._call is not None:
            self._call.seen(event)
            self._answer.event(event)

    def answers(self, message: Any, model: str | None) -> None:
        """Take a piece of the model's answer, and start the tools that it calls."""
        key = wire.identity(message)
        if not wire.is_made_up(message):
            if self._call is None or key is None or key != self._answer.id:
                named = get(get(message, "message"), "model")
                self._open(key, model if get(message, "error") or not named else named)
            if self._call is not None:
                self._call.touch()
            self._answer.add(message)
        for call, name, given in wire.calls(message):
            if call not in self.tools:
                self.tools[call] = self._tool(call, name, given)

    def returns(self, key: str, block: Any) -> Operation | None:
        """End the tool whose result came; return it, if it is one of this thread's."""
        self.settle()
        self.since = time_ns()
        tool = self.tools.pop(key, None)
        if tool is None:
            return None
        if get(block, "is_error") is True:
            tool.refuse(_TOOL_ERROR)
            return tool
        if tool.capturing:
            tool.content().result = wire.returned(block)
        tool.finish()
        return tool

    def settle(self, whole: Response | None = None) -> None:
        """End the model call that is open; `whole` is what its run used, which tells a call that was the only one."""
        call, self._call = self._call, None
        if call is None:
            return
        answer, self._answer = self._answer, wire.Answer(None)
        response = answer.response()
        if whole is not None and self.calls == 1 and whole.usage is not None and answer.reason is None:
            response.usage = whole.usage
            response.finish_reasons = whole.finish_reasons
        call.merge(response)
        if self.run.capturing:
            self.answered = anthropic.output(answer.value())
            self.history += self.answered
        if call.capturing:
            call.content().output = self.answered
        call.abandon()

    def end(self) -> None:
        """End what is still open: nobody tells of it any more."""
        self.settle()
        while self.tools:
            self.tools.popitem()[1].abandon()

    def _open(self, key: Any, model: Any) -> None:
        self.settle()
        facts = self._facts
        stream = True if facts.streams else None
        subject = Inference(
            "chat", facts.provider, Request(model=model, stream=stream), None, facts.address, facts.port
        )
        self._call = begun(self.telemetry, subject, self.context, at=self.since, content=self._given)
        self._answer = wire.Answer(key)
        self.calls += 1

    def _given(self) -> Content:
        return Content(input=list(self.history))

    def _tool(self, key: str, name: str, given: Any) -> Operation:
        subject = ToolRun(name=name, type="function", call_id=key)
        return begun(self.telemetry, subject, self.context, content=lambda: Content(arguments=given))
