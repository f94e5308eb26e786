# SPDX-License-Identifier: Apache-2.0
"""Images, speech, transcription, translation, moderation and vector store search."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from dirty_equals import IsFloat

from harness import Recorder
from spanwright.instrumentors.openai import OpenAIInstrumentor

SOUND = ("talk.wav", b"RIFF" + bytes(64_000))
GENERATED = {"gen_ai.operation.name": "generate_content", "gen_ai.provider.name": "openai"}


def by_modality(usage: Any) -> dict[str, Any]:
    """Return the token counts of a picture as attributes; a zero says nothing."""
    told = usage.to_dict()
    counts = {
        "gen_ai.usage.text.input_tokens": told["input_tokens_details"]["text_tokens"],
        "gen_ai.usage.image.input_tokens": told["input_tokens_details"]["image_tokens"],
        "gen_ai.usage.image.output_tokens": told["output_tokens_details"]["image_tokens"],
    }
    return {
        "gen_ai.usage.input_tokens": told["input_tokens"],
        "gen_ai.usage.output_tokens": told["output_tokens"],
        **{key: count for key, count in counts.items() if count},
    }


def test_a_picture_has_its_tokens_by_modality(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    answer = client.images.generate(model="gpt-image-1", prompt="A cat", n=2)
    assert traced.tree() == ["generate_content gpt-image-1"]
    assert traced.attributes() == {
        **GENERATED,
        **server,
        **by_modality(answer.usage),
        "gen_ai.output.type": "image",
        "gen_ai.request.choice.count": 2,
        "gen_ai.request.model": "gpt-image-1",
    }


async def test_an_awaited_picture_tells_the_same(
    traced: Recorder, aclient: openai.AsyncOpenAI, server: dict[str, Any]
) -> None:
    answer = await aclient.images.generate(model="gpt-image-1", prompt="A cat")
    assert traced.attributes() == {
        **GENERATED,
        **server,
        **by_modality(answer.usage),
        "gen_ai.output.type": "image",
        "gen_ai.request.model": "gpt-image-1",
    }


def test_a_picture_of_an_old_model_has_no_usage(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    client.images.generate(model="dall-e-3", prompt="A cat")
    assert traced.attributes() == {
        **GENERATED,
        **server,
        "gen_ai.output.type": "image",
        "gen_ai.request.model": "dall-e-3",
    }


def test_a_picture_of_no_model_in_particular_is_named_by_its_operation(client: openai.OpenAI) -> None:
    """The conventions want a model on OpenAI's spans; the provider chose one here, and does not say which."""
    recorder = Recorder()
    recorder.instrument(OpenAIInstrumentor())
    client.images.generate(prompt="A cat")
    assert recorder.tree() == ["generate_content"]
    assert [found.rule for found in recorder.findings()] == ["missing-attribute"]
    recorder.shutdown()


def test_a_streamed_picture_ends_with_its_usage(traced: Recorder, client: openai.OpenAI) -> None:
    events = list(client.images.generate(model="gpt-image-1", prompt="A cat", stream=True, partial_images=2))
    last: Any = events[-1]
    found = traced.attributes()
    assert len(events) == 3
    assert found["gen_ai.usage.output_tokens"] == last.usage.output_tokens
    assert found["gen_ai.response.time_to_first_chunk"] == IsFloat(gt=0)


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
@pytest.mark.parametrize("change", ["edit", "create_variation"])
def test_a_changed_picture_is_sent_and_told(traced: Recorder, client: openai.OpenAI, change: str) -> None:
    given: dict[str, Any] = {"image": ("cat.png", b"\x89PNG" + bytes(10)), "model": "gpt-image-1"}
    if change == "edit":
        given["prompt"] = "A red cat"
    answer = getattr(client.images, change)(**given)
    assert traced.tree() == ["generate_content gpt-image-1"]
    found = traced.attributes()
    assert found["gen_ai.output.type"] == "image"
    assert found["gen_ai.usage.image.input_tokens"] == answer.usage.input_tokens_details.image_tokens


def test_the_bytes_of_a_generated_picture_stay_out(shown: Recorder, client: openai.OpenAI) -> None:
    answer = client.images.generate(model="gpt-image-1", prompt="A cat")
    assert answer.data
    assert str(answer.data[0].b64_json) not in shown.everything()
    (message,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert message["parts"][0]["generic_type"] == "blob_reference"


def test_the_address_of_a_generated_picture_is_told_as_content(
    shown: Recorder, client: openai.OpenAI
) -> None:
    answer = client.images.generate(model="dall-e-3", prompt="A cat")
    assert answer.data
    (message,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert message["parts"] == [{"type": "uri", "modality": "image", "uri": answer.data[0].url}]


def test_speech_is_a_span_that_ends_when_the_sound_is_there(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    answer = client.audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input="Hello there")
    assert len(answer.content) > 100
    assert traced.attributes() == {
        **GENERATED,
        **server,
        "gen_ai.output.type": "speech",
        "gen_ai.request.model": "gpt-4o-mini-tts",
    }


def test_speech_that_is_streamed_to_the_application_is_its_alone(
    traced: Recorder, client: openai.OpenAI
) -> None:
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="alloy", input="Hello there"
    ) as answer:
        assert len(b"".join(answer.iter_bytes())) > 100
    assert traced.tree() == ["generate_content gpt-4o-mini-tts"]


async def test_speech_can_be_awaited(traced: Recorder, aclient: openai.AsyncOpenAI) -> None:
    answer = await aclient.audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input="Hello there")
    assert len(answer.content) > 100
    assert traced.tree() == ["generate_content gpt-4o-mini-tts"]


