# SPDX-License-Identifier: Apache-2.0
"""Content: never unless asked for, and then on spans, on events or on both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openai
import pytest

from harness import Recorder
from spanwright.console.provider import Provider, Reply
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
SCHEMAS = Path(__file__).parents[4] / "shared" / "semconv" / "schemas"
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "SECRET description",
        "parameters": {"type": "object", "properties": {"SECRET": {"type": "string"}}},
    },
}
TALK: list[Any] = [
    {"role": "system", "content": "SECRET system"},
    {"role": "user", "name": "SECRET name", "content": [{"type": "text", "text": "SECRET question"}]},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": "call_1",
                "type": "function",
                "function": {"name": "look_up", "arguments": '{"SECRET": 1}'},
            }
        ],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": '{"SECRET": "result"}'},
]
KEYS = {
    "gen_ai.input.messages": "gen-ai-input-messages",
    "gen_ai.output.messages": "gen-ai-output-messages",
    "gen_ai.system_instructions": "gen-ai-system-instructions",
    "gen_ai.tool.definitions": "gen-ai-tool-definitions",
}


def chat(client: openai.OpenAI) -> None:
    client.chat.completions.create(model="gpt-4o-mini", messages=TALK, tools=[TOOL], user="SECRET user")


def chat_stream(client: openai.OpenAI) -> None:
    list(client.chat.completions.create(model="gpt-4o-mini", messages=TALK, tools=[TOOL], stream=True))


def chat_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="error:400", messages=TALK)


def chat_broken(client: openai.OpenAI) -> None:
    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(model="odd:mid-stream-error", messages=TALK, stream=True))


def chat_not_json(client: openai.OpenAI) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011 - which one is the SDK's to say
        list(client.chat.completions.create(model="odd:not-json", messages=TALK, stream=True))


def response(client: openai.OpenAI) -> None:
    client.responses.create(
        model="gpt-4o-mini",
        input=[
            {"role": "user", "content": "SECRET question"},
            {"type": "function_call_output", "call_id": "c", "output": "SECRET result"},
        ],
        instructions="SECRET instructions",
        tools=[
            {
                "type": "function",
                "name": "look_up",
                "parameters": {},
                "strict": False,
                "description": "SECRET",
            }
        ],
        metadata={"SECRET": "SECRET"},
    )


def response_stream(client: openai.OpenAI) -> None:
    list(client.responses.create(model="gpt-4o-mini", input="SECRET question", stream=True))


def response_failed(client: openai.OpenAI) -> None:
    client.responses.create(model="odd:failed", input="SECRET question")


def completion(client: openai.OpenAI) -> None:
    client.completions.create(model="gpt-3.5-turbo-instruct", prompt="SECRET prompt")


def embedding(client: openai.OpenAI) -> None:
    client.embeddings.create(model="text-embedding-3-small", input="SECRET text")


def picture(client: openai.OpenAI) -> None:
    client.images.generate(model="gpt-image-1", prompt="SECRET picture")


def speech(client: openai.OpenAI) -> None:
    client.audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input="SECRET words")


def transcription(client: openai.OpenAI) -> None:
    client.audio.transcriptions.create(
        model="gpt-4o-transcribe", file=("SECRET.wav", bytes(32)), prompt="SECRET"
    )


def moderation(client: openai.OpenAI) -> None:
    client.moderations.create(model="omni-moderation-latest", input="SECRET text")


def search(client: openai.OpenAI) -> None:
    client.vector_stores.search("vs_1", query="SECRET query")


CALLS = [
    chat,
    chat_stream,
    chat_refused,
    chat_broken,
    chat_not_json,
    response,
    response_stream,
    response_failed,
    completion,
    embedding,
    picture,
    speech,
    transcription,
    moderation,
    search,
]


@pytest.mark.parametrize("call", CALLS)
def test_nothing_of_content_is_told_by_default(
    traced: Recorder, client: openai.OpenAI, call: Callable[[openai.OpenAI], None]
) -> None:
    """In no attribute, event, log body, span name, status text or metric label."""
    call(client)
    assert len(traced.spans) == 1
    assert "SECRET" not in traced.everything()


@pytest.mark.parametrize("value", ["NO_CONTENT", "no_content", "false", "False", "", "  "])
def test_content_can_be_switched_off_by_name(recorder: Recorder, client: openai.OpenAI, value: str) -> None:
    recorder.instrument(OpenAIInstrumentor(), **{CONTENT: value})
    chat(client)
    assert "SECRET" not in recorder.everything()


def test_a_word_that_is_no_mode_means_no_content_and_one_warning(
    recorder: Recorder, client: openai.OpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.instrument(OpenAIInstrumentor(), **{CONTENT: "everything"})
    chat(client)
    chat(client)
    assert "SECRET" not in recorder.everything()
    assert [record.levelname for record in caplog.records if record.name == "spanwright"] == ["WARNING"]


@pytest.mark.parametrize("value", ["SPAN_ONLY", "span_only", "true", "True"])
def test_content_on_spans_is_on_spans_alone(recorder: Recorder, client: openai.OpenAI, value: str) -> None:
    recorder.instrument(OpenAIInstrumentor(), **{CONTENT: value})
    chat(client)
    assert "SECRET question" in recorder.attributes()["gen_ai.input.messages"]
    assert recorder.logs == []


def test_content_on_events_is_on_events_alone(recorder: Recorder, client: openai.OpenAI) -> None:
    recorder.instrument(OpenAIInstrumentor(), **{CONTENT: "EVENT_ONLY"})
    chat(client)
    (record,) = recorder.logs
    assert record.event_name == "gen_ai.client.inference.operation.details"
    assert not set(KEYS) & set(recorder.attributes())
    assert "SECRET question" in repr(record.attributes["gen_ai.input.messages"])


def test_an_event_of_details_belongs_to_its_span_and_has_its_facts(
    recorder: Recorder, client: openai.OpenAI
) -> None:
    recorder.instrument(OpenAIInstrumentor(), **{CONTENT: "EVENT_ONLY"})
    chat(client)
    (record,), span = recorder.logs, recorder.one()
    assert span.context is not None
    assert record.span_id == span.context.span_id
    told = {key: list(each) if isinstance(each, tuple) else each for key, each in record.attributes.items()}
    assert {key: told[key] for key in told if key not in KEYS} == recorder.attributes()


def test_content_on_both_is_the_same_on_both(recorder: Recorder, client: openai.OpenAI) -> None:
    recorder.instrument(OpenAIInstrumentor(), **{CONTENT: "SPAN_AND_EVENT"})
    chat(client)
    (record,), found = recorder.logs, recorder.attributes()
    for key in ("gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.tool.definitions"):
        assert json.loads(found[key]) == json.loads(json.dumps(record.attributes[key]))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("mode", ["SPAN_ONLY", "EVENT_ONLY"])
def test_content_of_every_endpoint_is_valid_by_the_published_schemas(
    recorder: Recorder, client: openai.OpenAI, call: Callable[[openai.OpenAI], None], mode: str
) -> None:
    if not SCHEMAS.is_dir():
        pytest.skip("the folder of published schemas is not there")
    import jsonschema

    recorder.instrument(OpenAIInstrumentor(), **{CONTENT: mode})
    call(client)
    sources = (
        [recorder.attributes()] if mode == "SPAN_ONLY" else [record.attributes for record in recorder.logs]
    )
    for source in sources:
        for key, schema in KEYS.items():
            if key in source:
                told = json.loads(source[key] if isinstance(source[key], str) else json.dumps(source[key]))
                jsonschema.validate(told, json.loads((SCHEMAS / f"{schema}.json").read_text()))


def test_keys_that_applications_pass_are_told_nowhere(recorder: Recorder, provider: Provider) -> None:
    """Not even with content on: headers, keys and query parameters are no content."""
    recorder.instrument(OpenAIInstrumentor(), **{CONTENT: "SPAN_AND_EVENT"})
    with openai.OpenAI(
        base_url=provider.base_url,
        api_key="hunter2",
        organization="hunter2",
        default_headers={"x-key": "hunter2"},
        default_query={"api_key": "hunter2"},
    ) as client:
        client.chat.completions.create(
            model="gpt-4o-mini",
            messages=TALK,
            extra_headers={"Authorization": "Bearer hunter2"},
            extra_query={"key": "hunter2"},
        )
    assert "hunter2" not in recorder.everything()


def test_the_text_of_an_error_is_told_only_with_content(recorder: Recorder, client: openai.OpenAI) -> None:
    recorder.instrument(OpenAIInstrumentor(), **{CONTENT: "SPAN_ONLY"})
    with pytest.raises(openai.NotFoundError) as raised:
        client.chat.completions.create(model="error:404", messages=TALK)
    assert recorder.one().status.description == str(raised.value)


def test_a_key_in_the_text_of_an_error_is_taken_out(recorder: Recorder, provider: Provider) -> None:
    recorder.instrument(OpenAIInstrumentor(), **{CONTENT: "SPAN_ONLY"})
    told = "Incorrect API key provided: Bearer abcdefgh12345678"
    provider.say(Reply(body={"error": {"message": told}}, http_status=401))
    with (
        openai.OpenAI(base_url=provider.base_url, api_key="test", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError),
    ):
        client.chat.completions.create(model="gpt-4o-mini", messages=TALK)
    assert "abcdefgh12345678" not in recorder.everything()
