# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the whole span of each.

The cassettes are made again, by the reference provider, with

    pytest --record-mode=rewrite tests/libraries/azure_ai_inference/test_azure_cassettes.py

It then listens at the fixed address that the cassettes name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ResourceNotFoundError
from dirty_equals import IsFloat, IsStr

from asking import WEATHER
from spanwright.console.provider import Provider
from wires.azure_inference import WIRE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder

pytestmark = pytest.mark.vcr
PORT = 18441
MADE: Any = (f"http://127.0.0.1:{PORT}/models", AzureKeyCredential("test"))
BODY: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello there"}], "model": "gpt-4o"}
CALLED = {"gen_ai.provider.name": "azure.ai.inference", "server.address": "127.0.0.1", "server.port": PORT}
ASKED = {**CALLED, "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
CHAT = {
    **ASKED,
    "gen_ai.response.id": IsStr(regex="chatcmpl-.+"),
    "gen_ai.response.model": "gpt-4o-2024-08-06",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 9,
    "gen_ai.usage.output_tokens": 27,
}


@pytest.fixture
def ask(record_mode: str) -> Iterator[ChatCompletionsClient]:
    """Return a client of the fixed address, where a provider listens while recording."""
    with ChatCompletionsClient(*MADE, retry_total=0) as client:
        if record_mode == "none":
            yield client
        else:
            with Provider(wires=[WIRE], port=PORT):
                yield client


@pytest.mark.default_cassette("chat.yaml")
def test_chat(traced: Recorder, ask: ChatCompletionsClient) -> None:
    ask.complete(body=BODY)
    assert traced.attributes() == CHAT


@pytest.mark.default_cassette("chat_stream.yaml")
def test_chat_stream(traced: Recorder, ask: ChatCompletionsClient) -> None:
    list(ask.complete(body={**BODY, "stream": True, "stream_options": {"include_usage": True}}))
    time = {"gen_ai.response.time_to_first_chunk": IsFloat(gt=0)}
    assert traced.attributes() == {**CHAT, **time, "gen_ai.request.stream": True}


@pytest.mark.default_cassette("tools.yaml")
def test_tools(shown: Recorder, ask: ChatCompletionsClient) -> None:
    messages = [{"role": "user", "content": "What is the weather in Oslo?"}]
    ask.complete(body={**BODY, "messages": messages, "tools": [WEATHER]})
    found = shown.attributes()
    assert found["gen_ai.response.finish_reasons"] == ["tool_call"]
    assert '"arguments":{"city":"Oslo"}' in found["gen_ai.output.messages"]


@pytest.mark.default_cassette("not_found.yaml")
def test_not_found(traced: Recorder, ask: ChatCompletionsClient) -> None:
    with pytest.raises(ResourceNotFoundError):
        ask.complete(body={**BODY, "model": "error:404"})
    assert traced.attributes() == {
        **ASKED,
        "gen_ai.request.model": "error:404",
        "error.type": "azure.core.exceptions.ResourceNotFoundError",
    }


@pytest.mark.default_cassette("embeddings.yaml")
def test_embeddings(traced: Recorder, ask: ChatCompletionsClient) -> None:
    with EmbeddingsClient(*MADE, retry_total=0) as client:
        client.embed(body={"input": ["Hello"], "model": "text-embedding-3-small", "dimensions": 4})
    assert traced.attributes() == {
        **CALLED,
        "gen_ai.embeddings.dimension.count": 4,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.request.model": "text-embedding-3-small",
        "gen_ai.response.model": "text-embedding-3-small",
        "gen_ai.usage.input_tokens": 1,
    }
