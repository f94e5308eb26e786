# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the whole span of each.

The cassettes are made again, by the reference provider, with

    uv run pytest --record-mode=rewrite tests/libraries/openai/test_cassettes.py

Then the client reaches the provider as its proxy, so that it asks for the same fixed address as in a replay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest
from dirty_equals import IsFloat
from pydantic import BaseModel

from asking import HELLO, WEATHER
from cassette import ADDRESS, SERVER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from harness import Recorder

pytestmark = pytest.mark.vcr
BASE_URL = f"{ADDRESS}/v1"

# What every answer of `gpt-4o-mini` to a chat completion tells here.
CHAT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    **SERVER,
    "gen_ai.request.model": "gpt-4o-mini",
    "openai.api.type": "chat_completions",
    "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
    "openai.response.service_tier": "default",
    "openai.response.system_fingerprint": "fp_b0be28e052",
}


class Trip(BaseModel):
    """A structured answer."""

    city: str
    days: int


@pytest.fixture
def client(http: Any, proxy: str | None) -> Iterator[openai.OpenAI]:
    """Return a client of the fixed address."""
    with openai.OpenAI(
        base_url=BASE_URL, api_key="test", max_retries=0, http_client=http.Client(verify=False, proxy=proxy)
    ) as made:
        yield made


@pytest.fixture
async def aclient(http: Any, proxy: str | None) -> AsyncIterator[openai.AsyncOpenAI]:
    """Return its asynchronous twin."""
    async with openai.AsyncOpenAI(
        base_url=BASE_URL,
        api_key="test",
        max_retries=0,
        http_client=http.AsyncClient(verify=False, proxy=proxy),
    ) as made:
        yield made


@pytest.mark.default_cassette("chat.yaml")
def test_chat(traced: Recorder, client: openai.OpenAI) -> None:
    client.chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    assert traced.attributes() == {
        **CHAT,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": "chatcmpl-jaZmLVKl9XZuiqRhMGVJCfULl3mAv",
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 27,
    }


