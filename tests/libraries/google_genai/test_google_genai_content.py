# SPDX-License-Identifier: Apache-2.0
"""Content generated, whole: the span of each kind of question and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsStr
from google.genai import types
from opentelemetry.trace import SpanKind, StatusCode

from spanwright.console.provider import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from google import genai

    from harness import Recorder
    from spanwright.console.provider import Provider

MODEL = "gemini-2.0-flash"
ANSWERED = {
    "gen_ai.operation.name": "generate_content",
    "gen_ai.provider.name": "gcp.gemini",
    "gen_ai.request.model": MODEL,
    "gen_ai.response.model": MODEL,
    "gen_ai.response.id": IsStr(regex=r"\w{22}"),
    "gen_ai.response.finish_reasons": ["stop"],
}


def used(answer: Any) -> dict[str, Any]:
    """Return the token counts of an answer as attributes."""
    told = answer.usage_metadata
    return {
        "gen_ai.usage.input_tokens": told.prompt_token_count,
        "gen_ai.usage.output_tokens": told.candidates_token_count,
        "gen_ai.usage.text.input_tokens": told.prompt_token_count,
        "gen_ai.usage.text.output_tokens": told.candidates_token_count,
    }


def test_a_call_is_one_client_span_with_all_it_is_known_by(
    traced: Recorder, client: genai.Client, server: dict[str, Any]
) -> None:
    answer = client.models.generate_content(model=MODEL, contents="Hello there")
    span = traced.one()
    assert (span.name, span.kind, span.status.status_code) == (
        f"generate_content {MODEL}",
        SpanKind.CLIENT,
        StatusCode.UNSET,
    )
    assert traced.attributes() == {**ANSWERED, **server, **used(answer)}


async def test_an_awaited_call_tells_the_same(
    traced: Recorder, client: genai.Client, server: dict[str, Any]
) -> None:
    answer = await client.aio.models.generate_content(model=MODEL, contents="Hello there")
    assert traced.attributes() == {**ANSWERED, **server, **used(answer)}


def test_a_stream_tells_the_same_and_when_it_began(
    traced: Recorder, client: genai.Client, server: dict[str, Any]
) -> None:
    *_, last = client.models.generate_content_stream(model=MODEL, contents="Hello there")
    found = traced.attributes()
    assert found.pop("gen_ai.response.time_to_first_chunk") > 0
    assert found == {**ANSWERED, **server, **used(last), "gen_ai.request.stream": True}


async def test_an_asynchronous_stream_tells_the_same(
    traced: Recorder, client: genai.Client, server: dict[str, Any]
) -> None:
    chunks = [
        each
        async for each in await client.aio.models.generate_content_stream(model=MODEL, contents="Hello there")
    ]
    found = traced.attributes()
    assert found.pop("gen_ai.response.time_to_first_chunk") > 0
    assert found == {**ANSWERED, **server, **used(chunks[-1]), "gen_ai.request.stream": True}


def test_what_was_asked_for_is_told(traced: Recorder, client: genai.Client, server: dict[str, Any]) -> None:
    client.models.generate_content(
        model=MODEL,
        contents="Hello there",
        config=types.GenerateContentConfig(
            temperature=0,
            top_p=0.9,
            top_k=40,
            max_output_tokens=500,
            candidate_count=2,
            seed=7,
            presence_penalty=0.2,
            frequency_penalty=0.1,
            stop_sequences=["END", "STOP"],
            response_mime_type="application/json",
            response_schema={"type": "OBJECT", "properties": {"answer": {"type": "STRING"}}},
        ),
    )
    found = traced.attributes()
    assert {key: found[key] for key in found if key.startswith(("gen_ai.request", "gen_ai.output"))} == {
        "gen_ai.request.model": MODEL,
        "gen_ai.request.temperature": 0.0,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.top_k": 40,
        "gen_ai.request.max_tokens": 500,
        "gen_ai.request.choice.count": 2,
        "gen_ai.request.seed": 7,
        "gen_ai.request.presence_penalty": 0.2,
        "gen_ai.request.frequency_penalty": 0.1,
        "gen_ai.request.stop_sequences": ["END", "STOP"],
        "gen_ai.output.type": "json",
    }
    assert found["gen_ai.response.finish_reasons"] == ["stop", "stop"]


def test_how_hard_to_think_is_told(traced: Recorder, client: genai.Client) -> None:
    config = types.GenerateContentConfig(thinking_config=types.ThinkingConfig(thinking_level="LOW"))
    client.models.generate_content(model=MODEL, contents="Hello there", config=config)
    assert traced.attributes()["gen_ai.request.reasoning.level"] == "low"


def test_thoughts_are_part_of_the_output(traced: Recorder, client: genai.Client, provider: Provider) -> None:
    provider.say(
        Reply(
            usage={
                "promptTokenCount": 10,
                "candidatesTokenCount": 20,
                "thoughtsTokenCount": 30,
                "toolUsePromptTokenCount": 5,
                "cachedContentTokenCount": 4,
                "totalTokenCount": 65,
                "promptTokensDetails": [
                    {"modality": "TEXT", "tokenCount": 3},
                    {"modality": "IMAGE", "tokenCount": 4},
                    {"modality": "VIDEO", "tokenCount": 1},
                    {"modality": "AUDIO", "tokenCount": 2},
                ],
                "toolUsePromptTokensDetails": [{"modality": "TEXT", "tokenCount": 5}],
                "cacheTokensDetails": [{"modality": "TEXT", "tokenCount": 4}],
                "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 20}],
            }
        )
    )
    client.models.generate_content(model=MODEL, contents="Hello there")
    found = traced.attributes()
    assert {key: found[key] for key in found if key.startswith("gen_ai.usage")} == {
        "gen_ai.usage.input_tokens": 15,
        "gen_ai.usage.output_tokens": 50,
        "gen_ai.usage.reasoning.output_tokens": 30,
        "gen_ai.usage.cache_read.input_tokens": 4,
        "gen_ai.usage.text.input_tokens": 8,
        "gen_ai.usage.image.input_tokens": 4,
        "gen_ai.usage.audio.input_tokens": 2,
        "gen_ai.usage.text.cache_read.input_tokens": 4,
        "gen_ai.usage.image.output_tokens": 20,
    }


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("reason", "told"),
    [("MAX_TOKENS", "length"), ("SAFETY", "content_filter"), ("MALFORMED_FUNCTION_CALL", "error")],
)
def test_the_reason_of_the_end_is_told(
    traced: Recorder, client: genai.Client, provider: Provider, reason: str, told: str, stream: bool
) -> None:
    provider.say(Reply(text="Some words", finish_reason=reason))
    ask(client, stream=stream)
    assert traced.attributes()["gen_ai.response.finish_reasons"] == [told]


@pytest.mark.parametrize("stream", [False, True])
def test_a_blocked_prompt_is_a_filtered_answer(traced: Recorder, client: genai.Client, stream: bool) -> None:
    ask(client, contents="Please refuse to answer", stream=stream)
    found = traced.attributes()
    assert found["gen_ai.response.finish_reasons"] == ["content_filter"]
    assert "gen_ai.usage.output_tokens" not in found


@pytest.mark.parametrize("stream", [False, True])
def test_vertex_is_told_by_the_client(traced: Recorder, vertex: genai.Client, stream: bool) -> None:
    ask(vertex, stream=stream)
    found = traced.attributes()
    assert (found["gen_ai.provider.name"], found["gen_ai.request.model"]) == ("gcp.vertex_ai", MODEL)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("models/gemini-x", "gemini-x"),
        ("publishers/google/models/gemini-x", "gemini-x"),
        ("google/gemini-x", "gemini-x"),
        ("projects/p/locations/l/publishers/google/models/gemini-x", "gemini-x"),
        ("projects/p/locations/l/endpoints/123", "endpoints/123"),
    ],
)
def test_a_model_is_named_without_its_place(
    traced: Recorder, vertex: genai.Client, asked: str, told: str
) -> None:
    vertex.models.generate_content(model=asked, contents="Hello there")
    assert traced.attributes()["gen_ai.request.model"] == told


def test_a_tuned_model_is_named_as_one(traced: Recorder, client: genai.Client) -> None:
    client.models.generate_content(model="tunedModels/mine", contents="Hello there")
    assert traced.attributes()["gen_ai.request.model"] == "tunedModels/mine"


def test_a_body_given_beside_the_arguments_counts_too(
    traced: Recorder, client: genai.Client, provider: Provider
) -> None:
    options = types.HttpOptions(extra_body={"generationConfig": {"temperature": 0.5}})
    config = types.GenerateContentConfig(seed=7, http_options=options)
    client.models.generate_content(model=MODEL, contents="Hello there", config=config)
    found = traced.attributes()
    assert (found["gen_ai.request.temperature"], found["gen_ai.request.seed"]) == (0.5, 7)
    assert provider.requests[0].body["generationConfig"] == {"temperature": 0.5, "seed": 7}


def test_a_chat_is_one_span_a_message(traced: Recorder, client: genai.Client) -> None:
    chat = client.chats.create(model=MODEL)
    chat.send_message("Hello there")
    list(chat.send_message_stream("And again"))
    assert traced.tree() == [f"generate_content {MODEL}"] * 2


async def test_an_asynchronous_chat_is_one_span_a_message(traced: Recorder, client: genai.Client) -> None:
    chat = client.aio.chats.create(model=MODEL)
    await chat.send_message("Hello there")
    async for _ in await chat.send_message_stream("And again"):
        pass
    assert traced.tree() == [f"generate_content {MODEL}"] * 2


def test_a_stream_that_nobody_starts_is_no_call(traced: Recorder, client: genai.Client) -> None:
    client.models.generate_content_stream(model=MODEL, contents="Hello there")
    assert traced.tree() == []


def test_a_coroutine_that_is_never_awaited_is_no_call(traced: Recorder, client: genai.Client) -> None:
    client.aio.models.generate_content(model=MODEL, contents="Hello there").close()
    assert traced.tree() == []


@pytest.mark.filterwarnings("ignore:Inheritance class:DeprecationWarning")
async def test_the_other_transport_tells_the_same(
    traced: Recorder, build: Callable[..., genai.Client], server: dict[str, Any]
) -> None:
    """Without a transport of httpx the newer versions use aiohttp where it is installed."""
    client = build()
    answer = await client.aio.models.generate_content(model=MODEL, contents="Hello there")
    async for _ in await client.aio.models.generate_content_stream(model=MODEL, contents="Hello there"):
        pass
    whole, streamed = traced.spans
    assert (
        dict(whole.attributes or {}).items()
        >= {**server, "gen_ai.usage.input_tokens": used(answer)["gen_ai.usage.input_tokens"]}.items()
    )
    assert (streamed.attributes or {})["gen_ai.usage.input_tokens"] == used(answer)[
        "gen_ai.usage.input_tokens"
    ]


def test_counting_and_describing_are_no_operations(traced: Recorder, client: genai.Client) -> None:
    assert client.models.count_tokens(model=MODEL, contents="Hello there").total_tokens
    assert client.models.get(model=MODEL).name == f"models/{MODEL}"
    assert traced.tree() == []
    assert traced.points() == []


def ask(client: genai.Client, contents: str = "Hello there", *, stream: bool) -> Any:
    if stream:
        return list(client.models.generate_content_stream(model=MODEL, contents=contents))
    return client.models.generate_content(model=MODEL, contents=contents)
