# SPDX-License-Identifier: Apache-2.0
"""Content of SDKs that speak OpenAI's protocol: written when asked for, and else nowhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from alike.sdk import SDK
from asking import WEATHER
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from harness import Recorder

SECRET = "SECRET words"


def test_nothing_that_was_said_is_told_unasked(sdk: SDK, traced: Recorder, client: Any) -> None:
    question = [{"role": "user", "content": SECRET}]
    sdk.chat(client, messages=question, tools=[WEATHER])
    list(sdk.chat(client, messages=question, stream=True))
    assert "SECRET" not in traced.everything()
    assert "get_weather" not in traced.everything()


def test_question_and_answer_are_told_when_asked_for(sdk: SDK, shown: Recorder, client: Any) -> None:
    answer = sdk.chat(client)
    found = shown.attributes()
    assert json.loads(found["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "Hello there"}]}
    ]
    assert json.loads(found["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": answer.choices[0].message.content}],
            "finish_reason": "stop",
        }
    ]


def test_a_streamed_answer_is_told_as_a_whole_one(sdk: SDK, shown: Recorder, client: Any) -> None:
    sdk.chat(client)
    list(sdk.chat(client, stream=True))
    whole, streamed = ((span.attributes or {})["gen_ai.output.messages"] for span in shown.spans)
    assert whole == streamed


async def test_an_asynchronously_streamed_answer_is_told_as_a_whole_one(
    sdk: SDK, shown: Recorder, aclient: Any
) -> None:
    await sdk.chat(aclient)
    assert [chunk async for chunk in await sdk.chat(aclient, stream=True)]
    whole, streamed = ((span.attributes or {})["gen_ai.output.messages"] for span in shown.spans)
    assert whole == streamed


def test_reasoning_is_a_part_of_the_answer(
    sdk: SDK, shown: Recorder, client: Any, provider: Provider
) -> None:
    provider.say(*[Reply(text="Yes.", reasoning="Let me think.")] * 2)
    sdk.chat(client)
    list(sdk.chat(client, stream=True))
    for span in shown.spans:
        (message,) = json.loads(str((span.attributes or {})["gen_ai.output.messages"]))
        assert message["parts"] == [
            {"type": "reasoning", "content": "Let me think."},
            {"type": "text", "content": "Yes."},
        ]


def test_a_turn_of_tools_is_told_with_calls_and_results(sdk: SDK, shown: Recorder, client: Any) -> None:
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    first = sdk.chat(client, messages=messages, tools=[WEATHER])
    (call,) = first.choices[0].message.tool_calls
    asked = {
        "id": call.id,
        "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
    }
    messages += [
        {"role": "assistant", "content": "", "tool_calls": [asked]},
        {"role": "tool", "tool_call_id": call.id, "content": "18 degrees"},
    ]
    sdk.chat(client, messages=messages, tools=[WEATHER])
    told = dict(shown.spans[1].attributes or {})
    assert json.loads(str(told["gen_ai.tool.definitions"])) == [{"type": "function", "name": "get_weather"}]
    assert json.loads(str(told["gen_ai.input.messages"]))[1:] == [
        {
            "role": "assistant",
            "parts": [
                {"type": "tool_call", "id": call.id, "name": "get_weather", "arguments": {"city": "Paris"}}
            ],
        },
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": call.id, "response": "18 degrees"}],
        },
    ]


def test_content_everywhere_is_one_event_beside_the_span(sdk: SDK, both: Recorder, client: Any) -> None:
    sdk.chat(client)
    (record,) = both.logs
    assert record.event_name == "gen_ai.client.inference.operation.details"
    assert "gen_ai.input.messages" in record.attributes
    assert "gen_ai.input.messages" in both.attributes()
