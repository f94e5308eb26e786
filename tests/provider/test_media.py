# SPDX-License-Identifier: Apache-2.0
"""Images and audio, read by the real SDK."""

from __future__ import annotations

import base64
import io
import wave
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import openai

    from spanwright.console.provider import Provider

SOUND = ("talk.wav", b"RIFF" + bytes(64_000))


def test_an_image_is_a_png_with_usage(client: openai.OpenAI) -> None:
    images = client.images.generate(model="gpt-image-1", prompt="a grey square", n=2, quality="medium")
    assert images.data
    assert base64.b64decode(images.data[1].b64_json or "").startswith(b"\x89PNG")
    assert images.quality == "medium"
    assert images.usage
    assert images.usage.total_tokens == images.usage.input_tokens + images.usage.output_tokens


def test_an_older_model_gives_an_address(client: openai.OpenAI) -> None:
    images = client.images.generate(model="dall-e-3", prompt="a grey square")
    assert images.data
    assert (images.data[0].url or "").startswith("https://images.example.com/")
    assert images.data[0].revised_prompt == "a grey square"


def test_an_image_is_streamed_in_parts(client: openai.OpenAI) -> None:
    events: list[Any] = list(
        client.images.generate(model="gpt-image-1", prompt="a square", stream=True, partial_images=2)
    )
    assert [event.type for event in events] == [
        "image_generation.partial_image",
        "image_generation.partial_image",
        "image_generation.completed",
    ]
    assert events[-1].usage.total_tokens


def test_an_edit_takes_its_images_from_a_form(provider: Provider, client: openai.OpenAI) -> None:
    images = client.images.edit(
        model="gpt-image-1", prompt="lighter", image=[("a.png", b"one"), ("b.png", b"two")]
    )
    assert [(file.name, file.data) for file in provider.requests[0].files["image"]] == [
        ("a.png", b"one"),
        ("b.png", b"two"),
    ]
    assert provider.requests[0].fields["prompt"] == "lighter"
    assert images.usage
    assert images.usage.input_tokens_details.image_tokens == 388


def test_speech_is_sound(client: openai.OpenAI) -> None:
    spoken = client.audio.speech.create(
        model="gpt-4o-mini-tts", voice="ash", input="Hello there", response_format="wav"
    )
    assert spoken.response.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(spoken.content)) as sound:
        assert sound.getnframes() == 240 * len("Hello there")


async def test_speech_can_be_read_while_it_is_made(async_client: openai.AsyncOpenAI) -> None:
    async with async_client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="ash", input="Hi"
    ) as response:
        size = sum([len(part) async for part in response.iter_bytes()])
    assert size == 960


def test_a_transcription_counts_its_tokens(client: openai.OpenAI) -> None:
    told: Any = client.audio.transcriptions.create(model="gpt-4o-transcribe", file=SOUND)
    assert told.text == "This is what was said in talk.wav."
    assert told.usage.total_tokens == told.usage.input_tokens + told.usage.output_tokens


def test_whisper_is_paid_by_the_second(client: openai.OpenAI) -> None:
    told: Any = client.audio.transcriptions.create(
        model="whisper-1", file=SOUND, response_format="verbose_json", timestamp_granularities=["word"]
    )
    assert told.usage.seconds == told.duration == 2.0
    assert told.segments[0].text == told.text
    assert " ".join(word.word for word in told.words) == told.text


@pytest.mark.parametrize("form", ["text", "srt", "vtt"])
def test_a_transcription_can_be_plain_text(client: openai.OpenAI, form: Any) -> None:
    told: Any = client.audio.transcriptions.create(model="whisper-1", file=SOUND, response_format=form)
    assert "This is what was said in talk.wav." in told


def test_a_transcription_can_tell_speakers_apart(client: openai.OpenAI) -> None:
    told: Any = client.audio.transcriptions.create(
        model="gpt-4o-transcribe-diarize", file=SOUND, response_format="diarized_json"
    )
    assert told.segments[0].speaker == "A"


def test_a_transcription_is_streamed(client: openai.OpenAI) -> None:
    events: list[Any] = list(
        client.audio.transcriptions.create(model="gpt-4o-transcribe", file=SOUND, stream=True)
    )
    assert "".join(event.delta for event in events[:-1]) == events[-1].text
    assert events[-1].usage.type == "tokens"


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
def test_a_translation_has_only_its_text(client: openai.OpenAI) -> None:
    assert client.audio.translations.create(model="whisper-1", file=SOUND).text
