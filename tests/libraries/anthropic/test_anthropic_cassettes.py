# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the whole span of each.

The cassettes are made again, by the reference provider, with

    pytest --record-mode=rewrite tests/libraries/anthropic/test_anthropic_cassettes.py

Then the client reaches the provider as its proxy, so that it asks for the same fixed address as in a replay.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anthropic
import pytest
from dirty_equals import IsFloat, IsStr

from asking import HELLO
from cassette import ADDRESS, SERVER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from harness import Recorder

pytestmark = pytest.mark.vcr
ASKED: dict[str, Any] = {"model": "claude-haiku-4-5", "max_tokens": 64}
WEATHER: Any = {
    "name": "get_weather",
    "description": "The weather in a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
# What every answer of `claude-haiku-4-5` tells here.
CHAT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    **SERVER,
    "gen_ai.request.model": "claude-haiku-4-5",
    "gen_ai.request.max_tokens": 64,
    "gen_ai.response.model": "claude-haiku-4-5",
    "gen_ai.response.id": IsStr(regex="msg_.{24}"),
}
STREAMED = {"gen_ai.request.stream": True, "gen_ai.response.time_to_first_chunk": IsFloat(gt=0)}
ANSWERED = {
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 9,
    "gen_ai.usage.output_tokens": 27,
}
base = anthropic._base_client
http: Any = getattr(base, "httpx2", None) or base.httpx


@pytest.fixture
def client(proxy: str | None) -> Iterator[anthropic.Anthropic]:
    """Return a client of the fixed address."""
    sender = http.Client(verify=False, proxy=proxy)
    with anthropic.Anthropic(base_url=ADDRESS, api_key="test", max_retries=0, http_client=sender) as made:
        yield made


@pytest.fixture
async def aclient(proxy: str | None) -> AsyncIterator[anthropic.AsyncAnthropic]:
    """Return its asynchronous twin."""
    sender = http.AsyncClient(verify=False, proxy=proxy)
    async with anthropic.AsyncAnthropic(
        base_url=ADDRESS, api_key="test", max_retries=0, http_client=sender
    ) as made:
        yield made


@pytest.mark.default_cassette("message.yaml")
def test_a_message(traced: Recorder, client: anthropic.Anthropic) -> None:
    client.messages.create(**ASKED, messages=HELLO)
    assert traced.attributes() == {**CHAT, **ANSWERED}


@pytest.mark.default_cassette("stream.yaml")
def test_a_stream(traced: Recorder, client: anthropic.Anthropic) -> None:
    list(client.messages.create(**ASKED, messages=HELLO, stream=True))
    assert traced.attributes() == {**CHAT, **ANSWERED, **STREAMED}


@pytest.mark.default_cassette("stream.yaml")
async def test_the_same_stream_by_a_helper(traced: Recorder, aclient: anthropic.AsyncAnthropic) -> None:
    async with aclient.messages.stream(**ASKED, messages=HELLO) as stream:
        assert (await stream.get_final_text()).startswith("You said")
    assert traced.attributes() == {**CHAT, **ANSWERED, **STREAMED}


@pytest.mark.default_cassette("thinking_stream.yaml")
def test_thinking(shown: Recorder, client: anthropic.Anthropic) -> None:
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    list(client.messages.create(**ASKED, messages=HELLO, stream=True, extra_body=thinking))
    assert shown.attributes() == {
        **CHAT,
        **STREAMED,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 37,
        "gen_ai.usage.reasoning.output_tokens": 10,
        "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Hello there"}]}]',
        "gen_ai.output.messages": (
            '[{"role":"assistant","parts":[{"type":"reasoning","content":"The question is plain. I answer it."},'
            '{"type":"text","content":"You said: \\"Hello there\\" I am a reference model and answer by rule, '
            'so take this as a friendly reply."}],"finish_reason":"stop"}]'
        ),
    }


@pytest.mark.default_cassette("tools_loop.yaml")
def test_a_turn_of_tools(shown: Recorder, client: anthropic.Anthropic) -> None:
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    first = client.messages.create(**ASKED, messages=messages, tools=[WEATHER])
    (call,) = [block for block in first.content if block.type == "tool_use"]
    called = {"type": "tool_use", "id": call.id, "name": call.name, "input": call.input}
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "18 degrees"}
    messages += [{"role": "assistant", "content": [called]}, {"role": "user", "content": [result]}]
    client.messages.create(**ASKED, messages=messages, tools=[WEATHER])
    one, two = (dict(span.attributes or {}) for span in shown.spans)
    assert (one["gen_ai.response.finish_reasons"], two["gen_ai.response.finish_reasons"]) == (
        ("tool_call",),
        ("stop",),
    )
    assert json.loads(str(two["gen_ai.input.messages"]))[1:] == [
        {
            "role": "assistant",
            "parts": [
                {
                    "type": "tool_call",
                    "id": call.id,
                    "name": "get_weather",
                    "arguments": {"city": "Paris"},
                }
            ],
        },
        {
            "role": "user",
            "parts": [{"type": "tool_call_response", "response": "18 degrees", "id": call.id}],
        },
    ]
    assert two["gen_ai.output.messages"] == (
        '[{"role":"assistant","parts":[{"type":"text","content":"Here is what I found: 18 degrees"}],'
        '"finish_reason":"stop"}]'
    )


@pytest.mark.default_cassette("prompt_cache.yaml")
def test_a_prompt_that_is_written_to_the_cache_and_read_from_it(
    traced: Recorder, client: anthropic.Anthropic
) -> None:
    system: Any = [{"type": "text", "text": "word " * 1100, "cache_control": {"type": "ephemeral"}}]
    for _ in range(2):
        client.messages.create(**ASKED, messages=HELLO, system=system)
    found = [
        {key: value for key, value in (span.attributes or {}).items() if "input_tokens" in key}
        for span in traced.spans
    ]
    assert found == [
        {"gen_ai.usage.input_tokens": 1113, "gen_ai.usage.cache_write.input_tokens": 1024},
        {"gen_ai.usage.input_tokens": 1113, "gen_ai.usage.cache_read.input_tokens": 1024},
    ]


@pytest.mark.default_cassette("error_401.yaml")
def test_a_refused_key(traced: Recorder, client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.AuthenticationError):
        client.with_options(api_key="invalid-key").messages.create(**ASKED, messages=HELLO)
    kept = {key: value for key, value in CHAT.items() if "response" not in key}
    assert traced.attributes() == {**kept, "error.type": "anthropic.AuthenticationError"}
