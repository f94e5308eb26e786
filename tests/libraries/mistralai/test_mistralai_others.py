# SPDX-License-Identifier: Apache-2.0
"""Gaps, embeddings, documents, voices and classifiers; and the administration, which is not traced."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat, IsStr

from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from harness import Recorder

ID = IsStr(regex="[0-9a-f]{32}")
DOCUMENT: dict[str, Any] = {"type": "document_url", "document_url": "https://a.test/b.pdf"}
VOXTRAL = "voxtral-mini-latest"


def test_a_gap_that_is_filled(traced: Recorder, client: Any, server: dict[str, Any], defaults: Any) -> None:
    answer = client.fim.complete(model="codestral-latest", prompt="def add(", suffix="return a + b")
    assert traced.attributes() == {
        **server,
        **defaults(),
        "gen_ai.operation.name": "text_completion",
        "gen_ai.provider.name": "mistral_ai",
        "gen_ai.request.model": "codestral-latest",
        "gen_ai.response.model": "codestral-latest",
        "gen_ai.response.id": ID,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": answer.usage.completion_tokens,
    }


def test_a_gap_that_is_filled_in_a_stream(shown: Recorder, client: Any) -> None:
    list(client.fim.stream(model="codestral-latest", prompt="def add(", suffix="return a + b"))
    (message,) = json.loads(shown.attributes()["gen_ai.input.messages"])
    assert message == {
        "role": "user",
        "parts": [
            {"type": "text", "content": "def add("},
            {"type": "generic", "generic_type": "suffix", "content": "return a + b"},
        ],
    }


def test_embeddings(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    answer = client.embeddings.create(model="mistral-embed", inputs=["Hello", "there"])
    found = traced.attributes()
    found.pop("gen_ai.request.encoding_formats", None)
    assert found == {
        **server,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "mistral_ai",
        "gen_ai.request.model": "mistral-embed",
        "gen_ai.response.model": "mistral-embed",
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
    }


async def test_embeddings_of_a_size(traced: Recorder, client: Any) -> None:
    await client.embeddings.create_async(model="codestral-embed", inputs="Hello", output_dimension=16)
    assert traced.attributes()["gen_ai.embeddings.dimension.count"] == 16


def test_embeddings_that_are_refused(traced: Recorder, client: Any, sdk: Any) -> None:
    with pytest.raises(sdk.errors.SDKError):
        client.embeddings.create(model="error:429", inputs=["Hello"])
    assert traced.attributes()["error.type"].endswith(".SDKError")


def test_a_document_that_is_read(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    client.ocr.process(model="mistral-ocr-latest", document=DOCUMENT)
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "mistral_ai",
        "gen_ai.request.model": "mistral-ocr-latest",
        "gen_ai.response.model": "mistral-ocr-latest",
        "gen_ai.output.type": "text",
    }


def test_the_pages_of_a_document_are_content(shown: Recorder, client: Any) -> None:
    client.ocr.process(model="mistral-ocr-latest", document=DOCUMENT)
    found = shown.attributes()
    assert json.loads(found["gen_ai.input.messages"])[0]["parts"] == [
        {"type": "uri", "modality": "document", "uri": "https://a.test/b.pdf"}
    ]
    assert json.loads(found["gen_ai.output.messages"])[0]["parts"] == [
        {"type": "text", "content": "# A page"}
    ]


def test_a_transcription(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    """It is sent as a form, the audio within."""
    answer = client.audio.transcriptions.complete(
        model=VOXTRAL, file={"file_name": "a.mp3", "content": b"sound"}
    )
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "mistral_ai",
        "gen_ai.request.model": VOXTRAL,
        "gen_ai.response.model": VOXTRAL,
        "gen_ai.output.type": "text",
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": answer.usage.completion_tokens,
    }


def test_a_transcription_that_is_streamed(traced: Recorder, client: Any) -> None:
    file = {"file_name": "a.mp3", "content": b"sound"}
    events = list(client.audio.transcriptions.stream(model=VOXTRAL, file=file))
    found = traced.attributes()
    assert (found["gen_ai.usage.output_tokens"], found["gen_ai.response.time_to_first_chunk"]) == (
        events[-1].data.usage.completion_tokens,
        IsFloat(gt=0),
    )


def test_the_transcript_is_content(shown: Recorder, client: Any, provider: Provider) -> None:
    provider.say(Reply(text="Good day"))
    client.audio.transcriptions.complete(model=VOXTRAL, file_url="https://a.test/b.mp3")
    (message,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert message["parts"] == [{"type": "text", "content": "Good day"}]


def test_speech(traced: Recorder, client: Any) -> None:
    client.audio.speech.complete(model="voxtral-tts", input="Hello there")
    found = traced.attributes()
    assert (found["gen_ai.operation.name"], found["gen_ai.output.type"]) == ("generate_content", "speech")


def test_a_moderation(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    client.classifiers.moderate(model="mistral-moderation-latest", inputs=["Hello", "there"])
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "moderation",
        "gen_ai.provider.name": "mistral_ai",
        "gen_ai.request.model": "mistral-moderation-latest",
        "gen_ai.response.model": "mistral-moderation-latest",
        "gen_ai.response.id": ID,
    }


def test_a_moderated_chat_is_content(shown: Recorder, client: Any) -> None:
    client.classifiers.moderate_chat(
        model="mistral-moderation-latest",
        inputs=[{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Good day"}],
    )
    assert [each["role"] for each in json.loads(shown.attributes()["gen_ai.input.messages"])] == [
        "user",
        "assistant",
    ]


async def test_a_classification(traced: Recorder, client: Any) -> None:
    await client.classifiers.classify_async(model="mine", inputs="Hello")
    assert traced.attributes()["gen_ai.operation.name"] == "classification"


def test_a_classified_chat(traced: Recorder, client: Any) -> None:
    client.classifiers.classify_chat(
        model="mine", input=[{"messages": [{"role": "user", "content": "Hello"}]}]
    )
    assert traced.attributes()["gen_ai.operation.name"] == "classification"


def test_administration_is_not_traced(traced: Recorder, client: Any, sdk: Any, provider: Provider) -> None:
    with pytest.raises(Exception):
        client.models.list()
    assert len(provider.requests) == 1
    assert (traced.tree(), traced.points()) == ([], [])
