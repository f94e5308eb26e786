# SPDX-License-Identifier: Apache-2.0
"""Answers other than plain text: parsed, refused, cut off, spoken; and legacy completions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest
from pydantic import BaseModel

from asking import ANSWERED, HELLO, used
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from harness import Recorder
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Trip(BaseModel):
    """A structured answer."""

    city: str
    days: int


def test_a_parsed_answer_is_the_callers_own_and_asked_for_as_json(
    traced: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    """A serialiser warning of pydantic would fail this test, since warnings are errors here."""
    provider.say(Reply(text='{"city": "Rome", "days": 3}'))
    answer = client.chat.completions.parse(model="gpt-4o-mini", messages=HELLO, response_format=Trip)
    assert answer.choices[0].message.parsed == Trip(city="Rome", days=3)
    assert traced.attributes()["gen_ai.output.type"] == "json"


async def test_a_parsed_answer_can_be_awaited(
    traced: Recorder, aclient: openai.AsyncOpenAI, provider: Provider
) -> None:
    provider.say(Reply(text='{"city": "Rome", "days": 3}'))
    answer = await aclient.chat.completions.parse(model="gpt-4o-mini", messages=HELLO, response_format=Trip)
    assert answer.choices[0].message.parsed == Trip(city="Rome", days=3)
    assert traced.attributes()["gen_ai.output.type"] == "json"


def test_a_refusal_ends_its_span_without_an_error(traced: Recorder, client: openai.OpenAI) -> None:
    asked: list[Any] = [{"role": "user", "content": "Please refuse to answer"}]
    answer = client.chat.completions.parse(model="gpt-4o-mini", messages=asked, response_format=Trip)
    assert answer.choices[0].message.refusal
    assert "error.type" not in traced.attributes()
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["stop"]


def test_an_answer_too_long_to_parse_keeps_its_usage_beside_the_error(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    with pytest.raises(openai.LengthFinishReasonError) as raised:
        client.chat.completions.parse(
            model="gpt-4o-mini", messages=HELLO, response_format=Trip, max_completion_tokens=1
        )
    assert traced.attributes() == {
        **ANSWERED,
        **server,
        "error.type": "openai.LengthFinishReasonError",
        "gen_ai.output.type": "json",
        "gen_ai.request.max_tokens": 1,
        "gen_ai.response.finish_reasons": ["length"],
        **used(raised.value.completion),
    }


def test_an_answer_that_the_content_filter_stopped_is_no_error(
    traced: Recorder, client: openai.OpenAI
) -> None:
    client.chat.completions.create(model="odd:content-filter", messages=HELLO)
    found = traced.attributes()
    assert found["gen_ai.response.finish_reasons"] == ["content_filter"]
    assert "error.type" not in found


def test_a_spoken_answer_has_its_tokens_by_modality(traced: Recorder, client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="gpt-4o-audio-preview",
        messages=HELLO,
        modalities=["text", "audio"],
        audio={"voice": "alloy", "format": "wav"},
    )
    assert answer.usage is not None
    assert answer.usage.completion_tokens_details is not None
    found = traced.attributes()
    assert found["gen_ai.output.type"] == "speech"
    assert found["gen_ai.usage.audio.output_tokens"] == answer.usage.completion_tokens_details.audio_tokens


def test_heard_audio_has_its_tokens_by_modality(traced: Recorder, client: openai.OpenAI) -> None:
    heard: list[Any] = [
        {
            "role": "user",
            "content": [{"type": "input_audio", "input_audio": {"data": PICTURE, "format": "wav"}}],
        }
    ]
    answer = client.chat.completions.create(model="gpt-4o-audio-preview", messages=heard)
    assert answer.usage is not None
    assert answer.usage.prompt_tokens_details is not None
    assert (
        traced.attributes()["gen_ai.usage.audio.input_tokens"]
        == answer.usage.prompt_tokens_details.audio_tokens
    )
    assert PICTURE not in traced.everything()


def test_the_bytes_of_a_picture_never_leave_the_process(shown: Recorder, client: openai.OpenAI) -> None:
    """Even with content on, media is size and digest: a large picture would make a backend refuse a batch."""
    seen: list[Any] = [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}},
            ],
        }
    ]
    client.chat.completions.create(model="gpt-4o-mini", messages=seen)
    assert PICTURE[:40] not in shown.everything()
    assert '"bytes":70' in shown.attributes()["gen_ai.input.messages"]


def test_a_legacy_completion_is_a_text_completion(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    answer = client.completions.create(
        model="gpt-3.5-turbo-instruct", prompt="Once upon a time", max_tokens=5
    )
    assert answer.usage is not None
    assert traced.one().name == "text_completion gpt-3.5-turbo-instruct"
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "text_completion",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-3.5-turbo-instruct",
        "gen_ai.request.max_tokens": 5,
        "gen_ai.response.id": answer.id,
        "gen_ai.response.model": answer.model,
        "gen_ai.response.finish_reasons": ["length"],
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": 5,
    }


def test_a_streamed_legacy_completion_tells_the_same(traced: Recorder, client: openai.OpenAI) -> None:
    for stream in (False, True):
        given: Any = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
        found: Any = client.completions.create(
            model="gpt-3.5-turbo-instruct", prompt="Once upon a time", max_tokens=5, **given
        )
        if stream:
            assert list(found)
    whole, streamed = (dict(span.attributes or {}) for span in traced.spans)
    streamed.pop("gen_ai.response.time_to_first_chunk")
    assert streamed.pop("gen_ai.request.stream") is True
    assert streamed.pop("gen_ai.response.id") != whole.pop("gen_ai.response.id")
    assert streamed == whole
