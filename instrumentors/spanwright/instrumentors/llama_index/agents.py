# SPDX-License-Identifier: Apache-2.0
"""What is known of an agent, and which workflow is one."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import llama_index_messages as messages
from spanwright.instrumentors._dialects.llama_index_answers import model
from spanwright.instrumentors._dialects.wire import fields, get, items, string
from spanwright.instrumentors.llama_index.engines import session
from spanwright.semconv.model import AgentRun, Content, Generic, Message, Request, Text, Tool

if TYPE_CHECKING:
    from collections.abc import Sequence

_AGENT, _SEVERAL = "BaseWorkflowAgent", "AgentWorkflow"
# What LlamaIndex calls an agent that nobody has named or described.
_NAME = "Agent"
_DESCRIPTIONS = frozenset(
    {
        "An agent that can perform a task",
        "A single agent that uses the provided tools or functions.",
    }
)


def agent(workflow: Any) -> Any:
    """Return the agent that a workflow is, or that it has alone."""
    if _is(workflow, _AGENT):
        return workflow
    held = members(workflow)
    return next(iter(held.values())) if len(held) == 1 else None


def members(workflow: Any) -> dict[str, Any]:
    """Return the agents of a workflow of several by name."""
    return fields(fields(workflow).get("agents")) if _is(workflow, _SEVERAL) else {}


def is_agentic(kind: type) -> bool:
    """Return whether the steps of a workflow's class are those of agents."""
    return _below(kind, _AGENT) or _below(kind, _SEVERAL)


def invocation(found: Any, conversation: str | None) -> AgentRun:
    """Return an agent's run."""
    held = fields(found)
    name, description = string(held.get("name")), string(held.get("description"))
    llm = fields(held.get("llm"))
    return AgentRun(
        name=None if name == _NAME else name,
        description=None if description in _DESCRIPTIONS else description,
        request=Request(model=model(llm)),
        conversation_id=conversation,
    )


def content(found: Any, given: Sequence[Message]) -> Content:
    """Read what an agent is told."""
    held = fields(found)
    system = string(held.get("system_prompt"))
    tools = [fields(fields(each).get("_metadata")) for each in items(held.get("tools"))]
    return Content(
        system=[Text(system)] if system is not None else [],
        input=given,
        # Descriptions are large and left out, as the conventions recommend.
        tools=[Tool(name) for each in tools if (name := string(each.get("name"))) is not None],
    )


def started(event: Any) -> list[Message]:
    """Read what a run of agents is started with."""
    held = data(event)
    return [
        *messages.conversation(held.get("chat_history")),
        *messages.conversation(held.get("user_msg")),
    ]


def conversation(event: Any) -> str | None:
    """Return the session of the memory that a run is given."""
    return session(data(event).get("memory"))


def inputs(event: Any) -> list[Message]:
    """Read the messages that an agent's turn begins with; the system's stand for themselves."""
    return [each for each in messages.conversation(get(event, "input")) if each.role != "system"]


def answered(value: Any) -> list[Message]:
    """Read what a run ends with: its result, or the event that holds it."""
    held = get(getattr(value, "__pydantic_private__", None), "_result")
    found = messages.answer(held if held is not None else value)
    if not found and held is None and (shown := data(value)):
        return [Message("assistant", [Generic("event", shown)])]
    return found


def data(event: Any) -> dict[str, Any]:
    """Return what an event holds: its own fields, and others that it keeps apart."""
    private = getattr(event, "__pydantic_private__", None)
    return {**fields(event), **fields(get(private, "_data"))}


def _is(workflow: object, kind: str) -> bool:
    return _below(type(workflow), kind)


# Asked at every step of a run, of the few classes that an application has.
@lru_cache(maxsize=256)
def _below(found: type, kind: str) -> bool:
    return any(each.__name__ == kind and each.__module__.startswith("llama_index.") for each in found.__mro__)
