# SPDX-License-Identifier: Apache-2.0
"""A message, sync and async, whole and streamed: the span says what was asked and what was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic
from dirty_equals import IsFloat, IsStr

if TYPE_CHECKING:
    from harness import Recorder

ASKED: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "Hello there"}],
}


def told(server: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        **server,
        "gen_ai.request.model": "claude-haiku-4-5",
        "gen_ai.request.max_tokens": 64,
        "gen_ai.response.id": IsStr(regex="msg_.+"),
        "gen_ai.response.model": "claude-haiku-4-5",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 27,
        **more,
    }


STREAMED = {"gen_ai.request.stream": True, "gen_ai.response.time_to_first_chunk": IsFloat(gt=0)}


def test_a_message(traced: Recorder, client: anthropic.Anthropic, server: dict[str, Any]) -> None:
    client.messages.create(**ASKED)
    assert traced.attributes("chat claude-haiku-4-5") == told(server)


async def test_a_message_asynchronously(
    traced: Recorder, aclient: anthropic.AsyncAnthropic, server: dict[str, Any]
) -> None:
    await aclient.messages.create(**ASKED)
    assert traced.attributes("chat claude-haiku-4-5") == told(server)


def test_a_streamed_message(traced: Recorder, client: anthropic.Anthropic, server: dict[str, Any]) -> None:
    assert list(client.messages.create(**ASKED, stream=True))
    assert traced.attributes() == told(server, **STREAMED)


async def test_a_streamed_message_asynchronously(
    traced: Recorder, aclient: anthropic.AsyncAnthropic, server: dict[str, Any]
) -> None:
    assert [event async for event in await aclient.messages.create(**ASKED, stream=True)]
    assert traced.attributes() == told(server, **STREAMED)


def test_a_stream_helper(traced: Recorder, client: anthropic.Anthropic, server: dict[str, Any]) -> None:
    with client.messages.stream(**ASKED) as stream:
        assert "".join(stream.text_stream).startswith("You said")
    assert traced.attributes() == told(server, **STREAMED)
