# SPDX-License-Identifier: Apache-2.0
"""Content: read only when it is asked for, and then whole: messages, parts, thoughts, media by their size."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from google.genai import types

from spanwright.console.provider import Reply
from spanwright.instrumentors.google_genai import GoogleGenAIInstrumentor

if TYPE_CHECKING:
    from google import genai

    from harness import Recorder
    from spanwright.console.provider import Provider

MODEL = "gemini-2.0-flash"
KEYS = ("gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions")


def messages(recorder: Recorder, key: str) -> Any:
    return json.loads(recorder.attributes()[key])


@pytest.mark.parametrize("stream", [False, True])
def test_no_content_leaves_the_process_unasked(
    traced: Recorder, client: genai.Client, provider: Provider, stream: bool
) -> None:
    provider.say(Reply(text="SECRET answer"))
    ask(client, "SECRET question", stream=stream, system_instruction="SECRET rule")
    assert "SECRET" not in traced.everything()


@pytest.mark.parametrize("stream", [False, True])
def test_question_answer_and_instructions_are_told_when_asked(
    shown: Recorder, client: genai.Client, provider: Provider, stream: bool
) -> None:
    provider.say(Reply(text="Well, thank you."))
    ask(client, "How are you?", stream=stream, system_instruction="Be brief.")
    assert {key: messages(shown, key) for key in KEYS} == {
        "gen_ai.system_instructions": [{"type": "text", "content": "Be brief."}],
        "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "How are you?"}]}],
        "gen_ai.output.messages": [
            {
                "role": "assistant",
                "parts": [{"type": "text", "content": "Well, thank you."}],
                "finish_reason": "stop",
            }
        ],
    }


@pytest.mark.parametrize("stream", [False, True])
def test_thoughts_are_told_apart_from_words(
    shown: Recorder, client: genai.Client, provider: Provider, stream: bool
) -> None:
    provider.say(Reply(text="It is mild.", reasoning="Think about it first."))
    ask(client, "How is it?", stream=stream)
    (message,) = messages(shown, "gen_ai.output.messages")
    assert message["parts"] == [
        {"type": "reasoning", "content": "Think about it first."},
        {"type": "text", "content": "It is mild."},
    ]


@pytest.mark.parametrize("stream", [False, True])
def test_a_blocked_prompt_has_no_output(shown: Recorder, client: genai.Client, stream: bool) -> None:
    ask(client, "Please refuse to answer", stream=stream)
    assert "gen_ai.output.messages" not in shown.attributes()


def test_media_are_told_by_size_and_address(shown: Recorder, client: genai.Client) -> None:
    contents: list[Any] = [
        types.Part.from_bytes(data=b"0123456789", mime_type="image/png"),
        types.Part.from_uri(file_uri="gs://bucket/speech.mp3", mime_type="audio/mpeg"),
        "What is this?",
    ]
    client.models.generate_content(model=MODEL, contents=contents)
    told = messages(shown, "gen_ai.input.messages")
    picture, speech, text = [part for message in told for part in message["parts"]]
    assert (picture["generic_type"], picture["modality"], picture["mime_type"]) == (
        "blob_reference",
        "image",
        "image/png",
    )
    assert speech == {
        "type": "uri",
        "modality": "audio",
        "uri": "gs://bucket/speech.mp3",
        "mime_type": "audio/mpeg",
    }
    assert text == {"type": "text", "content": "What is this?"}
    assert "MDEyMzQ1Njc4OQ" not in shown.everything()


def test_the_history_of_a_chat_is_told(shown: Recorder, client: genai.Client, provider: Provider) -> None:
    provider.say(Reply(text="One."), Reply(text="Two."))
    chat = client.chats.create(model=MODEL)
    chat.send_message("First?")
    chat.send_message("Second?")
    told = json.loads(str((shown.spans[-1].attributes or {})["gen_ai.input.messages"]))
    assert [(each["role"], each["parts"][0]["content"]) for each in told] == [
        ("user", "First?"),
        ("assistant", "One."),
        ("user", "Second?"),
    ]


def test_content_can_go_to_events_alone(recorder: Recorder, client: genai.Client) -> None:
    recorder.instrument(
        GoogleGenAIInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="EVENT_ONLY"
    )
    client.models.generate_content(model=MODEL, contents="SECRET")
    (record,) = recorder.logs
    assert "gen_ai.input.messages" not in recorder.attributes()
    assert record.event_name == "gen_ai.client.inference.operation.details"
    assert record.attributes["gen_ai.input.messages"][0]["parts"][0]["content"] == "SECRET"


def ask(client: genai.Client, contents: Any, *, stream: bool, **config: Any) -> Any:
    told = types.GenerateContentConfig(**config)
    if stream:
        return list(client.models.generate_content_stream(model=MODEL, contents=contents, config=told))
    return client.models.generate_content(model=MODEL, contents=contents, config=told)
