# SPDX-License-Identifier: Apache-2.0
"""The SDK's `.stream()` helpers, which read a stream inside: every method of theirs, and one span."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import openai
import pytest
from pydantic import BaseModel

from asking import HELLO
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness import Recorder

CHAT: dict[str, Any] = {
    "model": "gpt-4o-mini",
    "messages": HELLO,
    "stream_options": {"include_usage": True},
}
RESPONSE: dict[str, Any] = {"model": "gpt-4o-mini", "input": "Hello there"}


class Trip(BaseModel):
    """A structured answer."""

    city: str
    days: int


def whole(recorder: Recorder) -> bool:
    """Tell whether the only span is one that saw its stream to the end."""
    assert recorder.tree() == ["chat gpt-4o-mini"]
    found = recorder.attributes()
    return found["gen_ai.response.finish_reasons"] == ["stop"] and found["gen_ai.usage.output_tokens"] > 0


def iterate(stream: Any) -> None:
    assert [event.type for event in stream]


def until_done(stream: Any) -> None:
    assert stream.until_done() is stream


def final_completion(stream: Any) -> None:
    assert stream.get_final_completion().choices[0].message.content


def final_after_some(stream: Any) -> None:
    next(stream)
    assert stream.get_final_completion().usage is not None


def final_response(stream: Any) -> None:
    assert stream.get_final_response().output_text


async def aiterate(stream: Any) -> None:
    assert [event.type async for event in stream]


async def auntil_done(stream: Any) -> None:
    assert await stream.until_done() is stream


async def afinal_completion(stream: Any) -> None:
    assert (await stream.get_final_completion()).choices[0].message.content


async def afinal_response(stream: Any) -> None:
    assert (await stream.get_final_response()).output_text


@pytest.mark.parametrize("read", [iterate, until_done, final_completion, final_after_some])
def test_every_way_to_read_a_chat_stream_gives_its_facts(
    traced: Recorder, client: openai.OpenAI, read: Callable[[Any], None]
) -> None:
    with client.chat.completions.stream(**CHAT) as stream:
        read(stream)
    assert whole(traced)


@pytest.mark.parametrize("read", [aiterate, auntil_done, afinal_completion])
async def test_every_way_to_read_an_asynchronous_chat_stream_gives_its_facts(
    traced: Recorder, aclient: openai.AsyncOpenAI, read: Callable[[Any], Awaitable[None]]
) -> None:
    async with aclient.chat.completions.stream(**CHAT) as stream:
        await read(stream)
    assert whole(traced)


@pytest.mark.parametrize("read", [iterate, until_done, final_response])
def test_every_way_to_read_a_streamed_response_gives_its_facts(
    traced: Recorder, client: openai.OpenAI, read: Callable[[Any], None]
) -> None:
    with client.responses.stream(**RESPONSE) as stream:
        read(stream)
    assert whole(traced)


@pytest.mark.parametrize("read", [aiterate, auntil_done, afinal_response])
async def test_every_way_to_read_an_asynchronous_streamed_response_gives_its_facts(
    traced: Recorder, aclient: openai.AsyncOpenAI, read: Callable[[Any], Awaitable[None]]
) -> None:
    async with aclient.responses.stream(**RESPONSE) as stream:
        await read(stream)
    assert whole(traced)


def test_the_deltas_and_the_snapshot_of_a_chat_stream_are_the_sdks(
    traced: Recorder, client: openai.OpenAI
) -> None:
    said = ""
    with client.chat.completions.stream(**CHAT) as stream:
        for event in stream:
            if event.type == "content.delta":
                said += event.delta
                assert event.snapshot == said
                assert stream.current_completion_snapshot.choices[0].message.content == said
        assert stream.get_final_completion().choices[0].message.content == said
    assert whole(traced)


def test_the_deltas_of_a_streamed_response_are_the_sdks(traced: Recorder, client: openai.OpenAI) -> None:
    with client.responses.stream(**RESPONSE) as stream:
        said = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        assert stream.get_final_response().output_text == said
    assert whole(traced)


def test_a_chat_stream_parses_a_structured_answer(
    traced: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    provider.say(Reply(text='{"city": "Rome", "days": 3}'))
    with client.chat.completions.stream(**CHAT, response_format=Trip) as stream:
        assert stream.get_final_completion().choices[0].message.parsed == Trip(city="Rome", days=3)
    assert traced.attributes()["gen_ai.output.type"] == "json"


def test_a_streamed_response_parses_a_structured_answer(
    traced: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    provider.say(Reply(text='{"city": "Rome", "days": 3}'))
    with client.responses.stream(**RESPONSE, text_format=Trip) as stream:
        assert stream.get_final_response().output_parsed == Trip(city="Rome", days=3)
    assert traced.attributes()["gen_ai.output.type"] == "json"


def test_a_helper_left_early_ends_its_span_at_once(traced: Recorder, client: openai.OpenAI) -> None:
    with client.chat.completions.stream(**CHAT) as stream:
        for _ in stream:
            break
        assert traced.tree() == []
    assert traced.tree() == ["chat gpt-4o-mini"]
    assert "error.type" not in traced.attributes()


async def test_an_asynchronous_helper_left_early_ends_its_span_at_once(
    traced: Recorder, aclient: openai.AsyncOpenAI
) -> None:
    async with aclient.chat.completions.stream(**CHAT) as stream:
        async for _ in stream:
            break
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_a_streamed_response_left_early_ends_its_span_at_once(
    traced: Recorder, client: openai.OpenAI
) -> None:
    with client.responses.stream(**RESPONSE) as stream:
        next(iter(stream))
    assert traced.tree() == ["chat gpt-4o-mini"]
    assert traced.attributes()["gen_ai.response.id"].startswith("resp_")


async def test_an_asynchronous_streamed_response_left_early_ends_its_span_at_once(
    traced: Recorder, aclient: openai.AsyncOpenAI
) -> None:
    async with aclient.responses.stream(**RESPONSE) as stream:
        async for _ in stream:
            break
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_a_helper_that_is_closed_ends_its_span(traced: Recorder, client: openai.OpenAI) -> None:
    stream: Any = client.chat.completions.stream(**CHAT).__enter__()
    next(stream)
    stream.close()
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_a_helper_that_is_dropped_ends_its_span(traced: Recorder, client: openai.OpenAI) -> None:
    stream: Any = client.chat.completions.stream(**CHAT).__enter__()
    next(stream)
    del stream
    gc.collect()
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_a_helper_that_is_never_entered_is_no_call(traced: Recorder, client: openai.OpenAI) -> None:
    client.chat.completions.stream(**CHAT)
    assert traced.tree() == []


async def test_an_asynchronous_helper_that_is_never_entered_is_no_call(
    traced: Recorder, aclient: openai.AsyncOpenAI
) -> None:
    manager: Any = aclient.chat.completions.stream(**CHAT)
    manager._AsyncChatCompletionStreamManager__api_request.close()
    assert traced.tree() == []


def test_an_answer_too_long_to_parse_is_an_error_of_the_helper_alone(
    traced: Recorder, client: openai.OpenAI
) -> None:
    """The model answered, so the span has its usage; what fails is the helper's own parsing afterwards."""
    with (
        pytest.raises(openai.LengthFinishReasonError),
        client.chat.completions.stream(**CHAT, response_format=Trip, max_tokens=1) as stream,
    ):
        stream.until_done()
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["length"]


def test_the_state_that_applications_keep_themselves_takes_our_chunks(
    traced: Recorder, client: openai.OpenAI
) -> None:
    from openai.lib.streaming.chat import ChatCompletionStreamState

    state: Any = ChatCompletionStreamState()
    for chunk in client.chat.completions.create(**CHAT, stream=True):
        state.handle_chunk(chunk)
    assert state.get_final_completion().choices[0].message.content
    assert whole(traced)
