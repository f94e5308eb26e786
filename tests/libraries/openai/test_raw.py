# SPDX-License-Identifier: Apache-2.0
"""Raw and streaming responses: the application gets the SDK's own object, and the span its facts."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import openai
import pytest

from asking import HELLO

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

ASK: dict[str, Any] = {"model": "gpt-4o-mini", "messages": HELLO}
USAGE: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}


def has_usage(recorder: Recorder) -> bool:
    """Tell whether the only span has its token counts."""
    assert recorder.tree() == ["chat gpt-4o-mini"]
    return recorder.attributes().get("gen_ai.usage.output_tokens", 0) > 0


def test_a_raw_response_is_the_sdks_own_and_its_span_has_the_usage(
    traced: Recorder, client: openai.OpenAI
) -> None:
    raw = client.chat.completions.with_raw_response.create(**ASK)
    assert type(raw).__name__ == "LegacyAPIResponse"
    assert raw.headers["x-request-id"]
    assert raw.http_response.status_code == 200
    assert has_usage(traced)


def test_parsing_a_raw_response_again_and_again_changes_nothing(
    traced: Recorder, client: openai.OpenAI
) -> None:
    raw = client.chat.completions.with_raw_response.create(**ASK)
    first = raw.parse()
    assert raw.parse() is first
    assert has_usage(traced)


async def test_an_awaited_raw_response_has_its_usage(traced: Recorder, aclient: openai.AsyncOpenAI) -> None:
    raw = await aclient.chat.completions.with_raw_response.create(**ASK)
    assert raw.parse().choices
    assert has_usage(traced)


@pytest.mark.parametrize("model", ["odd:not-json", "odd:empty-body", "odd:html"])
def test_a_raw_response_that_is_no_json_is_handed_over_and_ends_its_span(
    traced: Recorder, client: openai.OpenAI, model: str
) -> None:
    raw = client.chat.completions.with_raw_response.create(model=model, messages=HELLO)
    assert raw.http_response.status_code == 200
    assert traced.tree() == [f"chat {model}"]


def test_the_stream_of_a_raw_response_has_its_usage(traced: Recorder, client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(**ASK, **USAGE)
    assert traced.tree() == []
    assert list(raw.parse())
    assert has_usage(traced)


async def test_the_asynchronous_stream_of_a_raw_response_has_its_usage(
    traced: Recorder, aclient: openai.AsyncOpenAI
) -> None:
    raw = await aclient.chat.completions.with_raw_response.create(**ASK, **USAGE)
    assert [chunk async for chunk in raw.parse()]
    assert has_usage(traced)


def test_a_raw_stream_that_is_never_parsed_ends_when_it_is_dropped(
    traced: Recorder, client: openai.OpenAI
) -> None:
    raw = client.chat.completions.with_raw_response.create(**ASK, **USAGE)
    raw.http_response.close()
    del raw
    gc.collect()
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_a_raw_stream_whose_parsed_stream_is_closed_ends_there(
    traced: Recorder, client: openai.OpenAI
) -> None:
    raw = client.chat.completions.with_raw_response.create(**ASK, **USAGE)
    stream = raw.parse()
    next(stream)
    stream.close()
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_a_streaming_response_that_is_parsed_has_its_usage(traced: Recorder, client: openai.OpenAI) -> None:
    with client.chat.completions.with_streaming_response.create(**ASK) as response:
        assert traced.tree() == []
        assert response.parse().choices
    assert has_usage(traced)


async def test_an_asynchronous_streaming_response_that_is_parsed_has_its_usage(
    traced: Recorder, aclient: openai.AsyncOpenAI
) -> None:
    """Here `parse` is a coroutine function, which must be awaited by the application and nobody else."""
    async with aclient.chat.completions.with_streaming_response.create(**ASK) as response:
        assert (await response.parse()).choices
    assert has_usage(traced)


def test_the_stream_of_a_streaming_response_has_its_usage(traced: Recorder, client: openai.OpenAI) -> None:
    with client.chat.completions.with_streaming_response.create(**ASK, **USAGE) as response:
        assert list(response.parse())
    assert has_usage(traced)


async def test_the_stream_of_an_asynchronous_streaming_response_has_its_usage(
    traced: Recorder, aclient: openai.AsyncOpenAI
) -> None:
    async with aclient.chat.completions.with_streaming_response.create(**ASK, **USAGE) as response:
        assert [chunk async for chunk in await response.parse()]
    assert has_usage(traced)


async def test_the_events_of_a_streamed_response_come_through_a_streaming_response(
    traced: Recorder, aclient: openai.AsyncOpenAI
) -> None:
    """The way in which agent frameworks read a streamed response."""
    async with aclient.responses.with_streaming_response.create(
        model="gpt-4o-mini", input="Hello there", stream=True
    ) as response:
        assert [event async for event in await response.parse()]
    assert has_usage(traced)


def read_bytes(response: Any) -> bytes:
    return b"".join(response.iter_bytes())


def read_lines(response: Any) -> bytes:
    return "\n".join(response.iter_lines()).encode()


def read_whole(response: Any) -> bytes:
    return bytes(response.read())


def read_text(response: Any) -> bytes:
    return str(response.text()).encode()


@pytest.mark.parametrize("read", [read_bytes, read_lines, read_whole, read_text])
def test_bytes_of_a_streaming_response_are_the_applications_alone(
    traced: Recorder, client: openai.OpenAI, read: Callable[[Any], bytes]
) -> None:
    """What is read past the SDK is not looked at, but the span ends with the response."""
    with client.chat.completions.with_streaming_response.create(**ASK) as response:
        assert b"chat.completion" in read(response)
    assert traced.tree() == ["chat gpt-4o-mini"]
    assert "error.type" not in traced.attributes()


async def test_bytes_of_an_asynchronous_streaming_response_are_the_applications_alone(
    traced: Recorder, aclient: openai.AsyncOpenAI
) -> None:
    async with aclient.chat.completions.with_streaming_response.create(**ASK) as response:
        assert b"chat.completion" in b"".join([part async for part in response.iter_bytes()])
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_a_streaming_response_that_is_never_read_ends_when_it_is_left(
    traced: Recorder, client: openai.OpenAI
) -> None:
    with client.chat.completions.with_streaming_response.create(**ASK, **USAGE) as response:
        assert response.status_code == 200
        assert traced.tree() == []
    assert traced.tree() == ["chat gpt-4o-mini"]


async def test_an_asynchronous_streaming_response_that_is_never_read_ends_when_it_is_left(
    traced: Recorder, aclient: openai.AsyncOpenAI
) -> None:
    async with aclient.chat.completions.with_streaming_response.create(**ASK) as response:
        assert response.status_code == 200
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_a_streaming_response_that_is_dropped_ends_its_span(traced: Recorder, client: openai.OpenAI) -> None:
    manager = client.chat.completions.with_streaming_response.create(**ASK, **USAGE)
    response: Any = manager.__enter__()
    response.http_response.close()
    del manager, response
    gc.collect()
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_a_streaming_response_that_is_never_entered_is_no_call(
    traced: Recorder, client: openai.OpenAI
) -> None:
    client.chat.completions.with_streaming_response.create(**ASK)
    assert traced.tree() == []


def test_an_error_of_a_streaming_response_is_raised_on_entering(
    traced: Recorder, client: openai.OpenAI
) -> None:
    with (
        pytest.raises(openai.NotFoundError),
        client.chat.completions.with_streaming_response.create(model="error:404", messages=HELLO),
    ):
        pass
    assert traced.attributes()["error.type"] == "openai.NotFoundError"


def test_the_span_of_a_streaming_response_is_not_current_in_its_block(
    traced: Recorder, client: openai.OpenAI
) -> None:
    tracer = traced.tracer_provider.get_tracer("application")
    with client.chat.completions.with_streaming_response.create(**ASK) as response:
        with tracer.start_as_current_span("of the application"):
            pass
        response.parse()
    assert traced.tree() == ["chat gpt-4o-mini", "of the application"]


def test_a_request_for_the_bare_http_response_ends_its_span(
    traced: Recorder, client: openai.OpenAI, http: Any
) -> None:
    found = client.post("/chat/completions", body=ASK, cast_to=http.Response)
    assert found.json()["object"] == "chat.completion"
    assert traced.tree() == ["chat gpt-4o-mini"]


@pytest.mark.parametrize("path", ["/chat/completions", "chat/completions"])
def test_a_request_for_plain_json_has_its_usage(traced: Recorder, client: openai.OpenAI, path: str) -> None:
    found = client.post(path, body=ASK, cast_to=dict[str, Any])
    assert found["object"] == "chat.completion"
    assert has_usage(traced)
