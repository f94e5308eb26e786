# SPDX-License-Identifier: Apache-2.0
"""Chat completions, read by the real SDK."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import openai
import pytest

from provider.offers import BOTH, CHAT_TOOLS, WEATHER, Trip, user
from spanwright.console.provider import Provider, Reply, ToolCall

if TYPE_CHECKING:
    from openai.types.completion_usage import CompletionUsage


def adds_up(usage: CompletionUsage | None) -> bool:
    assert usage
    assert usage.prompt_tokens_details
    assert usage.completion_tokens_details
    assert (usage.prompt_tokens_details.cached_tokens or 0) <= usage.prompt_tokens
    assert (usage.completion_tokens_details.reasoning_tokens or 0) <= usage.completion_tokens
    return usage.total_tokens == usage.prompt_tokens + usage.completion_tokens > 0


def test_a_plain_answer_is_a_whole_completion(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(model="gpt-4o-mini", messages=user("Hello there"))
    assert completion.object == "chat.completion"
    assert completion.model == "gpt-4o-mini-2024-07-18"
    assert completion.id.startswith("chatcmpl-")
    assert completion.service_tier == "default"
    assert completion.choices[0].finish_reason == "stop"
    assert "Hello there" in (completion.choices[0].message.content or "")
    assert adds_up(completion.usage)


async def test_the_async_client_gets_the_same(async_client: openai.AsyncOpenAI) -> None:
    completion = await async_client.chat.completions.create(model="gpt-4o-mini", messages=user("Hello there"))
    assert adds_up(completion.usage)


def test_equal_providers_give_equal_answers_with_ids_of_their_own() -> None:
    def ask() -> list[tuple[str, int, str | None]]:
        with (
            Provider(created=7) as provider,
            openai.OpenAI(base_url=provider.base_url, api_key="k") as client,
        ):
            told = [client.chat.completions.create(model="gpt-4o", messages=user("Hi")) for _ in range(3)]
        return [(each.id, each.created, each.choices[0].message.content) for each in told]

    first, second = ask(), ask()
    assert first == second
    assert len({identity for identity, _, _ in first}) == 3
    assert {created for _, created, _ in first} == {7}


def test_two_tools_that_fit_are_called_in_parallel(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(model="gpt-4o", messages=user(BOTH), tools=CHAT_TOOLS)
    calls: Any = completion.choices[0].message.tool_calls
    assert [(call.function.name, json.loads(call.function.arguments)) for call in calls] == [
        ("get_weather", {"city": "Paris"}),
        ("get_local_time", {"city": "Tokyo"}),
    ]
    assert completion.choices[0].finish_reason == "tool_calls"
    assert completion.choices[0].message.content is None
    assert adds_up(completion.usage)


def test_the_answer_quotes_the_tool_results(client: openai.OpenAI) -> None:
    messages = user(BOTH)
    told = (
        client.chat.completions.create(model="gpt-4o", messages=messages, tools=CHAT_TOOLS).choices[0].message
    )
    calls: Any = told.tool_calls
    messages.append(told.model_dump(exclude_none=True))
    messages += [
        {"role": "tool", "tool_call_id": call.id, "content": result}
        for call, result in zip(calls, ('{"sky": "cloudy"}', "It is noon in Tokyo."), strict=True)
    ]
    answer = client.chat.completions.create(model="gpt-4o", messages=messages, tools=CHAT_TOOLS)
    assert answer.choices[0].message.content == "Here is what I found: sky cloudy. It is noon in Tokyo."
    assert answer.choices[0].finish_reason == "stop"


def test_without_parallel_calls_the_tools_are_called_in_turn(client: openai.OpenAI) -> None:
    messages = user(BOTH)
    called: list[str] = []
    for _ in range(3):
        told = client.chat.completions.create(
            model="gpt-4o", messages=messages, tools=CHAT_TOOLS, parallel_tool_calls=False
        )
        calls: Any = told.choices[0].message.tool_calls
        if not calls:
            break
        called += [call.function.name for call in calls]
        messages.append(told.choices[0].message.model_dump(exclude_none=True))
        messages.append({"role": "tool", "tool_call_id": calls[0].id, "content": "fine"})
    assert called == ["get_weather", "get_local_time"]


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        ("none", []),
        ("required", ["get_weather"]),
        ({"type": "function", "function": {"name": "get_local_time"}}, ["get_local_time"]),
    ],
)
def test_the_tool_choice_is_heeded(client: openai.OpenAI, choice: Any, called: list[str]) -> None:
    completion = client.chat.completions.create(
        model="gpt-4o", messages=user("Good morning"), tools=CHAT_TOOLS, tool_choice=choice
    )
    calls: Any = completion.choices[0].message.tool_calls or []
    assert [call.function.name for call in calls] == called


def test_a_custom_tool_takes_plain_text(client: openai.OpenAI) -> None:
    tool: Any = {"type": "custom", "custom": {"name": "run_query", "description": "Run a database query."}}
    completion = client.chat.completions.create(
        model="gpt-4o", messages=user("Run a database query for all users"), tools=[tool]
    )
    calls: Any = completion.choices[0].message.tool_calls
    assert (calls[0].type, calls[0].custom.name) == ("custom", "run_query")
    assert calls[0].custom.input == "Run a database query for all users"


def test_a_legacy_function_is_called_in_the_legacy_form(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="gpt-4", messages=user("Weather in Boston?"), functions=[WEATHER], function_call="auto"
    )
    call = completion.choices[0].message.function_call
    assert completion.choices[0].finish_reason == "function_call"
    assert call
    assert json.loads(call.arguments) == {"city": "Boston"}


def test_parse_gets_an_answer_that_is_valid_for_the_schema(client: openai.OpenAI) -> None:
    completion = client.chat.completions.parse(
        model="gpt-4o", messages=user("A trip to Rome for 3 days"), response_format=Trip
    )
    trip = completion.choices[0].message.parsed
    assert trip
    assert (trip.city, trip.days) == ("Rome", 3)


def test_a_refusal_has_no_content(client: openai.OpenAI) -> None:
    completion = client.chat.completions.parse(
        model="gpt-4o", messages=user("Please refuse to answer this"), response_format=Trip
    )
    assert completion.choices[0].message.refusal
    assert completion.choices[0].message.content is None
    assert completion.choices[0].message.parsed is None


def test_several_choices_share_one_usage(client: openai.OpenAI) -> None:
    one = client.chat.completions.create(model="gpt-4o", messages=user("Hi"))
    three = client.chat.completions.create(model="gpt-4o", messages=user("Hi"), n=3)
    assert one.usage
    assert three.usage
    assert [choice.index for choice in three.choices] == [0, 1, 2]
    assert three.usage.prompt_tokens == one.usage.prompt_tokens
    assert three.usage.completion_tokens == 3 * one.usage.completion_tokens


def test_an_answer_ends_at_the_token_limit(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(model="gpt-4o", messages=user("Hi"), max_completion_tokens=3)
    assert completion.choices[0].finish_reason == "length"
    assert completion.usage
    assert completion.usage.completion_tokens <= 3


def test_an_answer_ends_at_a_stop_sequence(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(model="gpt-4o", messages=user("Hi"), stop=[" model"])
    assert completion.choices[0].finish_reason == "stop"
    assert (completion.choices[0].message.content or "").endswith("reference")


def test_effort_costs_reasoning_tokens(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="gpt-5-nano", messages=user("Hi"), reasoning_effort="high"
    )
    assert completion.usage
    assert completion.usage.completion_tokens_details
    assert completion.usage.completion_tokens_details.reasoning_tokens == 256
    assert adds_up(completion.usage)


def test_a_long_prompt_is_cached_the_second_time(client: openai.OpenAI) -> None:
    messages: list[Any] = [{"role": "system", "content": "Be kind. " * 600}, *user("Hi")]
    first, second = (client.chat.completions.create(model="gpt-4o", messages=messages) for _ in range(2))
    other = client.chat.completions.create(model="gpt-4o-mini", messages=messages)
    cached = [each.usage.prompt_tokens_details.cached_tokens for each in (first, second, other)]  # type: ignore[union-attr]
    assert cached == [0, 1792, 0]
    assert all(adds_up(each.usage) for each in (first, second, other))


def test_images_and_audio_are_counted(client: openai.OpenAI) -> None:
    parts: list[Any] = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
    ]
    plain = client.chat.completions.create(model="gpt-4o", messages=user("What is this?"))
    rich = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": parts}])
    assert plain.usage
    assert rich.usage
    assert rich.usage.prompt_tokens == plain.usage.prompt_tokens + 86
    assert rich.usage.prompt_tokens_details
    assert rich.usage.prompt_tokens_details.audio_tokens == 1


def test_an_answer_can_be_spoken(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="gpt-4o-audio-preview",
        messages=user("Hi"),
        modalities=["text", "audio"],
        audio={"voice": "alloy", "format": "wav"},
    )
    spoken = completion.choices[0].message.audio
    assert spoken
    assert completion.choices[0].message.content is None
    assert base64.b64decode(spoken.data)
    assert completion.usage
    assert completion.usage.completion_tokens_details
    assert completion.usage.completion_tokens_details.audio_tokens
    assert adds_up(completion.usage)


def test_log_probabilities_join_to_the_text(client: openai.OpenAI) -> None:
    choice = client.chat.completions.create(
        model="gpt-4o", messages=user("Hi"), logprobs=True, top_logprobs=2
    ).choices[0]
    assert choice.logprobs
    assert choice.logprobs.content
    assert "".join(each.token for each in choice.logprobs.content) == choice.message.content
    assert {len(each.top_logprobs) for each in choice.logprobs.content} == {2}


def test_a_raw_response_has_the_headers_of_the_provider(client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(model="gpt-4o", messages=user("Hi"))
    assert raw.headers["openai-version"] == "2020-10-01"
    assert (raw.request_id or "").startswith("req_")
    assert raw.parse().choices[0].finish_reason == "stop"


def test_a_missing_parameter_is_named(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="gpt-4o", messages=[])
    assert caught.value.param == "messages"


def test_a_web_search_is_cited(client: openai.OpenAI) -> None:
    message = (
        client.chat.completions.create(
            model="gpt-4o-search-preview", messages=user("Hi"), web_search_options={}
        )
        .choices[0]
        .message
    )
    assert message.annotations
    assert message.annotations[0].url_citation.url == "https://example.com/reference"


def test_scripted_calls_are_made(provider: Provider, client: openai.OpenAI) -> None:
    provider.say(Reply(text="Let me see.", tool_calls=[ToolCall("look", {"at": 1}, id="call_1")]))
    choice = client.chat.completions.create(model="gpt-4o", messages=user("Hi")).choices[0]
    calls: Any = choice.message.tool_calls
    assert (choice.message.content, choice.finish_reason) == ("Let me see.", "tool_calls")
    assert (calls[0].id, calls[0].function.arguments) == ("call_1", '{"at":1}')


def test_reasoning_text_is_told_as_other_providers_do(provider: Provider, client: openai.OpenAI) -> None:
    provider.say(Reply(text="3", reasoning="Let me count."))
    message: Any = (
        client.chat.completions.create(model="deepseek-reasoner", messages=user("Count")).choices[0].message
    )
    assert message.reasoning_content == "Let me count."
