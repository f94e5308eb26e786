# SPDX-License-Identifier: Apache-2.0
"""Chat, responses, embeddings and reranking by OpenRouter: the span of each kind of question and answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat, IsStr

from asking import HELLO, WEATHER
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from harness import Recorder

MODEL = "mistralai/mistral-small"
ANSWERED = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openrouter",
    "gen_ai.request.model": MODEL,
    "gen_ai.response.model": MODEL,
    "gen_ai.response.id": IsStr(regex="gen-.+"),
    "gen_ai.response.finish_reasons": ["stop"],
    "openrouter.usage.cost": 0.00012,
}


def used(usage: Any) -> dict[str, Any]:
    return {
        "gen_ai.usage.input_tokens": int(usage.prompt_tokens),
        "gen_ai.usage.output_tokens": int(usage.completion_tokens),
    }


def test_a_chat(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    answer = client.chat.send(model=MODEL, messages=HELLO, stream=False)
    assert traced.attributes() == {
        **ANSWERED,
        **server,
        **used(answer.usage),
        "openrouter.provider.name": "Reference",
    }


async def test_the_same_asynchronously(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    answer = await client.chat.send_async(model=MODEL, messages=HELLO, stream=False)
    assert traced.attributes() == {
        **ANSWERED,
        **server,
        **used(answer.usage),
        "openrouter.provider.name": "Reference",
    }


def test_the_parameters_of_a_request(traced: Recorder, client: Any) -> None:
    client.chat.send(
        model=MODEL,
        messages=HELLO,
        stream=False,
        temperature=0.5,
        top_p=0.9,
        max_tokens=100,
        seed=7,
        stop="END",
        reasoning={"effort": "high"},
        response_format={"type": "json_object"},
    )
    found = traced.attributes()
    kept = ("gen_ai.request", "gen_ai.output")
    assert {key: value for key, value in found.items() if key.startswith(kept)} == {
        "gen_ai.request.model": MODEL,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.max_tokens": 100,
        "gen_ai.request.seed": 7,
        "gen_ai.request.stop_sequences": ["END"],
        "gen_ai.request.reasoning.level": "high",
        "gen_ai.output.type": "json",
    }


def test_tokens_of_thoughts_and_of_the_cache(traced: Recorder, client: Any, provider: Provider) -> None:
    usage = {
        "prompt_tokens": 20,
        "completion_tokens": 9,
        "total_tokens": 29,
        "prompt_tokens_details": {"cached_tokens": 5, "cache_write_tokens": 3},
        "completion_tokens_details": {"reasoning_tokens": 4},
    }
    provider.say(Reply(text="Four", reasoning="Two and two", usage=usage))
    client.chat.send(model=MODEL, messages=HELLO, stream=False)
    found = traced.attributes()
    assert {
        key.removeprefix("gen_ai.usage."): value for key, value in found.items() if "gen_ai.usage" in key
    } == {
        "input_tokens": 20,
        "output_tokens": 9,
        "cache_read.input_tokens": 5,
        "cache_write.input_tokens": 3,
        "reasoning.output_tokens": 4,
    }


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_thoughts_are_reasoning(shown: Recorder, client: Any, provider: Provider, stream: bool) -> None:
    provider.say(Reply(text="It is four", reasoning="Two and two"))
    answer = client.chat.send(model=MODEL, messages=HELLO, stream=stream)
    _ = list(answer) if stream else answer
    (message,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert message["parts"] == [
        {"type": "reasoning", "content": "Two and two"},
        {"type": "text", "content": "It is four"},
    ]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_call_of_a_tool(shown: Recorder, client: Any, stream: bool) -> None:
    ask = [{"role": "user", "content": "What is the weather in Paris?"}]
    answer = client.chat.send(model=MODEL, messages=ask, tools=[WEATHER], stream=stream)
    _ = list(answer) if stream else answer
    (message,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert message == {
        "role": "assistant",
        "parts": [
            {"type": "tool_call", "id": IsStr(), "name": "get_weather", "arguments": {"city": "Paris"}}
        ],
        "finish_reason": "tool_call",
    }


def test_no_content_without_being_asked(traced: Recorder, client: Any, provider: Provider) -> None:
    provider.say(Reply(text="SECRET"))
    list(client.chat.send(model=MODEL, messages=[{"role": "user", "content": "SECRET"}], stream=True))
    assert "SECRET" not in traced.everything()


def test_a_response(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    resource = getattr(client, "responses", None) or client.beta.responses
    answer = resource.send(model=MODEL, input="Hello there", stream=False)
    assert traced.attributes() == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openrouter",
        **server,
        "gen_ai.request.model": MODEL,
        "gen_ai.response.model": MODEL,
        "gen_ai.response.id": answer.id,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": int(answer.usage.input_tokens),
        "gen_ai.usage.output_tokens": int(answer.usage.output_tokens),
    }


def test_a_streamed_response(traced: Recorder, client: Any) -> None:
    events = list(client.beta.responses.send(model=MODEL, input="Hello there", stream=True))
    found = traced.attributes()
    assert events
    assert (found["gen_ai.response.finish_reasons"], found["gen_ai.response.time_to_first_chunk"]) == (
        ["stop"],
        IsFloat(gt=0),
    )


def test_embeddings(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    answer = client.embeddings.generate(
        model="openai/text-embedding-3-small", input="Hello there", dimensions=8
    )
    assert traced.attributes() == {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "openrouter",
        **server,
        "gen_ai.request.model": "openai/text-embedding-3-small",
        "gen_ai.embeddings.dimension.count": 8,
        "gen_ai.response.model": "openai/text-embedding-3-small",
        "gen_ai.usage.input_tokens": int(answer.usage.prompt_tokens),
    }


RANK: Any = {"model": "cohere/rerank-v3.5", "query": "red apple", "documents": ["a pear", "a red apple"]}
RANKED = {
    "gen_ai.operation.name": "rerank",
    "gen_ai.provider.name": "openrouter",
    "gen_ai.request.model": "cohere/rerank-v3.5",
}


def test_a_reranking(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    client.rerank.rerank(**RANK, top_n=1)
    assert traced.attributes() == {**RANKED, **server, "gen_ai.retrieval.top_k": 1}


async def test_a_reranking_that_is_awaited(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    await client.rerank.rerank_async(**RANK)
    assert traced.attributes() == {**RANKED, **server}


def test_what_is_reranked_is_content(shown: Recorder, client: Any) -> None:
    client.rerank.rerank(**RANK)
    found = shown.attributes()
    assert found["gen_ai.retrieval.query.text"] == "red apple"
    assert json.loads(found["gen_ai.retrieval.documents"]) == [
        {"id": "1", "score": IsFloat(), "content": "a red apple"},
        {"id": "0", "score": IsFloat(), "content": "a pear"},
    ]


def test_administration_is_not_traced(traced: Recorder, client: Any, provider: Provider, once: Any) -> None:
    with pytest.raises(Exception):
        client.models.list(**once)
    assert len(provider.requests) == 1
    assert (traced.tree(), traced.points()) == ([], [])
