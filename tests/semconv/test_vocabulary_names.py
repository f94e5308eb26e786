# SPDX-License-Identifier: Apache-2.0
"""What is written in other tools' words is in their own packages, and their own reader makes of it what we wrote."""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import Any

import pytest

from spanwright.semconv import model as m
from spanwright.semconv import names as n
from spanwright.semconv import render, vocabularies
from spanwright.semconv.billing import Cost
from spanwright.semconv.content import structured
from spanwright.semconv.serial import dumps
from spanwright.semconv.vocabularies.openllmetry import SECOND

MESSAGES = [
    m.Message(
        "user",
        [m.Text("Look"), *[m.Uri(kind, f"https://a.example/{kind}", "x/y") for kind in ("image", "audio")]],
        name="Ada",
    ),
    m.Message(
        "user", [m.Uri("video", "https://a.example/v"), m.Uri("document", "https://a.example/d", "x/y")]
    ),
    m.Message("assistant", [m.Text("Hm."), m.ToolCall("look", "c1", {"at": "cat"})]),
    m.Message("tool", [m.ToolResponse("a cat", "c1")]),
    m.Message("user", [m.Reasoning("Why?"), m.Generic("odd", {"some": "thing"})]),
]
CONTENT = m.Content(
    system=[m.Text("Be brief.")],
    input=MESSAGES,
    output=[m.Message("assistant", [m.Text("A cat.")], finish_reason="stop")],
    tools=[m.Tool("look", description="Looks.", parameters={"type": "object"})],
)
SEARCH = m.Content(query="moss", documents=[m.Document("d1", 0.9, "Moss", {"page": 1})])
EVERYTHING = m.Request(
    "m1",
    stream=True,
    max_tokens=1,
    temperature=0.5,
    top_p=0.5,
    top_k=3,
    frequency_penalty=0.5,
    presence_penalty=0.5,
    seed=4,
    choices=2,
    stop=["\n"],
    output_type="json",
    reasoning_level="low",
    prompt_name="p",
    prompt_version="1",
)
ANSWER = m.Response("r1", "m1-1", ["stop"], m.Usage(10, 5, 1, 1, 1, audio_input=1, audio_output=1))
SUBJECTS: list[m.Subject] = [
    *[
        m.Inference(operation, "openai", EVERYTHING, ANSWER, conversation_id="talk", content=CONTENT)
        for operation in ("chat", "generate_content", "text_completion")
    ],
    m.Embeddings(provider="cohere", request=m.Request("m1", encoding_formats=["float"]), response=ANSWER),
    m.Retrieval(data_source_id="notes", top_k=3, content=SEARCH),
    m.Retrieval("rerank", "cohere", m.Request("m1"), top_k=3, content=SEARCH),
    *[m.Memory(f"{verb}_memory", content=SEARCH) for verb in ("search", "create", "update", "delete")],
    m.FetchResponse(content=CONTENT),
    *[
        m.AgentRun(operation, "a", version="1", response=ANSWER, remote=True, content=CONTENT)
        for operation in ("invoke_agent", "create_agent", "plan")
    ],
    m.WorkflowRun(name="w", content=CONTENT),
    m.ToolRun(
        name="t", description="d", call_id="c", agent_name="a", content=m.Content(arguments={}, result=[1])
    ),
    m.McpMessage("tools/call", tool="t", content=m.Content(arguments={}, result=[1])),
    m.McpMessage("prompts/get", prompt="p", content=m.Content(variables={"who": "Ada"})),
    m.Step("s"),
]
# Several operations have one kind there, and their reader knows one of them.
READ_BACK = {"chat", "embeddings", "retrieval", "invoke_agent", "execute_tool"}
READ = [each for each in SUBJECTS if each.operation in READ_BACK]
named = pytest.mark.parametrize(
    "subject", SUBJECTS, ids=lambda each: f"{type(each).__name__}-{getattr(each, 'operation', '')}"
)


def said(name: str, subject: m.Subject) -> dict[str, Any]:
    found = structured(subject)
    taken = {key: value if isinstance(value, str) else dumps(value, 9999) for key, value in found.items()}
    return vocabularies.load(name).attributes(subject, taken, Cost(3, 1, 2), 9999)


def constants(*owners: Any) -> set[str]:
    return {
        value
        for owner in owners
        for key, value in vars(owner).items()
        if key.isupper() and isinstance(value, str)
    }


