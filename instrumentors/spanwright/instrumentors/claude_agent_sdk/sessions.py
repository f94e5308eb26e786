# SPDX-License-Identifier: Apache-2.0
"""One connection to Claude Code: its messages, told apart by the agent that they belong to, and the runs that they make."""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import claude_messages as wire
from spanwright.instrumentors._dialects.wire import get, string
from spanwright.instrumentors.claude_agent_sdk.operations import begun
from spanwright.instrumentors.claude_agent_sdk.threads import Thread
from spanwright.semconv.model import AgentRun, Content, Message, Request, Text, ToolRun

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.instrumentors.claude_agent_sdk.facts import Facts

COST = "claude_agent_sdk.total_cost_usd"
_SAYING = frozenset(("assistant", "stream_event"))


class Session:
    """The runs of one connection, one after the other. `fed` tells that messages are seen where they come in.

    `around` is what the last prompt was sent in: a prompt that waits for its turn makes a run when Claude Code takes it up.
    """

    __slots__ = (
        "_agents",
        "_conversation",
        "_facts",
        "_model",
        "_since",
        "_telemetry",
        "around",
        "fed",
        "listening",
        "main",
        "owned",
        "started",
    )

    def __init__(self, telemetry: Telemetry, facts: Facts, around: Context) -> None:
        self._telemetry = telemetry
        self._facts = facts
        self._conversation = facts.conversation
        self._model = facts.model
        self._since: int | None = None
        self._agents: dict[str, Thread] = {}
        self.around = around
        self.main: Thread | None = None
        self.owned: Operation | None = None
        self.fed = self.listening = self.started = False

    def asked(self, prompt: Any, around: Context, at: int | None = None) -> Thread:
        """Open a run for a prompt, unless one goes on, which the prompt then is a part of."""
        self.around = around
        if self.main is not None and self.main.run.is_open:
            thread = self.main
        else:
            thread = self._opened(prompt, around, at)
        self.listening = thread.run.capturing and not isinstance(prompt, str)
        if isinstance(prompt, str):
            thread.said({"role": "user", "content": prompt})
        return thread

    def wrote(self, message: Any) -> None:
        """Take a message of a prompt that is a stream."""
        if get(message, "type") == "user" and self.main is not None:
            self.main.said(get(message, "message"))
            content = self.main.run.content()
            if not content.input:
                content.input = list(self.main.history)

    def take(self, message: Any) -> None:
        """Take a message of Claude Code's."""
        kind = string(get(message, "type"))
        thread = self._thread(message, opens=kind in _SAYING)
        if thread is not None:
            thread.run.touch()
        if kind == "system":
            self._system(message)
        elif thread is None:
            return
        elif kind == "assistant":
            self._answered(thread, message)
        elif kind == "stream_event":
            thread.event(get(message, "event"), self._model)
        elif kind == "user":
            self._returned(thread, message)
        elif kind == "result":
            self._ended(thread, message)

    def failed(self, error: BaseException) -> None:
        """End the run that goes on with an error of the connection."""
        if self.main is not None:
            self.main.end()
            self.main.run.fail(error)

    def close(self) -> None:
        """End what is still open; a run that a generator stands for is ended by that."""
        for thread in [*self._agents.values(), *([self.main] if self.main is not None else [])]:
            thread.end()
            if thread.run is not self.owned:
                thread.run.abandon()
        self._agents.clear()

    def left(self) -> None:
        """End what the run leaves open."""
        if self.main is not None:
            self.main.end()

    def place(self, request: Any) -> Context | None:
        """Return the context for what Claude Code asks of this process: of the tool that is called, or of the run."""
        if self.main is None or not self.main.run.is_open:
            return None
        asked = get(request, "request")
        message = get(asked, "message")
        if get(asked, "subtype") != "mcp_message":
            return self.main.context
        if get(message, "method") != "tools/call":
            return None
        params = get(message, "params")
        key = string(get(get(params, "_meta"), "claudecode/toolUseId"))
        name = f"mcp__{get(asked, 'server_name')}__{get(params, 'name')}"
        threads = (self.main, *self._agents.values())
        tools = [(k, tool) for thread in threads for k, tool in thread.tools.items()]
        found = [tool for k, tool in tools if k == key] or [
            tool for _, tool in tools if isinstance(tool.subject, ToolRun) and tool.subject.name == name
        ]
        return found[0].context if found else self.main.context

    # --- one kind of message each

    def _system(self, message: Any) -> None:
        if get(message, "subtype") == "init":
            self._since = time_ns()
            self._model = string(get(message, "model")) or self._model
            self._converses(string(get(message, "session_id")))
            if self.main is not None and self.main.run.is_open:
                self.main.since = self._since
        elif (ended := wire.ended(message)) is not None:
            self._leave(*ended)

    def _answered(self, thread: Thread, message: Any) -> None:
        self._converses(string(get(message, "session_id")))
        known = set(thread.tools)
        thread.answers(message, self._model)
        for key, name, given in wire.calls(message):
            started = wire.sub_agent(name, given)
            if started is not None and key not in known and key not in self._agents:
                self._agents[key] = self._sub_agent(thread.tools[key], *started)

    def _returned(self, thread: Thread, message: Any) -> None:
        for key, block in wire.results(message):
            if key in self._agents and not wire.goes_on(message):
                self._leave(key, "tool_error" if get(block, "is_error") is True else None)
            thread.returns(key, block)
            thread.said({"role": "user", "content": [block]})

    def _ended(self, thread: Thread, message: Any) -> None:
        response = wire.result(message)
        self._converses(response.conversation_id)
        thread.settle(response)
        thread.end()
        run = thread.run
        run.merge(response)
        if isinstance(run.subject, AgentRun) and (cost := wire.cost(message)) is not None:
            run.subject.request.extra = {COST: cost}
            run.changed = True
        if run.capturing:
            run.content().output = thread.answered
        self._since = None
        run.finish()

    # --- agents

    def _thread(self, message: Any, *, opens: bool) -> Thread | None:
        parent = string(get(message, "parent_tool_use_id"))
        if parent is not None and parent in self._agents:
            return self._agents[parent]
        if self.main is not None and self.main.run.is_open:
            return self.main
        return self._opened(None, self.around, self._since) if opens and parent is None else None

    def _opened(self, prompt: Any, around: Context, at: int | None) -> Thread:
        run = begun(
            self._telemetry,
            invocation(self._facts, self._conversation),
            around,
            at=at,
            content=lambda: asked(self._facts, prompt),
        )
        before = self.main
        self.main = Thread(self._telemetry, self._facts, run)
        if before is not None:
            self.main.history = before.history
        return self.main

    def _sub_agent(self, tool: Operation, kind: str | None, prompt: str | None) -> Thread:
        subject = AgentRun(name=kind, conversation_id=self._conversation)
        thread = Thread(
            self._telemetry,
            self._facts,
            begun(self._telemetry, subject, tool.context, content=lambda: _told(prompt)),
        )
        if prompt is not None:
            thread.said({"role": "user", "content": prompt})
        return thread

    def _leave(self, key: str, kind: str | None) -> None:
        thread = self._agents.pop(key, None)
        if thread is None:
            return
        thread.end()
        if thread.run.capturing:
            thread.run.content().output = thread.answered
        if kind is None:
            thread.run.finish()
        else:
            thread.run.refuse(kind)

    def _converses(self, conversation: str | None) -> None:
        """Name the conversation, whose id comes with Claude Code's first message."""
        if conversation is None:
            return
        self._conversation = conversation
        run = self.main.run if self.main is not None else None
        if run is not None and run.conversation != conversation and isinstance(run.subject, AgentRun):
            run.subject.conversation_id = run.conversation = conversation
            run.changed = True


def invocation(facts: Facts, conversation: str | None) -> AgentRun:
    """Return the subject of a run."""
    return AgentRun(name=facts.name, request=Request(model=facts.model), conversation_id=conversation)


def asked(facts: Facts, prompt: Any) -> Content:
    """Return the content of a run that starts."""
    content = _told(prompt)
    content.system = wire.instructions(facts.system)
    return content


def _told(prompt: Any) -> Content:
    return Content(input=[Message("user", [Text(prompt)])] if isinstance(prompt, str) else [])
