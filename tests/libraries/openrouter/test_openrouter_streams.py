# SPDX-License-Identifier: Apache-2.0
"""Streams by OpenRouter: comments, errors within, and every way to leave them."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from dirty_equals import IsFloat, IsStr

from leaving import break_and_drop, break_within_with, cancel, close_after_one
from spanwright.console.provider import Provider, Reply
from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

MODEL = "mistralai/mistral-small"
ASK: dict[str, Any] = {
    "model": MODEL,
    "messages": [{"role": "user", "content": "Hello there"}],
    "stream": True,
}
STREAMED = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openrouter",
    "gen_ai.request.model": MODEL,
    "gen_ai.request.stream": True,
    "gen_ai.response.model": MODEL,
    "gen_ai.response.id": IsStr(regex="gen-.+"),
    "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
}


def finished(chunks: list[Any]) -> dict[str, Any]:
    usage = next(each.usage for each in reversed(chunks) if each.usage is not None)
    return {
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": int(usage.prompt_tokens),
        "gen_ai.usage.output_tokens": int(usage.completion_tokens),
    }


def known(found: dict[str, Any]) -> dict[str, Any]:
    """Leave out what the models of older versions of the SDK do not have."""
    return {key: value for key, value in found.items() if not key.startswith("openrouter.")}


def test_a_stream(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    chunks = list(client.chat.send(**ASK))
    assert known(traced.attributes()) == {**STREAMED, **server, **finished(chunks)}


async def test_the_same_asynchronously(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    chunks = [each async for each in await client.chat.send_async(**ASK)]
    assert known(traced.attributes()) == {**STREAMED, **server, **finished(chunks)}


@pytest.mark.parametrize("leave", [break_and_drop, break_within_with, close_after_one])
def test_a_stream_that_is_left_early_ends_its_span(
    traced: Recorder, client: Any, server: dict[str, Any], leave: Callable[[Any], None]
) -> None:
    leave(client.chat.send(**ASK))
    gc.collect()
    assert known(traced.attributes()) == {**STREAMED, **server}


async def test_an_asynchronous_stream_that_is_left_ends_its_span(traced: Recorder, client: Any) -> None:
    async with await client.chat.send_async(**ASK) as stream:
        async for _ in stream:
            break
    assert traced.tree() == [f"chat {MODEL}"]


def test_an_error_within_a_stream(traced: Recorder, client: Any, provider: Provider) -> None:
    """The upstream fails after the headers were sent: the error stands in a chunk, and the SDK raises nothing."""
    head = {"id": "gen-1", "object": "chat.completion.chunk", "created": 1, "model": MODEL}
    said = {"index": 0, "delta": {"role": "assistant", "content": "Hel"}, "finish_reason": None}
    failed = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
    error = {"code": 502, "message": "SECRET"}
    chunks = [{**head, "choices": [said]}, {**head, "error": error, "choices": [failed]}]
    provider.say(Reply(events=[": OPENROUTER PROCESSING", *(f"data: {json.dumps(each)}" for each in chunks)]))
    assert len(list(client.chat.send(**ASK))) == 2
    found = traced.attributes()
    assert (found["error.type"], found["gen_ai.response.finish_reasons"]) == ("502", ["error"])
    assert "SECRET" not in traced.everything()


def test_a_connection_that_is_cut_is_an_error(traced: Recorder, client: Any, provider: Provider) -> None:
    provider.say(Reply(cut_after=3))
    with pytest.raises(httpx.RemoteProtocolError):
        list(client.chat.send(**ASK))
    assert traced.attributes()["error.type"] == "httpx.RemoteProtocolError"


async def test_a_cancelled_stream_is_told_so(traced: Recorder, client: Any, provider: Provider) -> None:
    hold = threading.Event()
    provider.say(Reply(hold=hold, hold_at=2))
    stream = await client.chat.send_async(**ASK)
    await stream.__anext__()
    task = asyncio.ensure_future(stream.__anext__())
    await asyncio.sleep(0)
    await cancel(task, hold)
    assert traced.attributes()["error.type"] == "cancelled"


def test_http_attempts_are_children(traced: Recorder, client: Any) -> None:
    traced.instrument(HttpxInstrumentor())
    list(client.chat.send(**ASK))
    assert traced.tree() == [f"chat {MODEL}", "  POST"]
