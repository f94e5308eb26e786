# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the whole span of each.

The cassettes are made again, by the reference provider, with

    pytest --record-mode=rewrite tests/libraries/dashscope/test_dashscope_cassettes.py

It then listens at the fixed address that the cassettes name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dashscope
import pytest
from dashscope import Generation
from dirty_equals import IsFloat, IsStr

from asking import HELLO, WEATHER
from cassette import LINE
from spanwright.console.provider import Provider
from wires.dashscope import WIRE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder

pytestmark = [pytest.mark.vcr, pytest.mark.usefixtures("fixed")]
MATCH_ON = LINE
PORT = 18435
ASK: dict[str, Any] = {"model": "qwen-plus", "messages": HELLO, "result_format": "message"}
CALLED = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "dashscope",
    "gen_ai.request.model": "qwen-plus",
    "server.address": "127.0.0.1",
    "server.port": PORT,
}
CHAT = {
    **CALLED,
    "gen_ai.response.id": IsStr(min_length=1),
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 9,
    "gen_ai.usage.output_tokens": 27,
}
STREAM = {"gen_ai.request.stream": True, "gen_ai.response.time_to_first_chunk": IsFloat(gt=0)}


@pytest.fixture
def fixed(record_mode: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Send the SDK to the fixed address, where a provider listens while recording."""
    monkeypatch.setattr(dashscope, "base_http_api_url", f"http://127.0.0.1:{PORT}/api/v1")
    monkeypatch.setattr(dashscope, "api_key", "test")
    if record_mode == "none":
        yield
    else:
        with Provider(wires=[WIRE], port=PORT):
            yield


@pytest.mark.default_cassette("chat.yaml")
def test_chat(traced: Recorder) -> None:
    Generation.call(**ASK)
    assert traced.attributes() == CHAT


@pytest.mark.default_cassette("chat_stream.yaml")
def test_chat_stream(traced: Recorder) -> None:
    list(Generation.call(**ASK, stream=True))
    assert traced.attributes() == {**CHAT, **STREAM}


@pytest.mark.default_cassette("chat_stream_pieces.yaml")
def test_chat_stream_of_pieces(traced: Recorder) -> None:
    list(Generation.call(**ASK, stream=True, incremental_output=True))
    assert traced.attributes() == {**CHAT, **STREAM}


@pytest.mark.default_cassette("tools_loop.yaml")
def test_tools_loop(traced: Recorder) -> None:
    talk: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    asked: dict[str, Any] = {"model": "qwen-plus", "tools": [WEATHER], "result_format": "message"}
    answer = Generation.call(messages=talk, **asked)
    message = answer.output.choices[0].message
    talk += [
        {"role": "assistant", "content": "", "tool_calls": message.tool_calls},
        {"role": "tool", "tool_call_id": message.tool_calls[0]["id"], "content": '{"sky": "clear"}'},
    ]
    Generation.call(messages=talk, **asked)
    assert traced.tree() == ["chat qwen-plus", "chat qwen-plus"]


@pytest.mark.default_cassette("embeddings.yaml")
def test_embeddings(traced: Recorder) -> None:
    dashscope.TextEmbedding.call(model="text-embedding-v3", input="Hello there")
    assert traced.attributes() == {
        **CALLED,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.request.model": "text-embedding-v3",
        "gen_ai.usage.input_tokens": 2,
    }


@pytest.mark.default_cassette("error_429.yaml")
def test_error_429(traced: Recorder) -> None:
    Generation.call(**{**ASK, "model": "error:429"})
    told = traced.attributes()
    told.pop("gen_ai.response.id", None)
    assert told == {**CALLED, "gen_ai.request.model": "error:429", "error.type": "Throttling.RateQuota"}
