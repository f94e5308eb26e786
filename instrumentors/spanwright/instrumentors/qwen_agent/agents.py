# SPDX-License-Identifier: Apache-2.0
"""Agents, whose run is a generator, the tools that they call, and the search in files that their memory makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import qwen_agent as dialect
from spanwright.instrumentors._dialects.wire import get, string
from spanwright.instrumentors._families.methods import Method, bound
from spanwright.instrumentors._kernel.guard import guard
from spanwright.semconv.model import AgentRun, Content, Request, Retrieval, ToolRun
from spanwright.semconv.serial import parsed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message

_TYPE = "function"
# The framework's keeper of files is an agent in form alone: every other agent runs one, even where there are no files.
_KEEPER = ("Memory", "qwen_agent.memory.memory")


class Agents(Method):
    """The seam of `run(messages)`, which yields the whole answer so far, again and again."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, bound(_agent))


class Tools(Method):
    """The seam of `_call_tool(tool_name, tool_args)`, which answers errors instead of raising them."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, bound(_tool))

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the tool."""
        if operation.capturing:
            guard(_take, operation, value)
        if (kind := guard(dialect.failure, value)) is not None:
            operation.refuse(kind)
        else:
            operation.finish()


class Searches(Method):
    """The seam of `Retrieval.call(params)`."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, bound(_search))

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the search."""
        if operation.capturing:
            guard(_found, operation, value)
        operation.finish()


class _Runs:
    """Reads the answers of an agent of this name."""

    __slots__ = ("_name",)

    def __init__(self, name: str | None = None) -> None:
        self._name = name

    def response(self, value: Any) -> None:
        """Read nothing: what the model told stands on its own spans."""
        del value

    def output(self, value: Any) -> Sequence[Message]:
        """Read the answer."""
        found = dialect.output(value)
        for each in found:
            each.name = self._name
        return found

    def chunks(self, *, content: bool) -> Any:
        """Return a keeper of answers so far."""
        return dialect.chunks(content=content)


_NOBODY = _Runs()


def _agent(agent: Any, messages: Any = None, **_: Any) -> Found | None:
    kind: Any = agent.__class__
    if (kind.__name__, kind.__module__) == _KEEPER:
        return None
    subject = AgentRun(
        name=string(getattr(agent, "name", None)),
        description=string(getattr(agent, "description", None)),
        request=Request(model=string(getattr(getattr(agent, "llm", None), "model", None))),
    )
    return subject, _Runs(subject.name), lambda: Content(input=dialect.conversation(messages))


def _tool(agent: Any, tool_name: Any = None, tool_args: Any = "{}", messages: Any = None, **_: Any) -> Found:
    tool = get(getattr(agent, "function_map", None), tool_name)
    subject = ToolRun(
        name=string(tool_name) or "tool",
        type=_TYPE,
        description=string(getattr(tool, "description", None)),
        call_id=dialect.call_id(messages, tool_name, tool_args),
    )
    return subject, _NOBODY, lambda: Content(arguments=parsed(tool_args))


def _take(operation: Operation, value: Any) -> None:
    operation.content().result = dialect.result(value)


def _search(tool: Any, params: Any = None, **_: Any) -> Found:
    del tool
    return Retrieval(), _NOBODY, lambda: Content(query=dialect.query(params))


def _found(operation: Operation, value: Any) -> None:
    operation.content().documents = dialect.documents(value)
