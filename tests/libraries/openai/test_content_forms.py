# SPDX-License-Identifier: Apache-2.0
"""Content that was asked for: the conventions' forms of messages, parts and tools, within their budget."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from inline_snapshot import snapshot

from harness import Recorder
from spanwright.console.provider import Provider, Reply, ToolCall
from spanwright.instrumentors.openai import OpenAIInstrumentor

CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
LIMIT = "SPANWRIGHT_CONTENT_LIMIT"
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


@pytest.mark.parametrize("arguments", ['{"": 1}', '{"big": 123456789012345678901234567890}'])
def test_an_event_holds_only_what_can_be_exported(
    recorder: Recorder,
    client: openai.OpenAI,
    provider: Provider,
    caplog: pytest.LogCaptureFixture,
    arguments: str,
) -> None:
    """Events take structures, but no empty key, and no whole number that does not fit 64 bits."""
    encoder = pytest.importorskip("opentelemetry.exporter.otlp.proto.common._log_encoder")
    recorder.instrument(OpenAIInstrumentor(), **{CONTENT: "EVENT_ONLY"})
    provider.say(Reply(tool_calls=[ToolCall("look_up", arguments)]))
    client.chat.completions.create(model="gpt-4o-mini", messages=TALK[:2])
    encoder.encode_logs(recorder.logs_exporter.get_finished_logs())
    assert [record for record in caplog.records if record.name.startswith("opentelemetry")] == []