# --- OpenInference ---------------------------------------------------------------------------------------------------


@named
def test_every_key_is_one_of_openinference(subject: m.Subject) -> None:
    trace = pytest.importorskip("openinference.semconv.trace")
    owners = [owner for name, owner in vars(trace).items() if name.endswith("Attributes")]
    known = constants(*owners)

    def is_theirs(piece: str) -> bool:
        """A piece is a key, or the key of an object in a field, as `message_content.image` and `image.url` are."""
        return piece in known or any(
            piece.startswith(f"{key}.") and piece.removeprefix(f"{key}.") in known for key in known
        )

    pieces = {piece for key in said("openinference", subject) for piece in re.split(r"\.\d+\.", key)}
    assert [piece for piece in pieces if not is_theirs(piece)] == []


@named
def test_kinds_and_types_are_values_of_openinference(subject: m.Subject) -> None:
    trace = pytest.importorskip("openinference.semconv.trace")
    found = said("openinference", subject)
    enums: dict[str, type[Enum]] = {
        "openinference.span.kind": trace.OpenInferenceSpanKindValues,
        "input.mime_type": trace.OpenInferenceMimeTypeValues,
        "output.mime_type": trace.OpenInferenceMimeTypeValues,
        "llm.system": trace.OpenInferenceLLMSystemValues,
        "llm.provider": trace.OpenInferenceLLMProviderValues,
    }
    assert [key for key, enum in enums.items() if key in found and found[key] not in list(values(enum))] == []


def values(enum: type[Enum]) -> list[Any]:
    return [each.value for each in enum]


def test_every_provider_with_another_name_there_has_that_name() -> None:
    trace = pytest.importorskip("openinference.semconv.trace")
    from spanwright.semconv.vocabularies import openinference

    assert set(openinference._PROVIDERS.values()) <= set(values(trace.OpenInferenceLLMProviderValues))
    assert set(openinference._SYSTEMS.values()) <= set(values(trace.OpenInferenceLLMSystemValues))


@pytest.mark.parametrize("subject", READ, ids=lambda each: type(each).__name__)
def test_their_reader_finds_in_their_words_what_the_span_says_in_ours(subject: m.Subject) -> None:
    reader = pytest.importorskip("openinference.instrumentation._genai_conversion")
    ours = {
        **render.start(subject),
        **render.finish(subject),
        **{key: json.dumps(value) for key, value in structured(subject).items()},
    }
    read = reader.get_genai_attributes(said("openinference", subject))
    alike = {
        key: (value, ours[key]) for key, value in read.items() if key in ours and key not in MESSAGES_AND_TEXT
    }
    assert {key: pair for key, pair in alike.items() if _plain(pair[0]) != _plain(pair[1])} == {}
    assert n.GEN_AI_OPERATION_NAME in alike


# The first has instructions and answers of tools apart, the others are no JSON.
MESSAGES_AND_TEXT = {n.GEN_AI_INPUT_MESSAGES, n.GEN_AI_RETRIEVAL_QUERY_TEXT, n.GEN_AI_REQUEST_MODEL}


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return list(value) if isinstance(value, tuple) else value


# --- OpenLLMetry -----------------------------------------------------------------------------------------------------


@named
def test_every_key_is_one_of_openllmetry(subject: m.Subject) -> None:
    package = pytest.importorskip("opentelemetry.semconv_ai")
    known = constants(package.SpanAttributes)
    prefix = f"{package.SpanAttributes.TRACELOOP_ASSOCIATION_PROPERTIES}."
    assert [
        key for key in said("openllmetry", subject) if key not in known and not key.startswith(prefix)
    ] == []


@named
def test_kinds_are_values_of_openllmetry(subject: m.Subject) -> None:
    package = pytest.importorskip("opentelemetry.semconv_ai")
    found = said("openllmetry", subject)
    assert found.get("traceloop.span.kind") in [None, *values(package.TraceloopSpanKindValues)]
    assert found.get("llm.request.type") in [None, *values(package.LLMRequestTypeValues)]


@named
def test_a_key_in_a_namespace_of_the_conventions_stands_beside_the_one_that_they_have(
    subject: m.Subject,
) -> None:
    found = said("openllmetry", subject)
    ours = {**render.start(subject), **render.finish(subject)}
    assert {key for key in found if key.startswith("gen_ai.")} <= {
        key for key, beside in SECOND.items() if beside in ours
    }
