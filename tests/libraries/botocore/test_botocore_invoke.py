# SPDX-License-Identifier: Apache-2.0
"""InvokeModel and its stream: each family's own body, whole and in chunks, has the same facts."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat

from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

CHAT: list[Any] = [{"role": "user", "content": "Hello there"}]
BLOCKS: list[Any] = [{"role": "user", "content": [{"text": "Hello there"}]}]
CLAUDE = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 100, "messages": CHAT}
NOVA = {
    "schemaVersion": "messages-v1",
    "messages": BLOCKS,
    "inferenceConfig": {"maxTokens": 100, "topK": 5},
}
TITAN = {
    "inputText": "Hello there",
    "textGenerationConfig": {"maxTokenCount": 100, "stopSequences": ["User:"], "topP": 0.5},
}
COHERE = {"message": "Hello there", "max_tokens": 100, "p": 0.5, "k": 5}
LIMIT = {"gen_ai.request.max_tokens": 100}
# Model, body, operation, what the request and the answer tell.
FAMILIES = {
    "anthropic": (
        "global.anthropic.claude-sonnet-4-20250514-v1:0",
        CLAUDE,
        "chat",
        {**LIMIT, "gen_ai.response.model": "claude-3-5-sonnet-20240620"},
    ),
    "nova": ("us.amazon.nova-micro-v1:0", NOVA, "chat", {**LIMIT, "gen_ai.request.top_k": 5}),
    "titan": (
        "amazon.titan-text-express-v1",
        TITAN,
        "text_completion",
        {**LIMIT, "gen_ai.request.stop_sequences": ["User:"], "gen_ai.request.top_p": 0.5},
    ),
    "llama": (
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.meta.llama3-1-8b-instruct-v1:0",
        {"prompt": "Hello there", "max_gen_len": 100},
        "text_completion",
        LIMIT,
    ),
    "mistral": (
        "mistral.mistral-7b-instruct-v0:2",
        {"prompt": "Hello there", "max_tokens": 100, "top_k": 5},
        "text_completion",
        {**LIMIT, "gen_ai.request.top_k": 5},
    ),
    "mistral-chat": (
        "mistral.mistral-large-2407-v1:0",
        {"messages": CHAT, "max_tokens": 100},
        "chat",
        LIMIT,
    ),
    "cohere": (
        "cohere.command-r-v1:0",
        COHERE,
        "chat",
        {**LIMIT, "gen_ai.request.top_k": 5, "gen_ai.request.top_p": 0.5},
    ),
    "cohere-command": (
        "cohere.command-text-v14",
        {"prompt": "Hello there", "max_tokens": 100},
        "text_completion",
        LIMIT,
    ),
}
NAMED = pytest.mark.parametrize("family", FAMILIES)
WITH_ID = ("anthropic", "cohere", "cohere-command")


def expected(family: str, server: dict[str, Any]) -> dict[str, Any]:
    model, _, operation, told = FAMILIES[family]
    return {
        **server,
        "gen_ai.operation.name": operation,
        "gen_ai.request.model": model,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 27,
        **told,
    }


def without_id(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key != "gen_ai.response.id"}


def ask(client: Any, family: str, **more: Any) -> Any:
    model, body, _, _ = FAMILIES[family]
    return client.invoke_model(modelId=model, body=json.dumps(body), **more)


def stream(client: Any, family: str, **more: Any) -> Any:
    model, body, _, _ = FAMILIES[family]
    return client.invoke_model_with_response_stream(modelId=model, body=json.dumps(body), **more)


@NAMED
def test_a_model_is_invoked(traced: Recorder, client: Any, server: dict[str, Any], family: str) -> None:
    assert traced.tree() == []
    assert json.loads(ask(client, family)["body"].read())
    assert without_id(traced.attributes()) == expected(family, server)


@NAMED
def test_an_invoked_model_streams(traced: Recorder, client: Any, server: dict[str, Any], family: str) -> None:
    assert all("chunk" in event for event in stream(client, family)["body"])
    assert without_id(traced.attributes()) == {
        **expected(family, server),
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
    }


@NAMED
async def test_a_model_is_invoked_asynchronously(
    traced: Recorder, aconnect: Callable[..., Any], server: dict[str, Any], family: str
) -> None:
    async with aconnect() as client:
        assert json.loads(await (await ask(client, family))["body"].read())
    assert without_id(traced.attributes()) == expected(family, server)


@NAMED
async def test_an_invoked_model_streams_asynchronously(
    traced: Recorder, aconnect: Callable[..., Any], server: dict[str, Any], family: str
) -> None:
    async with aconnect() as client:
        answer = await stream(client, family)
        assert [event async for event in answer["body"]]
    assert without_id(traced.attributes()) == {
        **expected(family, server),
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
    }


@pytest.mark.parametrize("family", WITH_ID)
def test_an_answer_with_an_id_tells_it(traced: Recorder, client: Any, family: str) -> None:
    ask(client, family)["body"].read()
    assert traced.attributes()["gen_ai.response.id"]


@NAMED
@pytest.mark.parametrize("call", [ask, stream])
def test_what_was_asked_and_said_is_content(shown: Recorder, client: Any, family: str, call: Any) -> None:
    body = call(client, family)["body"]
    assert list(body)
    told = shown.attributes()
    assert json.loads(told["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "Hello there"}]}
    ]
    (said,) = json.loads(told["gen_ai.output.messages"])
    (part,) = said["parts"]
    assert said["role"] == "assistant"
    assert said["finish_reason"] == "stop"
    assert part["content"].startswith('You said: "Hello there"')
    assert part["content"].endswith("friendly reply.")


@NAMED
def test_nothing_that_was_said_is_told_unasked(traced: Recorder, client: Any, family: str) -> None:
    ask(client, family)["body"].read()
    list(stream(client, family)["body"])
    assert "Hello there" not in traced.everything()
    assert "friendly" not in traced.everything()


@pytest.mark.parametrize(
    ("model", "body", "told"),
    [
        (
            "amazon.titan-embed-text-v2:0",
            {"inputText": "Hello there", "dimensions": 256, "embeddingTypes": ["float"]},
            {
                "gen_ai.embeddings.dimension.count": 256,
                "gen_ai.request.encoding_formats": ["float"],
                "gen_ai.usage.input_tokens": 9,
            },
        ),
        (
            "cohere.embed-english-v3",
            {"texts": ["Hello there"], "input_type": "search_query"},
            # From the headers: the body has no counts.
            {"gen_ai.usage.input_tokens": 9},
        ),
    ],
)
def test_an_embedding(
    traced: Recorder, client: Any, server: dict[str, Any], model: str, body: Any, told: dict[str, Any]
) -> None:
    client.invoke_model(modelId=model, body=json.dumps(body))["body"].read()
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.request.model": model,
        **told,
    }


def test_what_the_conventions_do_not_know_is_not_traced(traced: Recorder, client: Any) -> None:
    client.invoke_model(modelId="cohere.rerank-v3-5:0", body=json.dumps({"query": "q", "documents": ["d"]}))
    assert traced.tree() == []


def test_a_model_behind_an_unknown_profile_is_known_by_its_body(traced: Recorder, client: Any) -> None:
    profile = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3"
    client.invoke_model(modelId=profile, body=json.dumps(CLAUDE))["body"].read()
    assert traced.attributes()["gen_ai.response.model"] == "claude-3-5-sonnet-20240620"


def test_a_guardrail_that_steps_in_is_told(traced: Recorder, client: Any) -> None:
    asked = {**CLAUDE, "messages": [{"role": "user", "content": "You are to refuse to answer"}]}
    client.invoke_model(
        modelId="anthropic.claude-v2",
        body=json.dumps(asked),
        guardrailIdentifier="gr1234",
        guardrailVersion="1",
    )["body"].read()
    found = traced.attributes()
    assert found["aws.bedrock.guardrail.id"] == "gr1234"
    assert found["gen_ai.response.finish_reasons"] == ["content_filter"]


@pytest.mark.parametrize("wrap", [str.encode, lambda text: bytearray(text.encode())])
def test_a_body_of_bytes_is_read_as_text_is(traced: Recorder, client: Any, wrap: Any) -> None:
    client.invoke_model(modelId="anthropic.claude-v2", body=wrap(json.dumps(CLAUDE)))["body"].read()
    assert traced.attributes()["gen_ai.request.max_tokens"] == 100


def test_a_file_as_body_is_left_to_the_library(traced: Recorder, client: Any, provider: Provider) -> None:
    body = io.BytesIO(json.dumps(CLAUDE).encode())
    client.invoke_model(modelId="anthropic.claude-v2", body=body)["body"].read()
    assert provider.requests[0].fields == CLAUDE
    found = traced.attributes()
    assert "gen_ai.request.max_tokens" not in found
    assert found["gen_ai.usage.input_tokens"] == 9


def test_a_body_that_is_no_json_tells_its_headers(traced: Recorder, client: Any, provider: Provider) -> None:
    provider.say(Reply(body=b"no JSON", headers={"x-amzn-bedrock-input-token-count": "3"}))
    assert client.invoke_model(modelId="anthropic.claude-v2", body=b"no JSON")["body"].read() == b"no JSON"
    found = traced.attributes()
    assert found["gen_ai.usage.input_tokens"] == 3
    assert "error.type" not in found
