# SPDX-License-Identifier: Apache-2.0
"""Content of Cohere's chats: off unless asked for, and then all of it, streamed or not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import cohere
import pytest
from dirty_equals import IsStr

from spanwright.console.provider import Provider, Reply, ToolCall
from spanwright.instrumentors.cohere import CohereInstrumentor

if TYPE_CHECKING:
    from harness import Recorder

MESSAGES: list[Any] = [
    {"role": "system", "content": "Be kind SECRET."},
    {"role": "user", "content": [{"type": "text", "text": "What is the weather in Rome? SECRET"}]},
    {
        "role": "assistant",
        "tool_plan": "I will look SECRET.",
        "tool_calls": [
            {
                "id": "t1",
                "type": "function",
                "function": {"name": "get_weather", "arguments": '{"city":"Rome"}'},
            }
        ],
    },
    {"role": "tool", "tool_call_id": "t1", "content": '{"degrees":18}'},
    {"role": "assistant", "content": "18 degrees."},
    {"role": "user", "content": "And in Paris?"},
]
WEATHER: Any = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}},
}
HEARD = [
    {"role": "system", "parts": [{"type": "text", "content": "Be kind SECRET."}]},
    {"role": "user", "parts": [{"type": "text", "content": "What is the weather in Rome? SECRET"}]},
    {
        "role": "assistant",
        "parts": [
            {"type": "reasoning", "content": "I will look SECRET."},
            {"type": "tool_call", "id": "t1", "name": "get_weather", "arguments": {"city": "Rome"}},
        ],
    },
    {"role": "tool", "parts": [{"type": "tool_call_response", "id": "t1", "response": {"degrees": 18}}]},
    {"role": "assistant", "parts": [{"type": "text", "content": "18 degrees."}]},
    {"role": "user", "parts": [{"type": "text", "content": "And in Paris?"}]},
]
ASK: dict[str, Any] = {"model": "command-a", "messages": MESSAGES, "tools": [WEATHER]}


def reply() -> Reply:
    return Reply(
        text="I see SECRET.",
        reasoning="Think SECRET.",
        tool_calls=[ToolCall("get_weather", {"city": "Paris"})],
    )


SPOKEN = [
    {
        "role": "assistant",
        "parts": [
            {"type": "reasoning", "content": "I will use the get_weather tool."},
            {"type": "reasoning", "content": "Think SECRET."},
            {"type": "text", "content": "I see SECRET."},
            {"type": "tool_call", "id": IsStr(), "name": "get_weather", "arguments": {"city": "Paris"}},
        ],
        "finish_reason": "tool_call",
    }
]


def test_no_content_is_told_unless_it_is_asked_for(
    traced: Recorder, client: cohere.ClientV2, v1: cohere.Client, provider: Provider
) -> None:
    provider.say(reply(), reply(), reply())
    client.chat(**ASK)
    list(client.chat_stream(**ASK))
    v1.chat(model="command-r", message="SECRET", preamble="SECRET")
    assert "SECRET" not in traced.everything()


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_all_content_is_told_where_it_is_asked_for(
    shown: Recorder, client: cohere.ClientV2, provider: Provider, stream: bool
) -> None:
    provider.say(reply())
    if stream:
        list(client.chat_stream(**ASK))
    else:
        client.chat(**ASK)
    found = shown.attributes()
    assert json.loads(found["gen_ai.input.messages"]) == HEARD
    assert json.loads(found["gen_ai.output.messages"]) == SPOKEN
    assert json.loads(found["gen_ai.tool.definitions"]) == [{"type": "function", "name": "get_weather"}]


async def test_all_content_of_an_asynchronous_stream_is_told(
    shown: Recorder, aclient: cohere.AsyncClientV2, provider: Provider
) -> None:
    provider.say(reply())
    assert [event async for event in aclient.chat_stream(**ASK)]
    assert json.loads(shown.attributes()["gen_ai.output.messages"]) == SPOKEN


def test_messages_given_as_the_sdks_own_objects_are_read_alike(
    shown: Recorder, client: cohere.ClientV2
) -> None:
    client.chat(model="command-a", messages=[cohere.UserChatMessageV2(content="Hello there")])
    assert json.loads(shown.attributes()["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "Hello there"}]}
    ]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_documents_and_citations_pass_through(shown: Recorder, client: cohere.ClientV2, stream: bool) -> None:
    asked: dict[str, Any] = {
        "model": "command-a",
        "messages": [{"role": "user", "content": "Hello there"}],
        "documents": [{"data": {"text": "A fact."}}],
    }
    if stream:
        list(client.chat_stream(**asked))
    else:
        client.chat(**asked)
    found = shown.attributes()
    assert '"generic_type":"document"' in found["gen_ai.input.messages"]
    (said,) = json.loads(found["gen_ai.output.messages"])
    (cited,) = said["parts"][-1]["citations"]
    assert (cited["start"], cited["end"], cited["text"]) == (0, 3, "You")


HISTORY: Any = [
    {"role": "USER", "message": "What is the weather in Rome?"},
    {"role": "CHATBOT", "message": "I will look."},
]
PARAMETERS: Any = {"city": {"type": "str", "required": True}}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_all_content_of_version_1_is_told(
    shown: Recorder, v1: cohere.Client, provider: Provider, stream: bool
) -> None:
    provider.say(Reply(text="I see.", tool_calls=[ToolCall("get_weather", {"city": "Paris"})]))
    call: Any = {"name": "get_weather", "parameters": {"city": "Rome"}}
    asked: dict[str, Any] = {
        "model": "command-r",
        "message": "And in Paris?",
        "preamble": "Be kind.",
        "chat_history": HISTORY,
        "tools": [{"name": "get_weather", "description": "Weather.", "parameter_definitions": PARAMETERS}],
        "tool_results": [{"call": call, "outputs": [{"degrees": 18}]}],
    }
    if stream:
        list(v1.chat_stream(**asked))
    else:
        v1.chat(**asked)
    found = shown.attributes()
    assert json.loads(found["gen_ai.system_instructions"]) == [{"type": "text", "content": "Be kind."}]
    assert json.loads(found["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "What is the weather in Rome?"}]},
        {"role": "assistant", "parts": [{"type": "text", "content": "I will look."}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "response": [{"degrees": 18}]}]},
        {"role": "user", "parts": [{"type": "text", "content": "And in Paris?"}]},
    ]
    assert json.loads(found["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [
                {"type": "text", "content": "I see."},
                {"type": "tool_call", "name": "get_weather", "arguments": {"city": "Paris"}},
            ],
            "finish_reason": "stop",
        }
    ]


def test_content_goes_to_events_where_that_is_asked_for(
    recorder: Recorder, client: cohere.ClientV2, provider: Provider
) -> None:
    recorder.instrument(CohereInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="EVENT_ONLY")
    fresh: Any = cohere.ClientV2(
        api_key="test", base_url=provider.url, httpx_client=client._client_wrapper.httpx_client.httpx_client
    )
    fresh.chat(model="command-a", messages=MESSAGES[:2])
    assert "gen_ai.input.messages" not in recorder.attributes()
    assert any("gen_ai.input.messages" in log.attributes for log in recorder.logs)
