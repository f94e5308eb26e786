# SPDX-License-Identifier: Apache-2.0
"""Runs that are handed objects of the application's own classes: untouched without content, harmless with it."""

from __future__ import annotations

import operator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pytest
from langchain_core.documents import Document
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langgraph.graph import END, START, StateGraph

import hostile
from spanwright.instrumentors.langchain import LangChainInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder


@tool
def look(given: Any) -> Any:
    """Return what was given."""
    return given


class State(TypedDict):
    """The state of a graph."""

    given: Any
    seen: Annotated[list[Any], operator.add]


def graph(value: Any) -> Any:
    """Pass a value through a graph."""
    built = StateGraph(State)
    built.add_node("work", lambda state: {"seen": [state["given"]]})
    built.add_edge(START, "work")
    built.add_edge("work", END)
    return len(built.compile().invoke({"given": value, "seen": []})["seen"])


def asked(message: Any) -> Any:
    """Ask a model."""
    return FakeListChatModel(responses=["fine"]).invoke([message])


CONTENT: dict[str, Callable[[Any], Any]] = {
    "input of a chain": lambda v: RunnableLambda(lambda given: given is v).invoke(v),
    "output of a chain": lambda v: RunnableLambda(lambda _: v).invoke("x") is v,
    "state of a graph": graph,
    "argument of a tool": lambda v: look.invoke({"given": v}) is not None,
    "answer of a tool": lambda v: RunnableLambda(lambda _: v).invoke(None) is v,
    "content of a message": lambda v: asked(HumanMessage.model_construct(content=v, type="human")),
    "part of a message": lambda v: asked(HumanMessage.model_construct(content=[v], type="human")),
    "arguments of a call": lambda v: asked(
        AIMessage.model_construct(
            content="", type="ai", tool_calls=[{"name": "f", "args": v, "id": "a"}], additional_kwargs={}
        )
    ),
    "artifact": lambda v: asked(ToolMessage("x", tool_call_id="a", artifact=v)),
    "metadata of a document": lambda v: (
        RunnableLambda(lambda _: [Document.model_construct(page_content="x", metadata=v)]).invoke("x")
        is not None
    ),
    "metadata of a run": lambda v: RunnableLambda(lambda _: 1).invoke("x", {"metadata": {"custom": v}}),
}


@pytest.mark.parametrize("place", CONTENT)
def test_content_that_is_not_captured_is_not_touched(traced: Recorder, place: str) -> None:
    ask = CONTENT[place]
    assert hostile.touched(lambda value: hostile.told(partial(ask, value))) == hostile.UNTOUCHED


@pytest.mark.parametrize("content", ["NO_CONTENT", "SPAN_AND_EVENT"])
@pytest.mark.parametrize("place", CONTENT)
def test_an_object_that_fails_when_it_is_touched_costs_nobody_anything(place: str, content: str) -> None:
    ask = CONTENT[place]

    def everything() -> dict[str, Any]:
        found = hostile.outcomes(lambda value: hostile.told(partial(ask, value)))
        # What came of it has an id of its own each time, and what was raised may quote it.
        return {kind: told[:2] if told[0] == "raised" else told[0] for kind, told in found.items()}

    bare = everything()
    with hostile.unjudged(LangChainInstrumentor(), content=content):
        assert everything() == bare
