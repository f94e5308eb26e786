# SPDX-License-Identifier: Apache-2.0
"""Content of crews, agents, models, tools and searches: only when it is asked for, and what it says then."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from crewai.knowledge.knowledge import Knowledge
from crewai.knowledge.storage.knowledge_storage import KnowledgeStorage
from pydantic import BaseModel

from alike.runs import content
from libraries.crewai.conftest import calls, get_weather, says
from spanwright.console.provider import Reply
from spanwright.instrumentors.crewai import CrewAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from crewai import Crew

    from harness import Recorder
    from spanwright.console.provider import Provider

LISBON = {"city": "Lisbon"}
SAID = [
    {"role": "assistant", "parts": [{"type": "text", "content": "It is sunny."}], "finish_reason": "stop"}
]
WORDS = ("Lisbon", "sunny", "You look out", "Tell the weather", "One sentence")


def test_nothing_is_captured_by_default(
    traced: Recorder, crew: Callable[..., Crew], spoken: Provider
) -> None:
    crew().kickoff(inputs=LISBON)
    everything = traced.everything()
    assert [word for word in WORDS if word in everything] == []


def test_nothing_is_captured_of_errors_by_default(
    traced: Recorder, crew: Callable[..., Crew], make: Callable[..., Any], provider: Provider
) -> None:
    provider.say(Reply(error=400, body={"error": {"message": "bad: It is sunny in Lisbon"}}, http_status=400))
    with pytest.raises(Exception, match="sunny"):
        crew(make(max_retry_limit=0)).kickoff(inputs=LISBON)
    everything = traced.everything()
    assert [word for word in WORDS if word in everything] == []


def test_a_crew_has_its_inputs_and_its_answer(
    shown: Recorder, crew: Callable[..., Crew], spoken: Provider
) -> None:
    crew().kickoff(inputs=LISBON)
    part = {"type": "generic", "generic_type": "inputs", "content": LISBON}
    assert content(shown, "invoke_workflow") == {
        "input.messages": [{"role": "user", "parts": [part]}],
        "output.messages": SAID,
    }


def test_an_agent_has_its_task_and_its_answer(
    shown: Recorder, crew: Callable[..., Crew], spoken: Provider
) -> None:
    crew().kickoff(inputs=LISBON)
    asked = [{"type": "text", "content": "Tell the weather in Lisbon."}]
    assert content(shown, "invoke_agent") == {
        "input.messages": [{"role": "user", "parts": asked}],
        "output.messages": SAID,
    }


def test_an_agent_on_its_own_has_the_messages_it_was_given(
    shown: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    provider.say(says("It is sunny."))
    make().kickoff([{"role": "user", "content": "How is it?"}])
    asked = [{"role": "user", "parts": [{"type": "text", "content": "How is it?"}]}]
    assert content(shown, "invoke_agent") == {"input.messages": asked, "output.messages": SAID}


def test_a_tool_has_its_arguments_and_its_result(
    shown: Recorder, crew: Callable[..., Crew], spoken: Provider
) -> None:
    crew().kickoff(inputs=LISBON)
    assert content(shown, "execute_tool") == {
        "tool.call.arguments": LISBON,
        "tool.call.result": "It is sunny in Lisbon.",
    }


def test_a_model_has_what_it_is_told_and_answers(
    shown: Recorder, crew: Callable[..., Crew], spoken: Provider
) -> None:
    crew().kickoff(inputs=LISBON)
    found = content(shown, "chat", 1)
    assert [message["role"] for message in found["input.messages"]][:2] == ["system", "user"]
    assert "It is sunny in Lisbon." in json.dumps(found["input.messages"])
    assert "It is sunny." in json.dumps(found["output.messages"])


def test_a_model_without_a_traced_client_has_the_calls_it_answers_with(
    recorder: Recorder, llm: Callable[..., Any], provider: Provider
) -> None:
    recorder.instrument(CrewAIInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true")
    provider.say(Reply("It is sunny."))
    assert llm().call("How is it?") == "It is sunny."
    assert content(recorder, "chat") == {
        "input.messages": [{"role": "user", "parts": [{"type": "text", "content": "How is it?"}]}],
        "output.messages": SAID,
    }


@pytest.mark.needs("calls of tools by the model's own means")
def test_calls_of_tools_are_parts_of_the_answer(
    shown: Recorder, crew: Callable[..., Crew], spoken: Provider
) -> None:
    crew().kickoff(inputs=LISBON)
    (message,) = content(shown, "chat", 0)["output.messages"]
    assert message["finish_reason"] == "tool_call"
    assert {**message["parts"][0], "id": ""} == {
        "type": "tool_call",
        "id": "",
        "name": "get_weather",
        "arguments": LISBON,
    }


def test_an_object_that_was_asked_for_is_json(
    shown: Recorder, llm: Callable[..., Any], provider: Provider
) -> None:
    class Weather(BaseModel):
        sky: str

    provider.say(Reply('{"sky": "blue"}'))
    llm(response_format=Weather).call("How is it?")
    assert shown.attributes("chat")["gen_ai.output.type"] == "json"
    assert "blue" in shown.attributes("chat")["gen_ai.output.messages"]


class Shelf(KnowledgeStorage):
    """A storage that finds the same for every question, and needs no database."""

    def search(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        return [{"id": "1", "content": "The hall is to the left.", "metadata": {}, "score": 0.5}]


def test_a_search_in_knowledge_is_a_retrieval(shown: Recorder) -> None:
    knowledge = Knowledge("house", [], storage=Shelf(collection_name="house"))
    assert knowledge.query(["Where is the hall?"], results_limit=3)[0]["score"] == 0.5
    assert shown.tree() == ["retrieval house"]
    found = shown.attributes("retrieval")
    assert found["gen_ai.retrieval.top_k"] == 3
    assert content(shown, "retrieval") == {
        "retrieval.query.text": "Where is the hall?",
        "retrieval.documents": [
            {"id": "1", "content": "The hall is to the left.", "score": 0.5, "metadata": {}}
        ],
    }


def test_a_search_says_nothing_of_what_it_found_by_default(traced: Recorder) -> None:
    Knowledge("house", [], storage=Shelf(collection_name="house")).query(["Where is the hall?"])
    assert "hall" not in traced.everything()


def test_nothing_of_the_application_is_changed(
    shown: Recorder, llm: Callable[..., Any], make: Callable[..., Any], provider: Provider
) -> None:
    provider.say(calls("get_weather", city="Lisbon"), says("Sunny."))
    given = [{"role": "user", "content": "How is it?"}]
    before = copy.deepcopy(given)
    make(tools=[get_weather]).kickoff(given)
    assert given == before
