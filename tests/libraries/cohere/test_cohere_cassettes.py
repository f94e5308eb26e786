# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the whole span of each.

The cassettes are made again, by the reference provider, with the newest lane's

    pytest --record-mode=rewrite tests/libraries/cohere/test_cohere_cassettes.py

Then the client reaches the provider as its proxy, so that it asks for the same fixed address as in a replay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cohere
import httpx
import pytest
from dirty_equals import IsFloat

from asking import HELLO, WEATHER
from cassette import ADDRESS, SERVER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from harness import Recorder

pytestmark = pytest.mark.vcr
# What every span tells here.
COHERE = {"gen_ai.provider.name": "cohere", **SERVER}
CHAT = {**COHERE, "gen_ai.operation.name": "chat", "gen_ai.request.model": "command-a"}
ENDED = {
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 2,
    "gen_ai.usage.output_tokens": 27,
}


@pytest.fixture
def client(traced: Recorder, proxy: str | None) -> Iterator[cohere.ClientV2]:
    """Return a client of the fixed address."""
    with httpx.Client(verify=False, proxy=proxy) as sender:
        yield cohere.ClientV2(api_key="test", base_url=ADDRESS, httpx_client=sender)


@pytest.fixture
async def aclient(traced: Recorder, proxy: str | None) -> AsyncIterator[cohere.AsyncClientV2]:
    """Return its asynchronous twin."""
    async with httpx.AsyncClient(verify=False, proxy=proxy) as sender:
        yield cohere.AsyncClientV2(api_key="test", base_url=ADDRESS, httpx_client=sender)


@pytest.mark.default_cassette("chat.yaml")
def test_chat(traced: Recorder, client: cohere.ClientV2) -> None:
    client.chat(model="command-a", messages=HELLO)
    assert traced.attributes() == {
        **CHAT,
        **ENDED,
        "gen_ai.response.id": "9d0b50e6-f35f-5576-9db4-c642fe987bd3",
    }


@pytest.mark.default_cassette("chat_stream.yaml")
def test_a_chat_stream(traced: Recorder, client: cohere.ClientV2) -> None:
    list(client.chat_stream(model="command-a", messages=HELLO))
    assert traced.attributes() == {
        **CHAT,
        **ENDED,
        "gen_ai.request.stream": True,
        "gen_ai.response.id": "de0167f9-b566-56a5-84bf-674d79cd1d8d",
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
    }


@pytest.mark.default_cassette("chat_stream.yaml")
async def test_an_asynchronous_chat_stream(traced: Recorder, aclient: cohere.AsyncClientV2) -> None:
    assert [event async for event in aclient.chat_stream(model="command-a", messages=HELLO)]
    assert traced.attributes() == {
        **CHAT,
        **ENDED,
        "gen_ai.request.stream": True,
        "gen_ai.response.id": "de0167f9-b566-56a5-84bf-674d79cd1d8d",
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
    }


@pytest.mark.default_cassette("tools.yaml")
def test_a_call_of_a_tool(traced: Recorder, client: cohere.ClientV2) -> None:
    client.chat(
        model="command-a",
        messages=[{"role": "user", "content": "What is the weather in Rome?"}],
        tools=[WEATHER],
    )
    assert traced.attributes() == {
        **CHAT,
        "gen_ai.response.id": "f567e3b1-e170-593e-a032-d5d49d5208d9",
        "gen_ai.response.finish_reasons": ["tool_call"],
        "gen_ai.usage.input_tokens": 96,
        "gen_ai.usage.output_tokens": 11,
    }


@pytest.mark.default_cassette("chat_v1.yaml")
def test_a_chat_of_version_1(traced: Recorder, client: cohere.ClientV2) -> None:
    made = cohere.Client(
        api_key="test", base_url=ADDRESS, httpx_client=client._client_wrapper.httpx_client.httpx_client
    )
    made.chat(model="command-a", message="Hello there")
    assert traced.attributes() == {
        **CHAT,
        **ENDED,
        "gen_ai.response.id": "4220cd29-3ce8-52ff-94a2-17475e912e45",
    }


@pytest.mark.default_cassette("embed.yaml")
def test_embeddings(traced: Recorder, client: cohere.ClientV2) -> None:
    client.embed(
        model="embed-v4.0", texts=["Hello there"], input_type="search_query", embedding_types=["float"]
    )
    assert traced.attributes() == {
        **COHERE,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.request.model": "embed-v4.0",
        "gen_ai.request.encoding_formats": ["float"],
        "gen_ai.usage.input_tokens": 2,
    }


@pytest.mark.default_cassette("rerank.yaml")
def test_a_reranking(traced: Recorder, client: cohere.ClientV2) -> None:
    client.rerank(model="rerank-v3.5", query="apple", documents=["a pear", "an apple"], top_n=1)
    assert traced.attributes() == {
        **COHERE,
        "gen_ai.operation.name": "rerank",
        "gen_ai.request.model": "rerank-v3.5",
        "gen_ai.retrieval.top_k": 1,
    }


@pytest.mark.default_cassette("error_401.yaml")
def test_a_refused_key(traced: Recorder, client: cohere.ClientV2) -> None:
    refused = cohere.ClientV2(
        api_key="invalid-key",
        base_url=ADDRESS,
        httpx_client=client._client_wrapper.httpx_client.httpx_client,
    )
    with pytest.raises(cohere.UnauthorizedError):
        refused.chat(model="command-a", messages=HELLO)
    assert traced.attributes() == {
        **CHAT,
        "error.type": "cohere.errors.unauthorized_error.UnauthorizedError",
    }
