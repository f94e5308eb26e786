# SPDX-License-Identifier: Apache-2.0
"""Converse and its stream, sync and async: the whole span of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dirty_equals import IsFloat

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

HELLO: list[Any] = [{"role": "user", "content": [{"text": "Hello there"}]}]
NOVA = "us.amazon.nova-micro-v1:0"
SAID = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": NOVA,
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 9,
    "gen_ai.usage.output_tokens": 27,
}
STREAMED = {**SAID, "gen_ai.request.stream": True, "gen_ai.response.time_to_first_chunk": IsFloat(gt=0)}


def test_converse(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    answer = client.converse(modelId=NOVA, messages=HELLO)
    assert answer["output"]["message"]["content"][0]["text"].startswith("You said")
    assert traced.tree() == [f"chat {NOVA}"]
    assert traced.attributes() == {**server, **SAID}


def test_a_stream(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    assert list(client.converse_stream(modelId=NOVA, messages=HELLO)["stream"])
    assert traced.attributes() == {**server, **STREAMED}


async def test_converse_asynchronously(
    traced: Recorder, aconnect: Callable[..., Any], server: dict[str, Any]
) -> None:
    async with aconnect() as client:
        await client.converse(modelId=NOVA, messages=HELLO)
    assert traced.attributes() == {**server, **SAID}


async def test_a_stream_asynchronously(
    traced: Recorder, aconnect: Callable[..., Any], server: dict[str, Any]
) -> None:
    async with aconnect() as client:
        answer = await client.converse_stream(modelId=NOVA, messages=HELLO)
        assert [event async for event in answer["stream"]]
    assert traced.attributes() == {**server, **STREAMED}
