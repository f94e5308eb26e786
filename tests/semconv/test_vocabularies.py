# SPDX-License-Identifier: Apache-2.0
"""Each operation in the words of other tools: whole spans, names that are really theirs, and never an error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.subjects import SUBJECTS
from spanwright.semconv import model as m
from spanwright.semconv import names as n
from spanwright.semconv import vocabularies
from spanwright.semconv.billing import Cost
from spanwright.semconv.content import structured
from spanwright.semconv.serial import dumps

PLENTY = 10_000
COST = Cost(0.3, 0.1, 0.2)
ASKED = m.Message("user", [m.Text("How is the weather?")])
ANSWERED = m.Message("assistant", [m.Text("Fine.")], finish_reason="stop")
CONVERSATION = [
    m.Message("user", [m.Text("Look at this"), m.Uri("image", "https://a.example/cat.png", "image/png")]),
    m.Message("assistant", [m.Reasoning("Hm."), m.ToolCall("look", "c1", {"at": "cat"})]),
    m.Message("tool", [m.ToolResponse({"animal": "cat"}, "c1"), m.ToolResponse("a cat", "c2")]),
    m.Message("user", [m.Blob("audio", b"abc", "audio/wav"), m.Uri("document", "https://a.example/b.pdf")]),
]


def taken(subject: m.Subject) -> dict[str, str]:
    """Return the content as it stands on a span."""
    found = structured(subject)
    return {key: value if isinstance(value, str) else dumps(value, 100_000) for key, value in found.items()}


def said(name: str, subject: m.Subject, cost: Cost | None = None, room: int = PLENTY) -> dict[str, Any]:
    return vocabularies.load(name).attributes(subject, taken(subject), cost, room)


def openinference(subject: m.Subject, **given: Any) -> dict[str, Any]:
    return said("openinference", subject, **given)


def openllmetry(subject: m.Subject) -> dict[str, Any]:
    return said("openllmetry", subject)


def chat(**fields: Any) -> m.Inference:
    given: dict[str, Any] = {
        "request": m.Request(model="gpt-4o", temperature=0.5, max_tokens=9, stream=True, choices=2),
        "response": m.Response(
            id="r1",
            model="gpt-4o-2024-08-06",
            finish_reasons=["stop"],
            usage=m.Usage(10, 5, cache_read=4, cache_write=3, reasoning=2, audio_input=1),
        ),
        "conversation_id": "talk",
    }
    return m.Inference("chat", "azure.ai.openai", **{**given, **fields})


# --- OpenInference ---------------------------------------------------------------------------------------------------


def test_a_chat_is_an_llm_with_messages_and_counts() -> None:
    content = m.Content(
        system=[m.Text("Be brief.")],
        input=[ASKED],
        output=[ANSWERED],
        tools=[m.Tool("look", description="Looks.", parameters={"type": "object"})],
    )
    assert openinference(chat(content=content), cost=COST) == {
        "openinference.span.kind": "LLM",
        "llm.model_name": "gpt-4o-2024-08-06",
        "llm.request.model_name": "gpt-4o",
        "llm.response.model_name": "gpt-4o-2024-08-06",
        "llm.provider": "azure",
        "llm.system": "openai",
        "llm.finish_reason": "stop",
        "llm.token_count.prompt": 10,
        "llm.token_count.completion": 5,
        "llm.token_count.total": 15,
        "llm.token_count.prompt_details.cache_read": 4,
        "llm.token_count.prompt_details.cache_write": 3,
        "llm.token_count.prompt_details.audio": 1,
        "llm.token_count.completion_details.reasoning": 2,
        "llm.invocation_parameters": (
            '{"model":"gpt-4o","temperature":0.5,"max_completion_tokens":9,"n":2,"stream":true}'
        ),
        "session.id": "talk",
        "llm.cost.total": 0.3,
        "llm.cost.prompt": 0.1,
        "llm.cost.completion": 0.2,
        "input.value": "How is the weather?",
        "input.mime_type": "text/plain",
        "output.value": "Fine.",
        "output.mime_type": "text/plain",
        "llm.input_messages.0.message.role": "system",
        "llm.input_messages.0.message.content": "Be brief.",
        "llm.input_messages.1.message.role": "user",
        "llm.input_messages.1.message.content": "How is the weather?",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": "Fine.",
        "llm.tools.0.tool.json_schema": (
            '{"type":"function","function":'
            '{"name":"look","description":"Looks.","parameters":{"type":"object"}}}'
        ),
    }


def test_a_chat_without_content_has_facts_alone() -> None:
    subject = m.Inference("chat", "gcp.gemini", m.Request(model="gemini-2.5-flash"))
    assert openinference(subject) == {
        "openinference.span.kind": "LLM",
        "llm.model_name": "gemini-2.5-flash",
        "llm.request.model_name": "gemini-2.5-flash",
        "llm.provider": "google",
        "llm.invocation_parameters": '{"model":"gemini-2.5-flash"}',
    }


def test_parts_of_messages_are_contents_calls_and_messages_of_tools() -> None:
    found = openinference(m.Inference(content=m.Content(input=CONVERSATION)))
    prefix = "llm.input_messages."
    assert {key.removeprefix(prefix): value for key, value in found.items() if key.startswith(prefix)} == {
        "0.message.role": "user",
        "0.message.contents.0.message_content.type": "text",
        "0.message.contents.0.message_content.text": "Look at this",
        "0.message.contents.1.message_content.type": "image",
        "0.message.contents.1.message_content.image.image.url": "https://a.example/cat.png",
        "1.message.role": "assistant",
        "1.message.contents.0.message_content.type": "reasoning",
        "1.message.contents.0.message_content.text": "Hm.",
        "1.message.tool_calls.0.tool_call.id": "c1",
        "1.message.tool_calls.0.tool_call.function.name": "look",
        "1.message.tool_calls.0.tool_call.function.arguments": '{"at":"cat"}',
        "2.message.role": "tool",
        "2.message.content": '{"animal":"cat"}',
        "2.message.tool_call_id": "c1",
        "3.message.role": "tool",
        "3.message.content": "a cat",
        "3.message.tool_call_id": "c2",
        "4.message.role": "user",
        "4.message.contents.0.message_content.type": "blob_reference",
        "4.message.contents.0.message_content.text": json.dumps(
            {
                "type": "generic",
                "generic_type": "blob_reference",
                "modality": "audio",
                "mime_type": "audio/wav",
                "bytes": 3,
                "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            },
            separators=(",", ":"),
        ),
        "4.message.contents.1.message_content.type": "document",
        "4.message.contents.1.message_content.document.document.url": "https://a.example/b.pdf",
    }


def test_embeddings_have_a_model_and_their_tokens() -> None:
    subject = m.Embeddings(
        provider="mistral_ai",
        request=m.Request(model="mistral-embed", encoding_formats=["float"]),
        response=m.Response(usage=m.Usage(7)),
    )
    assert openinference(subject) == {
        "openinference.span.kind": "EMBEDDING",
        "embedding.model_name": "mistral-embed",
        "llm.provider": "mistralai",
        "llm.system": "mistralai",
        "llm.token_count.prompt": 7,
        "llm.token_count.total": 7,
        "embedding.invocation_parameters": '{"model":"mistral-embed","encoding_formats":["float"]}',
    }


DOCUMENTS = [m.Document("d1", 0.9, "Moss", {"page": 1}), m.Document("d2", 0.1)]


def test_a_search_has_its_query_and_documents() -> None:
    subject = m.Retrieval(
        data_source_id="notes", top_k=2, content=m.Content(query="moss", documents=DOCUMENTS)
    )
    assert openinference(subject) == {
        "openinference.span.kind": "RETRIEVER",
        "input.value": "moss",
        "input.mime_type": "text/plain",
        "output.value": (
            '[{"id":"d1","score":0.9,"content":"Moss","metadata":{"page":1}},{"id":"d2","score":0.1}]'
        ),
        "output.mime_type": "application/json",
        "retrieval.documents.0.document.id": "d1",
        "retrieval.documents.0.document.score": 0.9,
        "retrieval.documents.0.document.content": "Moss",
        "retrieval.documents.0.document.metadata": '{"page":1}',
        "retrieval.documents.1.document.id": "d2",
        "retrieval.documents.1.document.score": 0.1,
    }


def test_a_reranking_has_what_it_returned() -> None:
    subject = m.Retrieval(
        "rerank",
        "cohere",
        m.Request(model="rerank-v3.5"),
        top_k=1,
        content=m.Content(query="moss", documents=[m.Document("d1", 0.9)]),
    )
    assert openinference(subject) == {
        "openinference.span.kind": "RERANKER",
        "reranker.model_name": "rerank-v3.5",
        "reranker.top_k": 1,
        "input.value": "moss",
        "input.mime_type": "text/plain",
        "output.value": '[{"id":"d1","score":0.9}]',
        "output.mime_type": "application/json",
        "reranker.output_documents.0.document.id": "d1",
        "reranker.output_documents.0.document.score": 0.9,
    }


def test_an_agent_has_input_and_output_and_no_tokens_of_its_calls() -> None:
    subject = m.AgentRun(
        name="gardener",
        request=m.Request(model="gpt-4o"),
        response=m.Response(usage=m.Usage(10, 5)),
        conversation_id="talk",
        content=m.Content(input=[ASKED, ANSWERED, ASKED], output=[ANSWERED]),
    )
    found = openinference(subject)
    assert json.loads(found.pop("input.value"))[2] == {
        "role": "user",
        "parts": [{"type": "text", "content": "How is the weather?"}],
    }
    assert found == {
        "openinference.span.kind": "AGENT",
        "agent.name": "gardener",
        "session.id": "talk",
        "input.mime_type": "application/json",
        "output.value": "Fine.",
        "output.mime_type": "text/plain",
    }


def test_an_agent_that_runs_elsewhere_has_its_tokens() -> None:
    found = openinference(m.AgentRun(remote=True, response=m.Response(usage=m.Usage(10, 5))))
    assert found["llm.token_count.total"] == 15


def test_a_tool_has_arguments_and_result() -> None:
    subject = m.ToolRun(
        name="weather",
        type="function",
        description="Tells the weather.",
        call_id="c1",
        agent_name="gardener",
        content=m.Content(arguments={"city": "Oslo"}, result="fine"),
    )
    assert openinference(subject) == {
        "openinference.span.kind": "TOOL",
        "tool.name": "weather",
        "tool.description": "Tells the weather.",
        "tool.id": "c1",
        "agent.name": "gardener",
        "input.value": '{"city":"Oslo"}',
        "input.mime_type": "application/json",
        "output.value": "fine",
        "output.mime_type": "text/plain",
        "tool.parameters": '{"city":"Oslo"}',
    }


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (
            m.WorkflowRun(name="crew", conversation_id="talk", content=m.Content(input=[ASKED])),
            {
                "openinference.span.kind": "CHAIN",
                "session.id": "talk",
                "input.value": "How is the weather?",
                "input.mime_type": "text/plain",
            },
        ),
        (m.Step("node"), {"openinference.span.kind": "CHAIN"}),
        (
            m.FetchResponse(response_id="r1", content=m.Content(output=[ANSWERED])),
            {
                "openinference.span.kind": "CHAIN",
                "output.value": "Fine.",
                "output.mime_type": "text/plain",
            },
        ),
        (
            m.Memory(content=m.Content(query="moss", documents=[m.Document("m1")])),
            {
                "openinference.span.kind": "RETRIEVER",
                "input.value": "moss",
                "input.mime_type": "text/plain",
                "output.value": '[{"id":"m1"}]',
                "output.mime_type": "application/json",
                "retrieval.documents.0.document.id": "m1",
            },
        ),
        (m.Memory("delete_memory"), {"openinference.span.kind": "CHAIN"}),
        (m.McpMessage("tools/list"), {"openinference.span.kind": "CHAIN"}),
        (
            m.McpMessage("prompts/get", prompt="greet", content=m.Content(variables={"who": "Ada"})),
            {
                "openinference.span.kind": "CHAIN",
                "prompt.id": "greet",
                "llm.prompt_template.variables": '{"who":"Ada"}',
            },
        ),
        (
            m.McpMessage("tools/call", tool="weather", content=m.Content(arguments={"city": "Oslo"})),
            {
                "openinference.span.kind": "TOOL",
                "tool.name": "weather",
                "input.value": '{"city":"Oslo"}',
                "input.mime_type": "application/json",
                "tool.parameters": '{"city":"Oslo"}',
            },
        ),
        (m.HttpRequest("GET", "https://a.example/"), {}),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, dict) else "",
)
def test_any_other_operation_has_a_kind_that_readers_know(
    subject: m.Subject, expected: dict[str, Any]
) -> None:
    assert openinference(subject) == expected


# --- the room that a span has ----------------------------------------------------------------------------------------


def long_talk(turns: int) -> m.Inference:
    messages = [m.Message("user", [m.Text(f"message {number}")]) for number in range(turns)]
    return chat(content=m.Content(input=messages, output=[ANSWERED], tools=[m.Tool("t")] * 50))


@pytest.mark.parametrize("room", [-1, 0, 1, 20, 28, 40, 128, 500])
def test_no_more_is_written_than_there_is_room_for(room: int) -> None:
    for name in ("openinference", "openllmetry"):
        assert len(said(name, long_talk(200), room=room)) <= max(room, 0)


def test_a_long_conversation_keeps_how_it_began_and_how_it_ended() -> None:
    found = openinference(long_talk(200), room=50)
    kept = [value for key, value in found.items() if key.startswith("llm.input") and "content" in key]
    assert kept[0] == "message 0"
    assert kept[1:] == [f"message {number}" for number in range(201 - len(kept), 200)]
    assert json.loads(found["metadata"]) == {"input_messages_left_out": 200 - len(kept)}
    assert found["llm.output_messages.0.message.content"] == "Fine."


def test_facts_and_values_come_before_single_messages() -> None:
    everything = openinference(long_talk(200))
    facts = [key for key in everything if not key.startswith(("llm.input_m", "llm.output_m", "llm.tools"))]
    assert list(openinference(long_talk(200), room=len(facts))) == facts


# --- OpenLLMetry -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (
            chat(content=m.Content(input=[ASKED], output=[ANSWERED])),
            {
                "llm.request.type": "chat",
                "gen_ai.is_streaming": True,
                "gen_ai.request.n": 2,
                "gen_ai.usage.total_tokens": 15,
                "gen_ai.usage.reasoning_tokens": 2,
                "gen_ai.usage.cache_creation.input_tokens": 3,
                "traceloop.association.properties.session_id": "talk",
            },
        ),
        (m.Inference("text_completion"), {"llm.request.type": "completion"}),
        (m.Inference("generate_content"), {"llm.request.type": "chat"}),
        (m.Embeddings(), {"llm.request.type": "embedding"}),
        (
            m.Retrieval(data_source_id="notes", top_k=2, content=m.Content(query="moss", documents=[])),
            {
                "traceloop.span.kind": "task",
                "traceloop.entity.name": "notes",
                "db.vector.query.top_k": 2,
                "traceloop.entity.input": "moss",
                "traceloop.entity.output": "[]",
            },
        ),
        (m.Retrieval("rerank"), {"llm.request.type": "rerank", "traceloop.span.kind": "task"}),
        (
            m.AgentRun(name="gardener", version="2", content=m.Content(output=[ANSWERED])),
            {
                "traceloop.span.kind": "agent",
                "traceloop.entity.name": "gardener",
                "traceloop.entity.version": "2",
                "traceloop.entity.output": dumps(
                    [
                        {
                            "role": "assistant",
                            "parts": [{"type": "text", "content": "Fine."}],
                            "finish_reason": "stop",
                        }
                    ],
                    999,
                ),
            },
        ),
        (
            m.WorkflowRun(name="crew", conversation_id="talk"),
            {
                "traceloop.span.kind": "workflow",
                "traceloop.workflow.name": "crew",
                "traceloop.entity.name": "crew",
                "traceloop.association.properties.session_id": "talk",
            },
        ),
        (
            m.ToolRun(name="weather", content=m.Content(arguments={"city": "Oslo"}, result="fine")),
            {
                "traceloop.span.kind": "tool",
                "traceloop.entity.name": "weather",
                "traceloop.entity.input": '{"city":"Oslo"}',
                "traceloop.entity.output": "fine",
            },
        ),
        (
            m.McpMessage("tools/call", tool="weather"),
            {"traceloop.span.kind": "tool", "traceloop.entity.name": "weather"},
        ),
        (
            m.McpMessage("prompts/get", content=m.Content(variables={"who": "Ada"})),
            {
                "traceloop.span.kind": "task",
                "traceloop.entity.name": "prompts/get",
                "traceloop.prompt.template_variables": '{"who":"Ada"}',
            },
        ),
        (m.Memory(), {"traceloop.span.kind": "task"}),
        (m.FetchResponse(), {"traceloop.span.kind": "task"}),
        (m.Step("node"), {"traceloop.span.kind": "task", "traceloop.entity.name": "node"}),
        (m.HttpRequest("GET", "https://a.example/"), {}),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, dict) else "",
)
def test_every_operation_has_what_openllmetry_says_of_it(
    subject: m.Subject, expected: dict[str, Any]
) -> None:
    assert openllmetry(subject) == expected


# --- whatever comes --------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["type", "role", "parts", "id"]), inner),
    max_leaves=12,
)
CONTENT = st.dictionaries(
    st.sampled_from(
        [
            n.GEN_AI_INPUT_MESSAGES,
            n.GEN_AI_OUTPUT_MESSAGES,
            n.GEN_AI_SYSTEM_INSTRUCTIONS,
            n.GEN_AI_TOOL_DEFINITIONS,
            n.GEN_AI_TOOL_CALL_ARGUMENTS,
            n.GEN_AI_RETRIEVAL_DOCUMENTS,
            n.GEN_AI_RETRIEVAL_QUERY_TEXT,
            f"{n.GEN_AI_PROMPT_VARIABLE}.name",
        ]
    ),
    st.text() | JSON.map(json.dumps) | st.lists(st.dictionaries(st.text(), JSON)).map(json.dumps),
)


@pytest.mark.parametrize("name", ["openinference", "openllmetry"])
@settings(max_examples=150, deadline=None)
@given(subject=st.one_of(*SUBJECTS.values()), content=CONTENT, room=st.integers(-5, 200))
def test_any_subject_with_any_content_becomes_attributes(
    name: str, subject: Any, content: dict[str, str], room: int
) -> None:
    found = vocabularies.load(name).attributes(subject, content, None, room)
    assert len(found) <= max(room, 0)
    assert {type(value) for value in found.values()} <= {str, bool, int, float}
