# SPDX-License-Identifier: Apache-2.0
"""What Groq has of its own: usage and errors under `x_groq`, tools that it runs itself, speech."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from alike.sdk import SDK
    from harness import Recorder


def test_usage_that_comes_under_groqs_own_name_is_counted_once(
    sdk: SDK, traced: Recorder, client: Any
) -> None:
    last = list(sdk.chat(client, stream=True))[-1]
    counted = {p.labels["gen_ai.token.type"]: (p.sum, p.count) for p in traced.points("gen_ai.client.token")}
    assert last.usage is None
    assert counted == {
        "input": (last.x_groq.usage.prompt_tokens, 1),
        "output": (last.x_groq.usage.completion_tokens, 1),
    }


def test_usage_that_comes_twice_is_counted_once(sdk: SDK, traced: Recorder, client: Any) -> None:
    last = list(sdk.chat(client, stream=True, extra_body={"stream_options": {"include_usage": True}}))[-1]
    counted = {p.labels["gen_ai.token.type"]: (p.sum, p.count) for p in traced.points("gen_ai.client.token")}
    assert counted == {"input": (last.usage.prompt_tokens, 1), "output": (last.usage.completion_tokens, 1)}


def test_a_stream_that_groq_stopped_has_failed(
    sdk: SDK, traced: Recorder, client: Any, provider: Provider
) -> None:
    """The SDK raises nothing: the reason stands in the last chunk."""
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": sdk.model, "choices": []}
    told = {**chunk, "x_groq": {"id": "r", "error": "The model said SECRET words and was stopped."}}
    provider.say(Reply(events=[f"data: {json.dumps(told)}", "data: [DONE]"]))
    list(sdk.chat(client, stream=True))
    assert traced.attributes()["error.type"] == "_OTHER"
    assert "SECRET" not in traced.everything()


def test_tools_that_groq_ran_are_calls_of_the_provider(
    sdk: SDK, shown: Recorder, client: Any, provider: Provider
) -> None:
    ran = {"index": 0, "type": "python", "arguments": '{"code": "1 + 1"}', "output": "2"}
    message = {"role": "assistant", "content": "Two.", "executed_tools": [ran]}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    body = {"id": "c", "object": "chat.completion", "created": 1, "model": "groq/compound"}
    provider.say(Reply(body={**body, "choices": [choice]}))
    sdk.chat(client)
    (told,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert told["parts"] == [
        {
            "type": "server_tool_call",
            "name": "python",
            "server_tool_call": {"type": "python", "arguments": {"code": "1 + 1"}},
        },
        {"type": "server_tool_call_response", "server_tool_call_response": {"type": "python", "output": "2"}},
        {"type": "text", "content": "Two."},
    ]


def test_an_embedding_is_an_operation_of_its_own(
    traced: Recorder, client: Any, server: dict[str, Any]
) -> None:
    client.embeddings.create(model="nomic-embed-text-v1_5", input="Hello there")
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "groq",
        "gen_ai.request.model": "nomic-embed-text-v1_5",
        "gen_ai.response.model": "nomic-embed-text-v1_5",
        "gen_ai.usage.input_tokens": 2,
    }


def test_speech_is_generated(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    client.audio.speech.create(model="playai-tts", input="Hello there", voice="Fritz-PlayAI")
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "generate_content",
        "gen_ai.output.type": "speech",
        "gen_ai.provider.name": "groq",
        "gen_ai.request.model": "playai-tts",
    }


def test_a_transcription_is_a_text(shown: Recorder, client: Any) -> None:
    answer = client.audio.transcriptions.create(model="whisper-large-v3", file=("a.wav", b"sound"))
    found = shown.attributes()
    assert found["gen_ai.output.type"] == "text"
    assert answer.text in json.loads(found["gen_ai.output.messages"])[0]["parts"][0]["content"]


@pytest.mark.parametrize("path", ["/openai/v1/models"])
def test_administration_is_not_traced(traced: Recorder, client: Any, path: str) -> None:
    assert client.models.list().data
    assert traced.tree() == []
