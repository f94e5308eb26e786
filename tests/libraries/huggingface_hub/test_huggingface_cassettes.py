# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the whole span of each.

The cassettes are made again, by the reference provider, with

    pytest --record-mode=rewrite tests/libraries/huggingface_hub/test_huggingface_cassettes.py

It then listens at the fixed address that the cassettes name.
"""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat, IsStr
from huggingface_hub import InferenceClient

from asking import HELLO, WEATHER
from spanwright.console.provider import Provider
from wires.huggingface import WIRE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness import Recorder

pytestmark = [
    pytest.mark.vcr,
    pytest.mark.skipif(
        version("huggingface_hub") < "1", reason="the cassettes hold what newer versions send"
    ),
]
PORT = 18434
HOST = f"http://127.0.0.1:{PORT}"
CALLED = {"gen_ai.provider.name": "huggingface", "server.address": "127.0.0.1", "server.port": PORT}
CHAT = {
    **CALLED,
    "gen_ai.operation.name": "chat",
    "gen_ai.response.id": IsStr(regex="chatcmpl-.+"),
    "gen_ai.response.model": "dummy",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 9,
    "gen_ai.usage.output_tokens": 27,
}
STREAM = {"gen_ai.request.stream": True, "gen_ai.response.time_to_first_chunk": IsFloat(gt=0)}


@pytest.fixture
def ask_at(record_mode: str) -> Iterator[Callable[[str], InferenceClient]]:
    """Return a maker of clients of the fixed address, where a provider listens while recording."""
    made: list[InferenceClient] = []

    def make(path: str) -> InferenceClient:
        made.append(InferenceClient(model=HOST + path, token="test"))
        return made[-1]

    if record_mode == "none":
        yield make
    else:
        with Provider(wires=[WIRE], port=PORT):
            yield make
    for each in made:
        with suppress(AttributeError):
            each.close()


@pytest.mark.default_cassette("chat.yaml")
def test_chat(traced: Recorder, ask_at: Callable[[str], InferenceClient]) -> None:
    ask_at("/v1").chat_completion(HELLO)
    assert traced.attributes() == CHAT


@pytest.mark.default_cassette("chat_stream.yaml")
def test_chat_stream(traced: Recorder, ask_at: Callable[[str], InferenceClient]) -> None:
    options: Any = {"include_usage": True}
    list(ask_at("/v1").chat_completion(HELLO, stream=True, stream_options=options))
    assert traced.attributes() == {**CHAT, **STREAM}


@pytest.mark.default_cassette("tools_loop.yaml")
def test_tools_loop(traced: Recorder, ask_at: Callable[[str], InferenceClient]) -> None:
    client = ask_at("/v1")
    talk: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    (call,) = client.chat_completion(talk, tools=[WEATHER]).choices[0].message.tool_calls or ()
    told = {"name": call.function.name, "arguments": call.function.arguments}
    talk += [
        {"role": "assistant", "tool_calls": [{"id": call.id, "type": "function", "function": told}]},
        {"role": "tool", "tool_call_id": call.id, "content": '{"sky": "clear"}'},
    ]
    client.chat_completion(talk, tools=[WEATHER])
    assert traced.tree() == ["chat", "chat"]


@pytest.mark.default_cassette("text_stream.yaml")
def test_text_stream(traced: Recorder, ask_at: Callable[[str], InferenceClient]) -> None:
    list(ask_at("/tgi").text_generation("Hello there", stream=True))
    assert traced.attributes() == {
        **CALLED,
        **STREAM,
        "gen_ai.operation.name": "text_completion",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 27,
    }


@pytest.mark.default_cassette("embeddings.yaml")
def test_embeddings(traced: Recorder, ask_at: Callable[[str], InferenceClient]) -> None:
    ask_at("/vectors").feature_extraction("Hello there")
    assert traced.attributes() == {**CALLED, "gen_ai.operation.name": "embeddings"}


@pytest.mark.default_cassette("error_404.yaml")
def test_error_404(traced: Recorder, ask_at: Callable[[str], InferenceClient]) -> None:
    with pytest.raises(Exception) as raised:  # noqa: B017 - the class differs between versions
        ask_at("/v1").chat_completion(HELLO, extra_body={"model": "error:404"})
    assert traced.attributes() == {
        **CALLED,
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "error:404",
        "error.type": f"{type(raised.value).__module__}.{type(raised.value).__qualname__}",
    }
