# SPDX-License-Identifier: Apache-2.0
"""What a graph's run is: an agent, a workflow, or one of their nodes, and by which names."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from spanwright.instrumentors._dialects.wire import fields, get, items
from spanwright.semconv.model import AgentRun, Step, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Sequence

_DEFAULTS = frozenset({"LangGraph", "StateGraph", "CompiledStateGraph", "CompiledGraph", "Graph", "Pregel"})
# The functions of an agent's model node live in the module that builds the agent.
_FACTORIES = frozenset(
    {"langchain.agents.factory", "langchain.agents.react_agent", "langgraph.prebuilt.chat_agent_executor"}
)
# What the agents of langchain 1.4 and of deepagents say of themselves, and what deepagents says of any graph that an
# agent is given as a sub-agent.
_INTEGRATIONS = frozenset({"langchain_create_agent", "deepagents"})
_AGENT = "lc_agent_name"
_THREADS = ("thread_id", "conversation_id", "session_id")
_STEP = "graph:step:"
_PUSH = "__pregel_push"


class Graphs:
    """Knows graphs and agents by their objects; each is looked at once."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Any, tuple[bool, str | None]] = WeakKeyDictionary()

    def run(self, owner: Any, metadata: dict[str, Any]) -> AgentRun | WorkflowRun:
        """Return what a run of this graph is."""
        agent, name = self._about(owner)
        conversation = thread(metadata)
        if agent:
            return AgentRun(name=name, conversation_id=conversation)
        return WorkflowRun(name=name, conversation_id=conversation)

    def _about(self, owner: Any) -> tuple[bool, str | None]:
        if type(owner).__hash__ is None:
            # An agent executor, which is a model of pydantic and no key of any mapping.
            return True, _name(owner, {})
        return self._known.get(owner) or self._look(owner, None)

    def _look(self, owner: Any, place: str | None) -> tuple[bool, str | None]:
        """Look at a graph; the nameless ones among its nodes are called as the nodes are (`place`)."""
        nodes = _nodes(owner)
        found = self._known[owner] = (_is_agent(owner, nodes), _name(owner, nodes) or place)
        for name, node in nodes.items():
            inner = getattr(node, "bound", None)
            if _nodes(inner) and inner not in self._known:
                self._look(inner, name)
        return found


def thread(metadata: dict[str, Any]) -> str | None:
    """Return the conversation that a run belongs to: what LangGraph and LangSmith take for a thread."""
    for name in _THREADS:
        if (found := metadata.get(name)) is not None:
            return str(found) or None
    # langchain-core 1.7 keeps `configurable` out of the metadata of plain chains; their steps find it here.
    held = getattr(sys.modules.get("langchain_core.runnables.config"), "var_child_runnable_config", None)
    if held is None or (config := held.get()) is None:
        return None
    found = get(get(config, "configurable"), _THREADS[0])
    return str(found) or None if found is not None else None


def is_node(name: str | None, tags: Sequence[str] | None, metadata: dict[str, Any]) -> bool:
    """Return whether a run is a node of a graph itself, and not one of the runs inside, which repeat its metadata.

    Only a node carries the tag of its step; a task of the functional interface has none, but the path
    of its caller inside its own.
    """
    if name is None or metadata.get("langgraph_node") != name or name.startswith("__"):
        return False
    for tag in tags or ():
        if tag.startswith(_STEP):
            return True
    path = items(metadata.get("langgraph_path"))
    return len(path) > 1 and path[0] == _PUSH and bool(items(path[1]))


def is_entry(metadata: dict[str, Any]) -> bool:
    """Return whether a node is started by the graph's input itself, as the function of an entrypoint is."""
    return "__start__" in items(metadata.get("langgraph_triggers"))


def node(name: str, metadata: dict[str, Any]) -> Step:
    """Return a node's step."""
    attributes: dict[str, Any] = {"langgraph.node": name}
    if isinstance(step := metadata.get("langgraph_step"), int):
        attributes["langgraph.step"] = step
    return Step(f"node {name}", attributes=attributes)


def interrupt(step: Step) -> None:
    """Note that a node was interrupted: it will run again when the graph is resumed."""
    step.attributes = {**(step.attributes or {}), "langgraph.interrupted": True}


def _nodes(owner: Any) -> dict[str, Any]:
    return fields(getattr(owner, "nodes", None)) if hasattr(owner, "stream_channels") else {}


def _is_agent(owner: Any, nodes: dict[str, Any]) -> bool:
    said = _bound(owner).get("metadata")
    if get(said, "ls_integration") in _INTEGRATIONS or get(said, _AGENT) is not None:
        return True
    return any(_maker(node) in _FACTORIES for node in nodes.values())


def _maker(node: Any) -> str | None:
    bound = getattr(node, "bound", None)
    function = getattr(bound, "func", None) or getattr(bound, "afunc", None)
    return getattr(function, "__module__", None)


def _name(owner: Any, nodes: dict[str, Any]) -> str | None:
    """Return the graph's own name, else the one that was bound to it for tracing, never a class's.

    An entrypoint of the functional interface is a graph of one node without a start; it is called as its function is.
    """
    for found in (getattr(owner, "name", None), _bound(owner).get("run_name")):
        if isinstance(found, str) and found and found not in _DEFAULTS:
            return found
    return next(iter(nodes)) if len(nodes) == 1 and "__start__" not in nodes else None


def _bound(owner: Any) -> dict[str, Any]:
    return getattr(owner, "config", None) or {}
