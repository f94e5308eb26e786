# SPDX-License-Identifier: Apache-2.0
"""Streamed chat completions, read by the real SDK."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from provider.offers import BOTH, CHAT_TOOLS, WEATHER, Trip, user

if TYPE_CHECKING:
    import openai

USAGE: Any = {"include_usage": True}


def test_a_stream_says_the_words_of_the_plain_answer(client: openai.OpenAI) -> None:
    plain = client.chat.completions.create(model="gpt-4o", messages=user("Hi"))
    chunks = list(client.chat.completions.create(model="gpt-4o", messages=user("Hi"), stream=True))
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[0].choices[0].delta.content == ""
    assert (
        "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == plain.choices[0].message.content
    )
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert len({chunk.id for chunk in chunks}) == 1
    assert all("usage" not in chunk.model_fields_set for chunk in chunks)


def test_the_usage_comes_last_and_alone(client: openai.OpenAI) -> None:
    plain = client.chat.completions.create(model="gpt-4o", messages=user("Hi"))
    chunks = list(
        client.chat.completions.create(model="gpt-4o", messages=user("Hi"), stream=True, stream_options=USAGE)
    )
    assert chunks[-1].choices == []
    assert chunks[-1].usage == plain.usage
    assert all("usage" in chunk.model_fields_set and chunk.usage is None for chunk in chunks[:-1])


async def test_the_async_client_reads_the_stream(async_client: openai.AsyncOpenAI) -> None:
    stream = await async_client.chat.completions.create(model="gpt-4o", messages=user("Hi"), stream=True)
    chunks = [chunk async for chunk in stream]
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_parallel_calls_come_as_indexed_deltas(client: openai.OpenAI) -> None:
    told: dict[int, list[str]] = {}
    ids: list[str] = []
    for chunk in client.chat.completions.create(
        model="gpt-4o", messages=user(BOTH), tools=CHAT_TOOLS, stream=True
    ):
        for call in chunk.choices[0].delta.tool_calls or []:
            assert call.function
            told.setdefault(call.index, []).append(call.function.arguments or "")
            ids += [call.id] if call.id else []
    assert [json.loads("".join(parts)) for parts in told.values()] == [{"city": "Paris"}, {"city": "Tokyo"}]
    assert len(set(ids)) == 2


def test_the_stream_helper_builds_the_completion(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(
        model="gpt-4o", messages=user("A trip to Oslo for 5 days"), response_format=Trip, stream_options=USAGE
    ) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()
    assert {"chunk", "content.delta", "content.done"} <= kinds
    assert final.choices[0].message.parsed
    assert final.choices[0].message.parsed.city == "Oslo"
    assert final.usage


async def test_the_async_stream_helper_builds_the_calls(async_client: openai.AsyncOpenAI) -> None:
    async with async_client.chat.completions.stream(
        model="gpt-4o", messages=user(BOTH), tools=CHAT_TOOLS
    ) as stream:
        final = await stream.get_final_completion()
    calls: Any = final.choices[0].message.tool_calls
    assert [call.function.name for call in calls] == ["get_weather", "get_local_time"]


def test_a_refusal_is_streamed(client: openai.OpenAI) -> None:
    chunks = client.chat.completions.create(model="gpt-4o", messages=user("refuse to answer"), stream=True)
    refusal = "".join(chunk.choices[0].delta.refusal or "" for chunk in chunks)
    assert refusal.startswith("I'm sorry")


def test_a_legacy_function_is_streamed(client: openai.OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model="gpt-4", messages=user("Weather in Boston?"), functions=[WEATHER], stream=True
        )
    )
    calls = [chunk.choices[0].delta.function_call for chunk in chunks]
    assert json.loads("".join(call.arguments or "" for call in calls if call)) == {"city": "Boston"}
    assert chunks[-1].choices[0].finish_reason == "function_call"


def test_audio_is_streamed_as_transcript_and_data(client: openai.OpenAI) -> None:
    chunks = client.chat.completions.create(
        model="gpt-4o-audio-preview",
        messages=user("Hi"),
        modalities=["text", "audio"],
        audio={"voice": "alloy", "format": "pcm16"},
        stream=True,
    )
    deltas: list[Any] = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    parts = [delta.audio for delta in deltas if getattr(delta, "audio", None)]
    assert any(part.data if hasattr(part, "data") else part.get("data") for part in parts)


def test_several_choices_are_streamed_by_index(client: openai.OpenAI) -> None:
    chunks = list(client.chat.completions.create(model="gpt-4o", messages=user("Hi"), n=2, stream=True))
    ends = [chunk.choices[0].index for chunk in chunks if chunk.choices[0].finish_reason]
    assert ends == [0, 1]


def test_a_streaming_response_can_be_read_by_line(client: openai.OpenAI) -> None:
    with client.chat.completions.with_streaming_response.create(
        model="gpt-4o", messages=user("Hi"), stream=True
    ) as response:
        lines = [line for line in response.iter_lines() if line]
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert lines[-1] == "data: [DONE]"