def test_a_transcription_has_its_tokens_by_modality(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    answer: Any = client.audio.transcriptions.create(model="gpt-4o-transcribe", file=SOUND)
    assert traced.attributes() == {
        **GENERATED,
        **server,
        "gen_ai.output.type": "text",
        "gen_ai.request.model": "gpt-4o-transcribe",
        "gen_ai.usage.input_tokens": answer.usage.input_tokens,
        "gen_ai.usage.audio.input_tokens": answer.usage.input_token_details.audio_tokens,
        "gen_ai.usage.output_tokens": answer.usage.output_tokens,
    }


@pytest.mark.parametrize("form", ["text", "srt", "vtt"])
def test_a_transcription_as_text_is_text(traced: Recorder, client: openai.OpenAI, form: Any) -> None:
    answer: Any = client.audio.transcriptions.create(model="whisper-1", file=SOUND, response_format=form)
    assert isinstance(answer, str)
    assert traced.tree() == ["generate_content whisper-1"]


def test_a_transcription_billed_by_its_length_has_no_tokens(traced: Recorder, client: openai.OpenAI) -> None:
    client.audio.transcriptions.create(model="whisper-1", file=SOUND, response_format="verbose_json")
    assert [key for key in traced.attributes() if key.startswith("gen_ai.usage.")] == []


def test_a_streamed_transcription_ends_with_its_usage(traced: Recorder, client: openai.OpenAI) -> None:
    events = list(client.audio.transcriptions.create(model="gpt-4o-transcribe", file=SOUND, stream=True))
    last: Any = events[-1]
    assert traced.attributes()["gen_ai.usage.output_tokens"] == last.usage.output_tokens


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
def test_a_translation_is_a_span(traced: Recorder, client: openai.OpenAI, server: dict[str, Any]) -> None:
    client.audio.translations.create(model="whisper-1", file=SOUND)
    assert traced.attributes() == {
        **GENERATED,
        **server,
        "gen_ai.output.type": "text",
        "gen_ai.request.model": "whisper-1",
    }


def test_a_moderation_is_a_span_of_its_own_kind(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    answer = client.moderations.create(model="omni-moderation-latest", input="I like cats")
    assert traced.tree() == ["moderation omni-moderation-latest"]
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "moderation",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "omni-moderation-latest",
        "gen_ai.response.id": answer.id,
        "gen_ai.response.model": answer.model,
    }


def test_a_search_in_a_vector_store_is_a_retrieval(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    page = client.vector_stores.search("vs_1", query="When do refunds arrive?", max_num_results=2)
    assert len(page.data) == 2
    assert traced.tree() == ["retrieval vs_1"]
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "retrieval",
        "gen_ai.provider.name": "openai",
        "gen_ai.data_source.id": "vs_1",
        "gen_ai.retrieval.top_k": 2,
    }


async def test_an_asynchronous_search_is_one_retrieval(traced: Recorder, aclient: openai.AsyncOpenAI) -> None:
    """Its call returns a paginator, which is awaited or iterated."""
    page = await aclient.vector_stores.search("vs_1", query="refunds")
    assert page.data
    assert [found async for found in aclient.vector_stores.search("vs_1", query="refunds")]
    assert traced.tree() == ["retrieval vs_1", "retrieval vs_1"]


def test_what_was_searched_and_found_is_content(shown: Recorder, client: openai.OpenAI) -> None:
    page = client.vector_stores.search("vs_1", query=["refunds", "returns"], max_num_results=1)
    found = shown.attributes()
    assert found["gen_ai.retrieval.query.text"] == "refunds\nreturns"
    (document,) = json.loads(found["gen_ai.retrieval.documents"])
    assert document == {
        "id": page.data[0].file_id,
        "score": page.data[0].score,
        "content": page.data[0].content[0].text,
    }


def test_what_was_searched_and_found_is_not_told_by_default(traced: Recorder, client: openai.OpenAI) -> None:
    client.vector_stores.search("vs_1", query="SECRET refunds")
    assert "SECRET" not in traced.everything()
    assert "working days" not in traced.everything()
