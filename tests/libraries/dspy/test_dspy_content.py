# SPDX-License-Identifier: Apache-2.0
"""Content of programs, agents, models, tools and searches: only when it is asked for, and what it says then."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import dspy
import pytest

from libraries.dspy.conftest import said
from libraries.dspy.programs import ASK, SAID, SCRIPT, TREE, WAYS, Writer, forecaster
from libraries.dspy.test_dspy_trees import embeddings
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

WORDS = ("Lisbon", "sunny", "The tool says so", "Tell the weather.")
NAMES = (
    "input.messages",
    "output.messages",
    "system_instructions",
    "tool.call.arguments",
    "tool.call.result",
)


def content(recorder: Recorder, prefix: str, number: int = 0) -> dict[str, Any]:
    """Return the content of a span, as what its JSON stands for."""
    span = [each for each in recorder.spans if each.name.startswith(prefix)][number]
    held = span.attributes or {}
    return {name: _read(held[f"gen_ai.{name}"]) for name in NAMES if f"gen_ai.{name}" in held}


def _read(text: Any) -> Any:
    return json.loads(text) if text[:1] in "[{" else text


def texts(messages: Any) -> list[tuple[str, str]]:
    """Return who said what."""
    return [(each["role"], "".join(part.get("content", "") for part in each["parts"])) for each in messages]


@WAYS
async def test_nothing_is_captured_by_default(
    traced: Recorder, lm: dspy.LM, provider: Provider, threads: None, way: Callable[[Any], Awaitable[Any]]
) -> None:
    provider.say(*SCRIPT)
    await way(forecaster())
    everything = traced.everything()
    assert [word for word in WORDS if word in everything] == []


@WAYS
async def test_an_agent_has_what_it_is_asked_and_what_it_answers(
    shown: Recorder, lm: dspy.LM, provider: Provider, threads: None, way: Callable[[Any], Awaitable[Any]]
) -> None:
    provider.say(*SCRIPT)
    await way(forecaster())
    held = content(shown, "invoke_agent")
    assert texts(held["input.messages"]) == [("user", ASK)]
    assert texts(held["output.messages"]) == [
        ("assistant", json.dumps({"reasoning": "The tool says so.", "answer": SAID}, separators=(",", ":")))
    ]
    assert content(shown, "execute_tool") == {
        "tool.call.arguments": {"city": "Lisbon"},
        "tool.call.result": "It is sunny in Lisbon.",
    }


@WAYS
async def test_a_model_call_has_its_messages(
    shown: Recorder, lm: dspy.LM, provider: Provider, threads: None, way: Callable[[Any], Awaitable[Any]]
) -> None:
    provider.say(*SCRIPT)
    await way(forecaster())
    held = content(shown, "chat", 2)
    (answer,) = held["output.messages"]
    assert SAID in answer["parts"][0]["content"]
    assert answer["finish_reason"] == "stop"
    (system,) = held.get("system_instructions") or held["input.messages"][0]["parts"]
    assert "Tell the weather." in system["content"]
    assert ASK in texts(held["input.messages"])[-1][1]


@WAYS
async def test_without_help_from_inside_a_call_tells_all_that_dspy_knows(
    alone: Recorder, lm: dspy.LM, provider: Provider, threads: None, way: Callable[[Any], Awaitable[Any]]
) -> None:
    provider.say(*SCRIPT)
    with dspy.context(track_usage=True):
        await way(forecaster())
    assert alone.tree() == TREE
    last = alone.spans[-1].attributes or {}
    assert last["gen_ai.provider.name"] == "openai"
    assert last["gen_ai.response.finish_reasons"] == ("stop",)
    assert last["gen_ai.usage.input_tokens"] == lm.history[-1]["usage"]["prompt_tokens"]
    assert SAID in content(alone, "chat", 2)["output.messages"][0]["parts"][0]["content"]


def test_a_workflow_has_its_inputs_by_name(shown: Recorder, lm: dspy.LM, provider: Provider) -> None:
    class Pair(dspy.Module):
        def forward(self, one: str, two: int) -> Any:
            return dspy.Prediction(sum=f"{one}{two}", count=2)

    Pair()(one="a", two=2)
    held = content(shown, "invoke_workflow")
    assert json.loads(texts(held["input.messages"])[0][1]) == {"one": "a", "two": 2}
    assert json.loads(texts(held["output.messages"])[0][1]) == {"sum": "a2", "count": 2}


def test_a_step_inside_a_workflow_repeats_no_content(
    shown: Recorder, lm: dspy.LM, provider: Provider
) -> None:
    provider.say(said(reasoning="So.", answer="Rain."), said(answer="Rain, I fear."))
    Writer()(question=ASK)
    assert content(shown, "module") == {}
    assert texts(content(shown, "invoke_workflow")["output.messages"]) == [("assistant", "Rain, I fear.")]


def test_a_program_may_return_anything(shown: Recorder) -> None:
    class Odd(dspy.Module):
        def forward(self, given: Any) -> Any:
            return given

    for value in ("text", 3, None, ["a"], object()):
        assert Odd()(value) is value
    assert len(shown.spans) == 5


def test_calls_of_tools_are_told_as_such(shown: Recorder, lm: dspy.LM, provider: Provider) -> None:
    provider.say(Reply(tool_calls=[ToolCall("look", {"at": 1})]))
    tool = {
        "type": "function",
        "function": {"name": "look", "parameters": {"type": "object", "properties": {}}},
    }
    lm(messages=[{"role": "user", "content": "Look."}], tools=[tool])
    (answer,) = content(shown, "chat")["output.messages"]
    assert [(part["type"], part["name"], part["arguments"]) for part in answer["parts"]] == [
        ("tool_call", "look", {"at": 1})
    ]


def test_a_search_has_its_query_and_its_passages(shown: Recorder) -> None:
    embeddings()("Where is the hall?")
    held = shown.attributes("retrieval")
    assert held["gen_ai.retrieval.query.text"] == "Where is the hall?"
    assert json.loads(held["gen_ai.retrieval.documents"]) == [{"content": "The hall is to the left."}]


@pytest.mark.skipif(not hasattr(dspy, "lm15"), reason="not yet: requests in the library's own types")
def test_a_request_in_the_librarys_own_types_is_read(
    shown: Recorder, lm: dspy.LM, provider: Provider
) -> None:
    from dspy import lm15

    provider.say(Reply("Hello."))
    asked = lm15.Request(
        model=lm.model,
        messages=(lm15.Message.user("Hi."),),
        system="Be kind.",
        config=lm15.Config(temperature=0.5, max_tokens=50),
    )
    assert type(lm(asked)) is lm15.Response
    held = content(shown, "chat")
    assert texts(held["input.messages"]) == [("user", "Hi.")]
    assert held["system_instructions"] == [{"type": "text", "content": "Be kind."}]
    assert texts(held["output.messages"]) == [("assistant", "Hello.")]
    assert shown.attributes("chat")["gen_ai.request.max_tokens"] == 50
