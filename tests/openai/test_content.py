# SPDX-License-Identifier: Apache-2.0
"""Content: never unless asked for, then in the forms of the conventions, on spans, events or both, within its budget."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openai
import pytest
from inline_snapshot import snapshot

from harness import Recorder
from spanwright.console.provider import Provider, Reply, ToolCall
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
LIMIT = "SPANWRIGHT_CONTENT_LIMIT"
SCHEMAS = Path(__file__).parents[3] / "shared" / "semconv" / "schemas"
TOOL: dict[str, Any] = {
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
    client.chat.completions.create(model="gpt-4o-mini", messages=TALK, tools=[TOOL], user="SECRET user")  # type: ignore[list-item]


def chat_stream(client: openai.OpenAI) -> None:
    list(client.chat.completions.create(model="gpt-4o-mini", messages=TALK, tools=[TOOL], stream=True))  # type: ignore[list-item]


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


def test_a_conversation_is_told_in_the_conventions_form(
    shown: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    provider.say(Reply(text="Done.", reasoning="Let me think."))
    chat(client)
    found = shown.attributes()
    assert {key: json.loads(found[key]) for key in KEYS if key in found} == snapshot(
        {
            "gen_ai.input.messages": [
                {"role": "system", "parts": [{"type": "text", "content": "SECRET system"}]},
                {
                    "role": "user",
                    "parts": [{"type": "text", "content": "SECRET question"}],
                    "name": "SECRET name",
                },
                {
                    "role": "assistant",
                    "parts": [
                        {"type": "tool_call", "id": "call_1", "name": "look_up", "arguments": {"SECRET": 1}}
                    ],
                },
                {
                    "role": "tool",
                    "parts": [
                        {"type": "tool_call_response", "response": {"SECRET": "result"}, "id": "call_1"}
                    ],
                },
            ],
            "gen_ai.output.messages": [
                {
                    "role": "assistant",
                    "parts": [
                        {"type": "reasoning", "content": "Let me think."},
                        {"type": "text", "content": "Done."},
                    ],
                    "finish_reason": "stop",
                }
            ],
            "gen_ai.tool.definitions": [{"type": "function", "name": "look_up"}],
        }
    )


@pytest.mark.parametrize("stream", [False, True])
def test_calls_are_told_alike_streamed_or_not(
    shown: Recorder, client: openai.OpenAI, provider: Provider, stream: bool
) -> None:
    provider.say(
        Reply(
            text="Both.",
            tool_calls=[
                ToolCall("look_up", {"city": "Rome"}, id="call_1"),
                ToolCall("shell", "ls -l", id="call_2", kind="custom"),
            ],
        )
    )
    found: Any = client.chat.completions.create(model="gpt-4o-mini", messages=TALK[:2], stream=stream)
    if stream:
        assert list(found)
    assert json.loads(shown.attributes()["gen_ai.output.messages"]) == snapshot(
        [
            {
                "role": "assistant",
                "parts": [
                    {"type": "text", "content": "Both."},
                    {"type": "tool_call", "id": "call_1", "name": "look_up", "arguments": {"city": "Rome"}},
                    {"type": "tool_call", "id": "call_2", "name": "shell", "arguments": "ls -l"},
                ],
                "finish_reason": "tool_call",
            }
        ]
    )


@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal_is_told_as_a_part(shown: Recorder, client: openai.OpenAI, stream: bool) -> None:
    found: Any = client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": "refuse to answer"}], stream=stream
    )
    if stream:
        assert list(found)
    (message,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert [part["generic_type"] for part in message["parts"]] == ["refusal"]


def test_each_choice_is_one_message(shown: Recorder, client: openai.OpenAI) -> None:
    client.chat.completions.create(model="gpt-4o-mini", messages=TALK[:2], n=3)
    assert len(json.loads(shown.attributes()["gen_ai.output.messages"])) == 3


def test_a_legacy_completion_is_told_as_a_conversation(shown: Recorder, client: openai.OpenAI) -> None:
    answer = client.completions.create(model="gpt-3.5-turbo-instruct", prompt=["One", "Two"])
    found = shown.attributes()
    assert [each["parts"][0]["content"] for each in json.loads(found["gen_ai.input.messages"])] == [
        "One",
        "Two",
    ]
    said = [each["parts"][0]["content"] for each in json.loads(found["gen_ai.output.messages"])]
    assert said == [choice.text for choice in answer.choices]


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


@pytest.mark.parametrize("limit", [400, 1_000, 20_000])
def test_content_over_its_budget_is_cut_to_valid_json(
    recorder: Recorder, client: openai.OpenAI, limit: int
) -> None:
    recorder.instrument(OpenAIInstrumentor(), **{CONTENT: "SPAN_ONLY", LIMIT: str(limit)})
    long: list[Any] = [{"role": "user", "content": "räksmörgås " * 500} for _ in range(200)]
    client.chat.completions.create(model="gpt-4o-mini", messages=long)
    told = recorder.attributes()["gen_ai.input.messages"]
    assert len(told) <= limit
    assert isinstance(json.loads(told), list)


def test_the_smallest_budget_still_leaves_messages(client: openai.OpenAI) -> None:
    recorder = Recorder()
    recorder.instrument(OpenAIInstrumentor(), **{CONTENT: "SPAN_ONLY", LIMIT: "256"})
    long: list[Any] = [{"role": "user", "content": "räksmörgås " * 500} for _ in range(200)]
    client.chat.completions.create(model="gpt-4o-mini", messages=long)
    findings = recorder.findings()
    recorder.shutdown()
    assert findings == []


def test_content_over_the_budget_of_events_is_cut_too(recorder: Recorder, client: openai.OpenAI) -> None:
    recorder.instrument(OpenAIInstrumentor(), **{CONTENT: "EVENT_ONLY", LIMIT: "1000"})
    long: list[Any] = [{"role": "user", "content": "word " * 5_000}]
    client.chat.completions.create(model="gpt-4o-mini", messages=long)
    (record,) = recorder.logs
    assert len(json.dumps(record.attributes["gen_ai.input.messages"])) <= 1_200


def test_many_messages_and_tools_are_one_attribute_each(shown: Recorder, client: openai.OpenAI) -> None:
    """Backends and the SDK keep 128 attributes: a hundred messages must not evict model and usage."""
    talk: list[Any] = [{"role": "user", "content": f"Message {number}"} for number in range(101)]
    tools: Any = [{"type": "function", "function": {"name": f"tool_{number}"}} for number in range(60)]
    client.chat.completions.create(model="gpt-4o-mini", messages=talk, tools=tools)
    span = shown.one()
    assert span.dropped_attributes == 0
    assert len(span.attributes or {}) < 20


def test_a_lone_surrogate_does_not_sink_a_batch(shown: Recorder, http: Any) -> None:
    """Every attribute can be encoded as UTF-8, whatever JSON the provider sent."""
    answer = (
        '{"id":"c","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"\\ud800"}}]}'
    )
    transport = http.MockTransport(
        lambda _: http.Response(200, text=answer, headers={"content-type": "application/json"})
    )
    client = openai.OpenAI(
        base_url="http://127.0.0.1:9/v1",
        api_key="test",
        http_client=http.Client(verify=False, transport=transport),
    )
    client.chat.completions.create(model="m", messages=TALK)
    for told in shown.attributes().values():
        assert str(told).encode()


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
