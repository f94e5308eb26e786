# SPDX-License-Identifier: Apache-2.0
"""Content of models, agents, tools, searches and workflows: only when it is asked for, and what it says then."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from agno.workflow import Step, Workflow
from pydantic import BaseModel

from libraries.agno.conftest import consumed, get_weather
from libraries.agno.test_agno_trees import ASK, TREE, WAYS, knowledge
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agno.agent import Agent

    from harness import Recorder
    from spanwright.console.provider import Provider

SAID = "Here is what I found: It is sunny in Lisbon."
ASKED = [{"role": "user", "parts": [{"type": "text", "content": ASK}]}]
ANSWERED = [{"role": "assistant", "parts": [{"type": "text", "content": SAID}], "finish_reason": "stop"}]
WORDS = ("Lisbon", "sunny", "You tell")
NAMES = (
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.tool.definitions",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.retrieval.query.text",
    "gen_ai.retrieval.documents",
)


def content(recorder: Recorder, prefix: str, number: int = 0) -> dict[str, Any]:
    """Return the content of a span, as what its JSON stands for."""
    span = [each for each in recorder.spans if each.name.startswith(prefix)][number]
    attributes = span.attributes or {}
    return {name.removeprefix("gen_ai."): _parsed(attributes[name]) for name in NAMES if name in attributes}


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


@WAYS
async def test_nothing_is_captured_by_default(
    traced: Recorder, make: Callable[..., Agent], way: Callable[[Any], Awaitable[Any]]
) -> None:
    await way(make(instructions="You tell the weather.", tools=[get_weather]))
    everything = traced.everything()
    assert [word for word in WORDS if word in everything] == []


@WAYS
async def test_an_agent_has_what_it_is_asked_and_what_its_model_answers(
    shown: Recorder, make: Callable[..., Agent], way: Callable[[Any], Awaitable[Any]]
) -> None:
    await way(make(instructions="You tell the weather.", tools=[get_weather]))
    assert content(shown, "invoke_agent") == {"input.messages": ASKED, "output.messages": ANSWERED}
    assert content(shown, "execute_tool") == {
        "tool.call.arguments": {"city": "Lisbon"},
        "tool.call.result": "It is sunny in Lisbon.",
    }
    last = content(shown, "chat", 1)
    assert last["output.messages"] == ANSWERED
    assert [each["role"] for each in last["input.messages"]] == ["system", "user", "assistant", "tool"]
    assert last["input.messages"][1:2] == ASKED
    assert last["tool.definitions"] == [{"type": "function", "name": "get_weather"}]


@WAYS
async def test_a_model_call_without_the_clients_help_tells_all_that_agno_knows(
    alone: Recorder, make: Callable[..., Agent], way: Callable[[Any], Awaitable[Any]]
) -> None:
    await way(make(tools=[get_weather]))
    assert alone.tree() == TREE
    last = alone.spans[-1].attributes or {}
    assert last["gen_ai.provider.name"] == "openai"
    assert last["gen_ai.response.finish_reasons"] == ("stop",)
    assert last["gen_ai.usage.input_tokens"] > 0
    assert last["gen_ai.usage.output_tokens"] > 0
    assert content(alone, "chat", 1)["output.messages"] == ANSWERED


def test_an_object_that_is_asked_for_and_answered_is_written_as_json(
    shown: Recorder, make: Callable[..., Agent]
) -> None:
    class Weather(BaseModel):
        city: str

    class Question(BaseModel):
        about: str

    make(output_schema=Weather).run(Question(about="Lisbon"))
    held = content(shown, "invoke_agent")
    assert json.loads(held["input.messages"][0]["parts"][0]["content"]) == {"about": "Lisbon"}
    assert held["output.messages"][0]["role"] == "assistant"
    assert (shown.one("chat").attributes or {})["gen_ai.output.type"] == "json"


def test_a_picture_is_told_by_its_address(shown: Recorder, make: Callable[..., Agent]) -> None:
    from agno.media import Image

    make().run("What is this?", images=[Image(url="https://pictures.test/one.png")])
    parts = content(shown, "chat")["input.messages"][-1]["parts"]
    assert parts[1:] == [{"type": "uri", "modality": "image", "uri": "https://pictures.test/one.png"}]


@pytest.mark.parametrize("later", [False, True])
async def test_a_tool_that_answers_step_by_step_is_told_whole(
    shown: Recorder, make: Callable[..., Agent], provider: Provider, later: bool
) -> None:
    def counted() -> Any:
        """Count."""
        yield "one, "
        yield "two"

    async def acounted() -> Any:
        """Count."""
        yield "one, "
        yield "two"

    provider.say(Reply(tool_calls=[ToolCall("acounted" if later else "counted")]), Reply(text="done"))
    if later:
        await make(tools=[acounted]).arun("Go")
    else:
        make(tools=[counted]).run("Go")
    assert content(shown, "execute_tool") == {"tool.call.arguments": {}, "tool.call.result": "one, two"}


def test_a_search_has_its_query_and_its_documents(shown: Recorder) -> None:
    knowledge().search("Where is the hall?")
    assert content(shown, "retrieval") == {
        "retrieval.query.text": "Where is the hall?",
        "retrieval.documents": [
            {"id": "doc-1", "content": "The hall is to the left.", "metadata": {"page": 1}}
        ],
    }


@pytest.mark.filterwarnings("ignore:The '.+' parameter is deprecated:DeprecationWarning")
@pytest.mark.parametrize("streamed", [False, True])
async def test_a_workflow_has_what_it_is_given_and_what_comes_out(shown: Recorder, streamed: bool) -> None:
    def loud(given: Any) -> Any:
        from agno.workflow import StepOutput

        return StepOutput(content=str(given.input).upper())

    flow = Workflow(name="Morning", steps=[Step(name="One", executor=loud)], telemetry=False)
    if streamed:
        await consumed(flow.arun("hi", stream=True))
    else:
        flow.run("hi")
    assert content(shown, "invoke_workflow") == {
        "input.messages": [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}],
        "output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": "HI"}]}],
    }


def test_nothing_that_the_application_holds_is_changed(shown: Recorder, make: Callable[..., Agent]) -> None:
    from agno.models.message import Message

    asked = [Message(role="user", content="one"), Message(role="user", content="two")]
    before = [each.to_dict() for each in asked]
    agent = make(tools=[get_weather])
    agent.run(asked)
    assert [each.to_dict() for each in asked] == before
    assert agent.tools == [get_weather]
