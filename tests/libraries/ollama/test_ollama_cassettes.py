# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the whole span of each.

The cassettes are made again, by the reference provider, with

    pytest --record-mode=rewrite tests/libraries/ollama/test_ollama_cassettes.py

Then the client reaches the provider as its proxy, so that it asks for the same fixed address as in a replay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ollama
import pytest
from dirty_equals import IsFloat

from asking import HELLO
from cassette import ADDRESS, LINE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from harness import Recorder

pytestmark = pytest.mark.vcr
MATCH_ON = LINE
HOST = f"{ADDRESS}:11434"
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {
            "type": "object",
            "required": ["city"],
            "properties": {"city": {"type": "string", "description": "The city."}},
        },
    },
}
CALLED = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "ollama",
    "gen_ai.request.model": "qwen3",
    "server.address": "provider.test",
    "server.port": 11434,
}
CHAT = {**CALLED, "gen_ai.response.model": "qwen3", "gen_ai.response.finish_reasons": ["stop"]}
USED = {"gen_ai.usage.input_tokens": 9, "gen_ai.usage.output_tokens": 27}


@pytest.fixture
def client(proxy: str | None) -> Iterator[ollama.Client]:
    """Return a client of the fixed address."""
    made = ollama.Client(host=HOST, verify=False, proxy=proxy)
    yield made
    made._client.close()


@pytest.fixture
async def aclient(proxy: str | None) -> AsyncIterator[ollama.AsyncClient]:
    """Return its asynchronous twin."""
    made = ollama.AsyncClient(host=HOST, verify=False, proxy=proxy)
    yield made
    await made._client.aclose()


@pytest.mark.default_cassette("chat.yaml")
def test_chat(traced: Recorder, client: ollama.Client) -> None:
    client.chat(model="qwen3", messages=HELLO)
    assert traced.attributes() == {**CHAT, **USED}


@pytest.mark.default_cassette("chat_stream.yaml")
def test_chat_stream(traced: Recorder, client: ollama.Client) -> None:
    list(client.chat(model="qwen3", messages=HELLO, stream=True))
    assert traced.attributes() == {
        **CHAT,
        **USED,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
    }


@pytest.mark.default_cassette("chat_stream.yaml")
async def test_asynchronous_chat_stream(traced: Recorder, aclient: ollama.AsyncClient) -> None:
    [chunk async for chunk in await aclient.chat(model="qwen3", messages=HELLO, stream=True)]
    assert traced.attributes() == {
        **CHAT,
        **USED,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
    }


@pytest.mark.default_cassette("tools_loop.yaml")
def test_tools_loop(traced: Recorder, client: ollama.Client) -> None:
    talk: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    answer = client.chat(model="qwen3", messages=talk, tools=[WEATHER])
    assert [call.function.name for call in answer.message.tool_calls or ()] == ["get_weather"]
    talk += [answer.message, {"role": "tool", "content": '{"sky": "clear"}'}]
    client.chat(model="qwen3", messages=talk, tools=[WEATHER])
    assert traced.tree() == ["chat qwen3", "chat qwen3"]


@pytest.mark.default_cassette("generate.yaml")
def test_generate(traced: Recorder, client: ollama.Client) -> None:
    client.generate(model="qwen3", prompt="Hello there")
    assert traced.attributes() == {**CHAT, **USED, "gen_ai.operation.name": "text_completion"}


@pytest.mark.default_cassette("embed.yaml")
def test_embed(traced: Recorder, client: ollama.Client) -> None:
    client.embed(model="all-minilm", input="Hello there")
    assert traced.attributes() == {
        **CALLED,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.request.model": "all-minilm",
        "gen_ai.response.model": "all-minilm",
        "gen_ai.usage.input_tokens": 2,
    }


@pytest.mark.default_cassette("error_404.yaml")
def test_error_404(traced: Recorder, client: ollama.Client) -> None:
    with pytest.raises(ollama.ResponseError):
        client.chat(model="error:404", messages=HELLO)
    assert traced.attributes() == {
        **CALLED,
        "gen_ai.request.model": "error:404",
        "error.type": "ollama._types.ResponseError",
    }
