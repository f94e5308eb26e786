# SPDX-License-Identifier: Apache-2.0
"""Streams that are left early: by a break, by closing, by dropping; none is an error, all end their span."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from google import genai

    from harness import Recorder

MODEL = "gemini-2.0-flash"


def closed(stream: Any) -> None:
    next(stream)
    stream.close()


def closed_unread(stream: Any) -> None:
    stream.close()


def broken(stream: Any) -> None:
    for _ in stream:
        break
    stream.close()


def dropped(stream: Any) -> None:
    next(stream)


def raised_into(stream: Any) -> None:
    next(stream)
    with pytest.raises(LookupError):
        stream.throw(LookupError("of the application"))


@pytest.mark.parametrize("leave", [closed, broken, dropped])
def test_a_stream_left_early_ends_its_span_without_an_error(
    traced: Recorder, client: genai.Client, leave: Any
) -> None:
    leave(iter(client.models.generate_content_stream(model=MODEL, contents="Hello there")))
    gc.collect()
    found = traced.attributes()
    assert "error.type" not in found
    assert found["gen_ai.response.model"] == MODEL


def test_a_stream_closed_unread_is_no_call(traced: Recorder, client: genai.Client) -> None:
    closed_unread(client.models.generate_content_stream(model=MODEL, contents="Hello there"))
    assert traced.tree() == []


def test_an_error_thrown_into_a_stream_ends_its_span(traced: Recorder, client: genai.Client) -> None:
    raised_into(client.models.generate_content_stream(model=MODEL, contents="Hello there"))
    gc.collect()
    assert traced.tree() == [f"generate_content {MODEL}"]


async def aclosed(stream: Any) -> None:
    await stream.__anext__()
    await stream.aclose()


async def abroken(stream: Any) -> None:
    async for _ in stream:
        break
    await stream.aclose()


async def adropped(stream: Any) -> None:
    await stream.__anext__()


@pytest.mark.parametrize("leave", [aclosed, abroken, adropped])
async def test_an_asynchronous_stream_left_early_ends_its_span_without_an_error(
    traced: Recorder, client: genai.Client, settle: Any, leave: Any
) -> None:
    await leave(await client.aio.models.generate_content_stream(model=MODEL, contents="Hello there"))
    await settle()
    assert "error.type" not in traced.attributes()


def test_the_caller_still_has_a_generator(traced: Recorder, client: genai.Client) -> None:
    stream = client.models.generate_content_stream(model=MODEL, contents="Hello there")
    assert type(stream).__name__ == "generator"
    stream.close()
