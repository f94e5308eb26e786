# SPDX-License-Identifier: Apache-2.0
"""Content is written when asked for, in the conventions' shapes, and is nowhere otherwise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypedDict

import pytest
from dirty_equals import IsStr
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import tool
from langgraph.graph import START, StateGraph

from libraries.langchain.agents import create_agent
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.langchain import LangChainInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_openai import ChatOpenAI

    from harness import Recorder
    from spanwright.console.provider import Provider

SECRET = "HUSH-4711"
PICTURE = "data:image/png;base64,iVBORw0KGgo="


class Shelf(BaseRetriever):
    """Finds one book, or fails."""

    def _get_relevant_documents(self, query: str, *, run_manager: Any, **_: Any) -> list[Document]:
        if query == "fail":
            raise LookupError(SECRET)
        return [Document("A book about " + query, id="b-1", metadata={"shelf": 3, "score": 0.5})]


class State(TypedDict, total=False):
    topic: str


@tool
def open_box(code: str) -> dict[str, str]:
    """Open a box."""
    return {"inside": f"gold {code}"}


def read(found: Any, key: str) -> Any:
    return json.loads(found[key])


def test_nothing_is_written_by_default_not_even_in_errors(
    traced: Recorder, model: ChatOpenAI, make: Callable[..., ChatOpenAI], provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("open_box", {"code": SECRET})]))
    create_agent(model, [open_box], system_prompt=SECRET, name="keeper").invoke(
        {"messages": [("user", SECRET)]}
    )
    Shelf().invoke(SECRET)
    with pytest.raises(LookupError):
        Shelf().invoke("fail")
    with pytest.raises(Exception, match="429"):
        make(model="error:429").invoke(SECRET)
    graph = StateGraph(State)
    graph.add_node("work", lambda state: {"topic": SECRET})
    graph.add_edge(START, "work")
    graph.compile().invoke({"topic": SECRET})
    assert len(traced.spans) == 9
    assert SECRET not in traced.everything()


def test_messages_tools_and_answers_are_written_when_asked_for(
    shown: Recorder, model: ChatOpenAI, provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("open_box", {"code": "1"}, id="call_1")]))
    provider.say(Reply(text="There is gold."))
    agent = create_agent(model, [open_box], system_prompt="Be brief.", name="keeper")
    agent.invoke({"messages": [("user", "Open the box.")]})
    first, second = [span.attributes for span in shown.spans if span.name.startswith("chat")]
    assert read(first, "gen_ai.input.messages") == [
        {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
        {"role": "user", "parts": [{"type": "text", "content": "Open the box."}]},
    ]
    call = {"type": "tool_call", "id": "call_1", "name": "open_box", "arguments": {"code": "1"}}
    assert read(first, "gen_ai.output.messages") == [
        {"role": "assistant", "parts": [call], "finish_reason": "tool_call"}
    ]
    assert read(first, "gen_ai.tool.definitions") == [{"type": "function", "name": "open_box"}]
    assert read(second, "gen_ai.input.messages")[2:] == [
        {"role": "assistant", "parts": [call], "name": "keeper"},
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": "call_1", "response": {"inside": "gold 1"}}],
        },
    ]
    ran = shown.attributes("execute_tool")
    assert read(ran, "gen_ai.tool.call.arguments") == {"code": "1"}
    assert read(ran, "gen_ai.tool.call.result") == {"inside": "gold 1"}
    whole = shown.attributes("invoke_agent")
    assert read(whole, "gen_ai.input.messages") == [
        {"role": "user", "parts": [{"type": "text", "content": "Open the box."}]}
    ]
    assert read(whole, "gen_ai.output.messages") == [
        {"role": "assistant", "parts": [{"type": "text", "content": "There is gold."}], "name": "keeper"}
    ]


def test_a_streamed_answer_is_written_whole(shown: Recorder, model: ChatOpenAI, provider: Provider) -> None:
    provider.say(Reply(text="One two three."))
    for _ in model.stream("count"):
        pass
    assert read(shown.attributes("chat"), "gen_ai.output.messages") == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": "One two three."}],
            "finish_reason": "stop",
        }
    ]


def test_what_a_left_stream_said_is_written(shown: Recorder, model: ChatOpenAI, provider: Provider) -> None:
    provider.say(Reply(text="One two three."))
    stream = model.stream("count")
    said = "".join(next(stream).text for _ in range(3))
    stream.close()
    (message,) = read(shown.attributes("chat"), "gen_ai.output.messages")
    assert message == {"role": "assistant", "parts": [{"type": "text", "content": said}]}


def test_pictures_are_told_by_their_size_and_hash(shown: Recorder, model: ChatOpenAI) -> None:
    content = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": PICTURE}},
        {"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"},
        {"type": "image", "url": "https://example.com/cat.png"},
    ]
    model.invoke([HumanMessage(content)])
    (message,) = read(shown.attributes("chat"), "gen_ai.input.messages")
    blob = {
        "type": "generic",
        "generic_type": "blob_reference",
        "modality": "image",
        "mime_type": "image/png",
        "bytes": 8,
        "sha256": IsStr(),
    }
    assert message["parts"] == [
        {"type": "text", "content": "What is this?"},
        blob,
        blob,
        {"type": "uri", "modality": "image", "uri": "https://example.com/cat.png"},
    ]
    assert "iVBORw0KGgo" not in shown.everything()


def test_a_conversation_with_all_roles_is_written(shown: Recorder, model: ChatOpenAI) -> None:
    model.invoke(
        [
            SystemMessage("rules"),
            HumanMessage("hi", name="ann"),
            AIMessage("", tool_calls=[{"name": "f", "args": {"x": 1}, "id": "c1"}]),
            ToolMessage("plain", tool_call_id="c1"),
        ]
    )
    found = read(shown.attributes("chat"), "gen_ai.input.messages")
    assert [message["role"] for message in found] == ["system", "user", "assistant", "tool"]
    assert found[1]["name"] == "ann"
    assert found[3]["parts"] == [{"type": "tool_call_response", "response": "plain", "id": "c1"}]


def test_the_state_of_a_workflow_is_written(shown: Recorder) -> None:
    graph = StateGraph(State)
    graph.add_node("work", lambda state: {"topic": "cats"})
    graph.add_edge(START, "work")
    graph.compile(name="zoo").invoke({"topic": "dogs"})
    found = shown.attributes("invoke_workflow")
    part = {"type": "generic", "generic_type": "state", "topic": "dogs"}
    assert read(found, "gen_ai.input.messages") == [{"role": "user", "parts": [part]}]
    part = {"type": "generic", "generic_type": "state", "topic": "cats"}
    assert read(found, "gen_ai.output.messages") == [{"role": "assistant", "parts": [part]}]


def test_a_retrieval_writes_query_and_documents(shown: Recorder) -> None:
    Shelf().invoke("cats")
    found = shown.attributes("retrieval")
    assert found["gen_ai.operation.name"] == "retrieval"
    assert found["gen_ai.retrieval.query.text"] == "cats"
    assert read(found, "gen_ai.retrieval.documents") == [
        {"id": "b-1", "score": 0.5, "content": "A book about cats", "metadata": {"shelf": 3, "score": 0.5}}
    ]


def test_content_on_events_alone_is_not_on_spans(recorder: Recorder, model: ChatOpenAI) -> None:
    recorder.instrument(
        LangChainInstrumentor(),
        OpenAIInstrumentor(),
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="EVENT_ONLY",
    )
    create_agent(model, [], name="keeper").invoke({"messages": [("user", "hello there")]})
    assert "hello there" not in "".join(span.to_json() for span in recorder.spans)
    (event,) = recorder.logs
    assert event.attributes["gen_ai.input.messages"][0]["parts"][0]["content"] == "hello there"


def test_the_application_may_change_its_messages_later(shown: Recorder, model: ChatOpenAI) -> None:
    messages = [HumanMessage("before")]
    model.invoke(messages)
    messages[0].content = "after"
    assert "before" in shown.attributes("chat")["gen_ai.input.messages"]
