# SPDX-License-Identifier: Apache-2.0
"""Chat completions, whole: the span of each kind of question and answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dirty_equals import IsStr
from opentelemetry.trace import SpanKind, StatusCode
from pydantic import BaseModel

from asking import HELLO, WEATHER, used
from spanwright.console.provider import Provider, Reply, ToolCall

if TYPE_CHECKING:
    from harness import Recorder

MODEL = "mistral-small-latest"
# What every answer to a chat completion tells.
ANSWERED = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "mistral_ai",
    "gen_ai.request.model": MODEL,
    "gen_ai.response.model": MODEL,
    "gen_ai.response.id": IsStr(regex="[0-9a-f]{32}"),
    "gen_ai.response.finish_reasons": ["stop"],
}


class Trip(BaseModel):
    city: str
    days: int


def test_a_chat_completion(traced: Recorder, client: Any, server: dict[str, Any], defaults: Any) -> None:
    answer = client.chat.complete(model=MODEL, messages=HELLO)
    assert traced.attributes() == {**ANSWERED, **server, **used(answer), **defaults()}


async def test_the_same_asynchronously(
    traced: Recorder, client: Any, server: dict[str, Any], defaults: Any
) -> None:
    answer = await client.chat.complete_async(model=MODEL, messages=HELLO)
    assert traced.attributes() == {**ANSWERED, **server, **used(answer), **defaults()}


def test_its_span_is_of_a_client_and_has_no_status(traced: Recorder, client: Any) -> None:
    client.chat.complete(model=MODEL, messages=HELLO)
    span = traced.one()
    assert (span.name, span.kind, span.status.status_code) == (
        f"chat {MODEL}",
        SpanKind.CLIENT,
        StatusCode.UNSET,
    )


def test_the_parameters_of_a_request(traced: Recorder, client: Any) -> None:
    client.chat.complete(
        model=MODEL,
        messages=HELLO,
        temperature=0.5,
        top_p=0.9,
        max_tokens=100,
        random_seed=7,
        stop=["END"],
        response_format={"type": "json_object"},
    )
    found = traced.attributes()
    assert {
        key: value for key, value in found.items() if key.startswith(("gen_ai.request", "gen_ai.output"))
    } == {
        "gen_ai.request.model": MODEL,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.max_tokens": 100,
        "gen_ai.request.seed": 7,
        "gen_ai.request.stop_sequences": ["END"],
        "gen_ai.output.type": "json",
    }


def test_the_parameters_that_came_later(traced: Recorder, client: Any) -> None:
    client.chat.complete(
        model=MODEL,
        messages=HELLO,
        n=2,
        presence_penalty=0.5,
        frequency_penalty=0.25,
        prompt_mode="reasoning",
    )
    found = traced.attributes()
    assert (
        found["gen_ai.request.choice.count"],
        found["gen_ai.request.presence_penalty"],
        found["gen_ai.request.frequency_penalty"],
    ) == (2, 0.5, 0.25)


def test_a_parsed_answer(traced: Recorder, client: Any) -> None:
    answer = client.chat.parse(Trip, model=MODEL, messages=[{"role": "user", "content": "Rome for 3 days"}])
    assert isinstance(answer.choices[0].message.parsed, Trip)
    assert traced.attributes()["gen_ai.output.type"] == "json"


async def test_a_parsed_answer_that_is_awaited(traced: Recorder, client: Any) -> None:
    answer = await client.chat.parse_async(
        Trip, model=MODEL, messages=[{"role": "user", "content": "Rome for 3 days"}]
    )
    assert isinstance(answer.choices[0].message.parsed, Trip)
    assert traced.tree() == [f"chat {MODEL}"]


def test_tokens_that_were_read_from_the_cache(traced: Recorder, client: Any, provider: Provider) -> None:
    """The models of older versions of the SDK do not have them; the wire does."""
    details = {"cached_tokens": 224}
    provider.say(
        Reply(
            usage={
                "prompt_tokens": 268,
                "completion_tokens": 5,
                "total_tokens": 273,
                "prompt_tokens_details": details,
            }
        )
    )
    client.chat.complete(model=MODEL, messages=HELLO)
    assert traced.attributes()["gen_ai.usage.cache_read.input_tokens"] == 224


def test_a_turn_of_tools(shown: Recorder, client: Any) -> None:
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    first = client.chat.complete(model=MODEL, messages=messages, tools=[WEATHER])
    (call,) = first.choices[0].message.tool_calls
    messages.append(first.choices[0].message)
    messages.append(
        {"role": "tool", "name": "get_weather", "tool_call_id": call.id, "content": '{"degrees": 18}'}
    )
    client.chat.complete(model=MODEL, messages=messages, tools=[WEATHER])
    one, two = (dict(span.attributes or {}) for span in shown.spans)
    made = {"type": "tool_call", "id": call.id, "name": "get_weather", "arguments": {"city": "Paris"}}
    assert (one["gen_ai.response.finish_reasons"], json.loads(one["gen_ai.tool.definitions"])) == (
        ("tool_call",),
        [{"type": "function", "name": "get_weather"}],
    )
    assert json.loads(one["gen_ai.output.messages"]) == [
        {"role": "assistant", "parts": [made], "finish_reason": "tool_call"}
    ]
    assert json.loads(two["gen_ai.input.messages"])[1:] == [
        {"role": "assistant", "parts": [made]},
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": call.id, "response": {"degrees": 18}}],
        },
    ]


def test_content_is_read_when_it_is_asked_for(
    shown: Recorder, client: Any, provider: Provider, modern: None
) -> None:
    provider.say(Reply(text="Good day"))
    client.chat.complete(
        model=MODEL,
        messages=[
            {"role": "system", "content": "Be kind"},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "See"},
                    {"type": "image_url", "image_url": "https://a.test/b.png"},
                ],
            },
            {"role": "assistant", "content": "I see", "prefix": True},
        ],
    )
    found = shown.attributes()
    assert json.loads(found["gen_ai.input.messages"]) == [
        {"role": "system", "parts": [{"type": "text", "content": "Be kind"}]},
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "See"},
                {"type": "uri", "modality": "image", "uri": "https://a.test/b.png"},
            ],
        },
        {"role": "assistant", "parts": [{"type": "text", "content": "I see"}]},
    ]
    assert json.loads(found["gen_ai.output.messages"]) == [
        {"role": "assistant", "parts": [{"type": "text", "content": "Good day"}], "finish_reason": "stop"}
    ]


def test_thoughts_are_reasoning(shown: Recorder, client: Any, provider: Provider, modern: None) -> None:
    provider.say(Reply(text="Four", reasoning="Two and two"))
    client.chat.complete(model="magistral-medium-latest", messages=HELLO)
    (message,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert message["parts"] == [
        {"type": "reasoning", "content": "Two and two"},
        {"type": "text", "content": "Four"},
    ]


def test_no_content_without_being_asked(traced: Recorder, client: Any, provider: Provider) -> None:
    provider.say(Reply(tool_calls=[ToolCall("SECRET", {"city": "SECRET"})]))
    client.chat.complete(model=MODEL, messages=[{"role": "user", "content": "SECRET"}], tools=[WEATHER])
    assert "SECRET" not in traced.everything()
