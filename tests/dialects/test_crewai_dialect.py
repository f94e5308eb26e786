# SPDX-License-Identifier: Apache-2.0
"""What CrewAI passes on, read from plain data: messages, calls, counts, documents, and whatever else may come."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import crewai as dialect
from spanwright.semconv.model import Document, Generic, Message, Text, ToolCall, Usage
from strange_answers import odd

ODD = odd(st.text())


@pytest.mark.parametrize(
    ("name", "model", "routed", "told"),
    [
        ("openai", "gpt-4o", False, ("openai", "gpt-4o")),
        ("azure", "gpt-4o", False, ("azure.ai.inference", "gpt-4o")),
        ("bedrock", "anthropic.claude", False, ("aws.bedrock", "anthropic.claude")),
        ("openai", "groq/llama-3", True, ("groq", "llama-3")),
        ("openai", "gpt-4o", True, ("openai", "gpt-4o")),
        (None, None, False, ("openai", None)),
    ],
)
def test_the_provider_is_the_clients_or_what_the_models_name_begins_with(
    name: str | None, model: str | None, routed: bool, told: tuple[str, str | None]
) -> None:
    assert dialect.provider(name, model, routed=routed) == told


def test_a_request_is_read_from_the_models_settings() -> None:
    settings = SimpleNamespace(temperature=0.5, max_tokens=10.0, stop=["\nObservation:"], n=2)
    found = dialect.request("gpt-4o", settings, dict)
    assert (found.model, found.temperature, found.max_tokens, found.choices) == ("gpt-4o", 0.5, 10, 2)
    assert (found.stop, found.output_type) == (["\nObservation:"], "json")


def test_what_holds_for_a_call_stands_above_the_models_own_settings() -> None:
    settings = SimpleNamespace(stop_sequences=["now"], stop=["ever"])
    assert dialect.request("gpt-4o", settings).stop == ["now"]


def test_calls_of_every_provider_are_calls() -> None:
    openai = SimpleNamespace(id="1", function=SimpleNamespace(name="look", arguments='{"at": "sky"}'))
    anthropic = SimpleNamespace(id="2", name="look", input={"at": "sky"})
    bedrock = {"toolUseId": "3", "name": "look", "input": {"at": "sky"}}
    gemini = {"function": {"name": "look", "arguments": {"at": "sky"}}}
    (message,) = dialect.output([openai, anthropic, bedrock, gemini])
    assert message.finish_reason == "tool_call"
    assert message.parts == [ToolCall("look", each, {"at": "sky"}) for each in ("1", "2", "3", None)]


def test_an_answer_is_a_text_or_what_holds_one() -> None:
    said = [Message("assistant", [Text("Sunny.")], None, "stop")]
    assert dialect.answer("Sunny.") == dialect.answer(SimpleNamespace(raw="Sunny.")) == said
    assert dialect.answer({"sky": "blue"})[0].parts == [Generic("object", {"content": {"sky": "blue"}})]
    assert dialect.answer(None) == dialect.answer("") == []


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}, Usage(3, 2)),
        ({"input_tokens": 3, "output_tokens": 2, "cache_read_input_tokens": 1}, Usage(3, 2, 1)),
        ({"prompt_token_count": 3, "candidates_token_count": 2}, Usage(3, 2)),
        ({"prompt_tokens": 3, "completion_tokens": 2, "reasoning_tokens": 1}, Usage(3, 2, reasoning=1)),
        ({"prompt_tokens": "3"}, None),
        (None, None),
    ],
)
def test_counts_are_found_under_every_providers_names(told: Any, found: Usage | None) -> None:
    assert dialect.usage(told) == found


def test_several_requests_of_one_call_are_added_up() -> None:
    assert dialect.summed(Usage(3, 2), Usage(4, None, 1)) == Usage(7, 2, 1)
    assert dialect.summed(None, Usage(4)) == Usage(4)


def test_fingerprints_are_no_arguments() -> None:
    assert dialect.arguments({"city": "Lisbon", "security_context": {"agent_fingerprint": {}}}) == {
        "city": "Lisbon"
    }
    assert dialect.arguments('{"city": "Lisbon"}') == {"city": "Lisbon"}


def test_a_description_is_what_the_application_wrote() -> None:
    assert (
        dialect.description("Tool Name: look\nTool Arguments: {}\nTool Description: Look out.") == "Look out."
    )
    assert dialect.description("Look out.") == "Look out."
    assert dialect.description(None) is None


def test_documents_have_their_scores() -> None:
    found = dialect.documents([{"id": "1", "content": "Left.", "score": 0.5}, {"context": "Right."}])
    assert found == [Document("1", 0.5, "Left."), Document(content="Right.")]


@given(value=ODD)
def test_whatever_comes_nothing_is_raised(value: Any) -> None:
    for read in (
        dialect.messages,
        dialect.output,
        dialect.usage,
        dialect.answer,
        dialect.inputs,
        dialect.call,
        dialect.arguments,
        dialect.result,
        dialect.description,
        dialect.query,
        dialect.documents,
    ):
        read(value)
    dialect.content(value, value)
    dialect.task(value, value)
    dialect.request(None, value, value)
