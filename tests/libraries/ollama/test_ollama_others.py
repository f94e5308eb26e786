# SPDX-License-Identifier: Apache-2.0
"""Completions of a prompt and embeddings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import ollama
import pytest
from dirty_equals import IsFloat

from spanwright.console.provider import Provider, Reply
from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from harness import Recorder

# Before 0.5 the SDK drops what the model thought.
THINKS = pytest.mark.skipif(
    "thinking" not in ollama.Message.model_fields, reason="this version knows no thinking"
)
GENERATED = {
    "gen_ai.operation.name": "text_completion",
    "gen_ai.provider.name": "ollama",
    "gen_ai.request.model": "qwen3",
    "gen_ai.response.model": "qwen3",
    "gen_ai.response.finish_reasons": ["stop"],
}


def used(answer: Any) -> dict[str, Any]:
    """Return the token counts of an answer as attributes."""
    return {
        "gen_ai.usage.input_tokens": answer["prompt_eval_count"],
        "gen_ai.usage.output_tokens": answer["eval_count"],
    }


def test_a_completion_is_one_span(traced: Recorder, client: ollama.Client, server: dict[str, Any]) -> None:
    answer = client.generate(model="qwen3", prompt="Hello there", system="Be kind.")
    assert traced.one().name == "text_completion qwen3"
    assert traced.attributes() == {**GENERATED, **server, **used(answer)}


async def test_an_awaited_completion_tells_the_same(
    traced: Recorder, aclient: ollama.AsyncClient, server: dict[str, Any]
) -> None:
    answer = await aclient.generate(model="qwen3", prompt="Hello there")
    assert traced.attributes() == {**GENERATED, **server, **used(answer)}


def test_a_streamed_completion_tells_the_same(
    traced: Recorder, client: ollama.Client, server: dict[str, Any]
) -> None:
    *_, last = client.generate(model="qwen3", prompt="Hello there", stream=True)
    assert traced.attributes() == {
        **GENERATED,
        **server,
        **used(last),
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
    }


@THINKS
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_instructions_prompt_and_completion_are_content(
    shown: Recorder, client: ollama.Client, provider: Provider, stream: bool
) -> None:
    provider.say(Reply(text="Hi there.", reasoning="A greeting."))
    answer = client.generate(model="qwen3", prompt="Hello there", system="Be kind.", stream=stream)
    if stream:
        list(answer)
    told = shown.attributes()
    assert json.loads(told["gen_ai.system_instructions"]) == [{"type": "text", "content": "Be kind."}]
    assert json.loads(told["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "Hello there"}]}
    ]
    assert json.loads(told["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [
                {"type": "reasoning", "content": "A greeting."},
                {"type": "text", "content": "Hi there."},
            ],
            "finish_reason": "stop",
        }
    ]


def test_embeddings_are_one_span_with_their_size_and_their_tokens(
    traced: Recorder, client: ollama.Client, server: dict[str, Any]
) -> None:
    answer = client.embed(model="all-minilm", input=["Hello there", "Bye"], dimensions=16)
    assert traced.one().name == "embeddings all-minilm"
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "ollama",
        "gen_ai.request.model": "all-minilm",
        "gen_ai.response.model": "all-minilm",
        "gen_ai.embeddings.dimension.count": 16,
        "gen_ai.usage.input_tokens": answer.prompt_eval_count,
    }


async def test_awaited_embeddings_are_one_span(traced: Recorder, aclient: ollama.AsyncClient) -> None:
    await aclient.embed(model="all-minilm", input="Hello there")
    assert traced.tree() == ["embeddings all-minilm"]


def test_embeddings_of_the_older_endpoint_are_one_span(
    traced: Recorder, client: ollama.Client, server: dict[str, Any]
) -> None:
    client.embeddings(model="all-minilm", prompt="Hello there")
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "ollama",
        "gen_ai.request.model": "all-minilm",
    }


def test_texts_to_embed_are_never_told(shown: Recorder, client: ollama.Client) -> None:
    client.embed(model="all-minilm", input="SECRET text")
    assert "SECRET" not in shown.everything()


@pytest.fixture
def both(traced: Recorder) -> Recorder:
    """Return the recorder with the HTTP library instrumented too."""
    instrumentor = HttpxInstrumentor()
    instrumentor.instrument(**traced.providers)
    traced._instrumented.append(instrumentor)
    return traced


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_the_http_attempt_is_a_child_of_the_call(both: Recorder, client: ollama.Client, stream: bool) -> None:
    answer = client.chat(model="qwen3", messages=[{"role": "user", "content": "Hello"}], stream=stream)
    if stream:
        list(answer)
    assert both.tree() == ["chat qwen3", "  POST"]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_the_awaited_http_attempt_is_a_child_of_the_call(
    both: Recorder, aclient: ollama.AsyncClient, stream: bool
) -> None:
    answer = await aclient.chat(model="qwen3", messages=[{"role": "user", "content": "Hello"}], stream=stream)
    if stream:
        [chunk async for chunk in answer]
    assert both.tree() == ["chat qwen3", "  POST"]