@pytest.mark.default_cassette("chat_stream.yaml")
def test_a_chat_stream(traced: Recorder, client: openai.OpenAI) -> None:
    list(
        client.chat.completions.create(
            model="gpt-4o-mini", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
    )
    assert traced.attributes() == {
        **CHAT,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": "chatcmpl-GGWSp6K4SAAnrsdfXsOHWniZf99yi",
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 27,
    }


@pytest.mark.default_cassette("chat_stream.yaml")
async def test_the_same_chat_stream_asynchronously(traced: Recorder, aclient: openai.AsyncOpenAI) -> None:
    stream = await aclient.chat.completions.create(
        model="gpt-4o-mini", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    assert [chunk async for chunk in stream]
    assert traced.attributes() == {
        **CHAT,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": "chatcmpl-GGWSp6K4SAAnrsdfXsOHWniZf99yi",
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 27,
    }


@pytest.mark.default_cassette("tools_loop.yaml")
def test_a_turn_of_tools(shown: Recorder, client: openai.OpenAI) -> None:
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    first = client.chat.completions.create(model="gpt-4o-mini", messages=messages, tools=[WEATHER])
    (call,) = first.choices[0].message.tool_calls or ()
    messages += [first.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "18 degrees"}]
    client.chat.completions.create(model="gpt-4o-mini", messages=messages, tools=[WEATHER])
    assert [dict(span.attributes or {}) for span in shown.spans] == [
        {
            **CHAT,
            "gen_ai.response.finish_reasons": ("tool_call",),
            "gen_ai.response.id": "chatcmpl-fYxvhBCmq9ZafaPXfa5MWX5ImqozQ",
            "gen_ai.usage.input_tokens": 103,
            "gen_ai.usage.output_tokens": 11,
            "gen_ai.input.messages": (
                '[{"role":"user","parts":[{"type":"text","content":"What is the weather in Paris?"}]}]'
            ),
            "gen_ai.tool.definitions": '[{"type":"function","name":"get_weather"}]',
            "gen_ai.output.messages": (
                '[{"role":"assistant","parts":[{"type":"tool_call",'
                '"id":"call_fvS32c0BsCDlnADsPHrFDXlu","name":"get_weather",'
                '"arguments":{"city":"Paris"}}],"finish_reason":"tool_call"}]'
            ),
        },
        {
            **CHAT,
            "gen_ai.response.finish_reasons": ("stop",),
            "gen_ai.response.id": "chatcmpl-GWoVbMFKfr0VpBO07umK10L92p4mS",
            "gen_ai.usage.input_tokens": 125,
            "gen_ai.usage.output_tokens": 9,
            "gen_ai.input.messages": (
                '[{"role":"user","parts":[{"type":"text","content":"What is the weather in '
                'Paris?"}]},{"role":"assistant","parts":[{"type":"tool_call",'
                '"id":"call_fvS32c0BsCDlnADsPHrFDXlu","name":"get_weather",'
                '"arguments":{"city":"Paris"}}]},{"role":"tool",'
                '"parts":[{"type":"tool_call_response","response":"18 degrees",'
                '"id":"call_fvS32c0BsCDlnADsPHrFDXlu"}]}]'
            ),
            "gen_ai.tool.definitions": '[{"type":"function","name":"get_weather"}]',
            "gen_ai.output.messages": (
                '[{"role":"assistant","parts":[{"type":"text","content":"Here is what I found: '
                '18 degrees"}],"finish_reason":"stop"}]'
            ),
        },
    ]


@pytest.mark.default_cassette("parse.yaml")
def test_a_parsed_answer(traced: Recorder, client: openai.OpenAI) -> None:
    answer = client.chat.completions.parse(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": "Plan a trip to Rome for 3 days"}],
        response_format=Trip,
    )
    assert isinstance(answer.choices[0].message.parsed, Trip)
    assert traced.attributes() == {
        **CHAT,
        "gen_ai.output.type": "json",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": "chatcmpl-NA48ludxSkXZXM2EatrYAJb4K2fdD",
        "gen_ai.usage.input_tokens": 15,
        "gen_ai.usage.output_tokens": 15,
    }


@pytest.mark.default_cassette("responses.yaml")
def test_a_response(shown: Recorder, client: openai.OpenAI) -> None:
    client.responses.create(model="gpt-5", input="Hello there", reasoning={"effort": "low"})
    assert shown.attributes() == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        **SERVER,
        "gen_ai.request.model": "gpt-5",
        "gen_ai.request.reasoning.level": "low",
        "openai.api.type": "responses",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": "resp_5ee1840007d573bf8f45b38c70997472f66183cff70d191a91",
        "gen_ai.response.model": "gpt-5-2025-08-07",
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 91,
        "gen_ai.usage.reasoning.output_tokens": 64,
        "openai.response.service_tier": "default",
        "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Hello there"}]}]',
        "gen_ai.output.messages": (
            '[{"role":"assistant","parts":[{"type":"text","content":"You said: \\"Hello '
            'there\\" I am a reference model and answer by rule, so take this as a friendly '
            'reply."}],"finish_reason":"stop"}]'
        ),
    }


@pytest.mark.default_cassette("responses_stream.yaml")
def test_a_streamed_response(traced: Recorder, client: openai.OpenAI) -> None:
    list(client.responses.create(model="gpt-4o-mini", input="Hello there", stream=True))
    assert traced.attributes() == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        **SERVER,
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.request.stream": True,
        "openai.api.type": "responses",
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": "resp_9e085f92cb2e584d69af687f24681f9200c8da43ea7f095a40",
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 27,
        "openai.response.service_tier": "default",
    }


@pytest.mark.default_cassette("embeddings.yaml")
def test_an_embedding(traced: Recorder, client: openai.OpenAI) -> None:
    client.embeddings.create(model="text-embedding-3-small", input="Hello there", dimensions=8)
    assert traced.attributes() == {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "openai",
        **SERVER,
        "gen_ai.request.model": "text-embedding-3-small",
        "gen_ai.request.encoding_formats": ["base64"],
        "gen_ai.embeddings.dimension.count": 8,
        "gen_ai.response.model": "text-embedding-3-small",
        "gen_ai.usage.input_tokens": 2,
    }


@pytest.mark.default_cassette("error_401.yaml")
def test_a_refused_key(traced: Recorder, client: openai.OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="invalid-key").chat.completions.create(
            model="gpt-4o-mini", messages=HELLO
        )
    assert traced.attributes() == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        **SERVER,
        "gen_ai.request.model": "gpt-4o-mini",
        "openai.api.type": "chat_completions",
        "error.type": "openai.AuthenticationError",
    }
