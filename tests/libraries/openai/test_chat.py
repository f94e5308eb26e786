# SPDX-License-Identifier: Apache-2.0
"""Chat completions, whole: the span of each kind of question and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
from opentelemetry.trace import SpanKind, StatusCode

from asking import ANSWERED, HELLO, used
from spanwright.console.provider import Provider, Reply, ToolCall

if TYPE_CHECKING:
    from harness import Recorder

WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}


def test_a_call_is_one_client_span_with_all_it_is_known_by(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    """Status stays unset on success, and the kind is the conventions' own."""
    answer = client.chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    span = traced.one()
    assert (span.name, span.kind, span.status.status_code) == (
        "chat gpt-4o-mini",
        SpanKind.CLIENT,
        StatusCode.UNSET,
    )
    assert traced.attributes() == {**ANSWERED, **server, **used(answer)}


async def test_an_awaited_call_tells_the_same(
    traced: Recorder, aclient: openai.AsyncOpenAI, server: dict[str, Any]
) -> None:
    answer = await aclient.chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    assert traced.one().name == "chat gpt-4o-mini"
    assert traced.attributes() == {**ANSWERED, **server, **used(answer)}


def test_a_coroutine_that_is_never_awaited_is_no_call(traced: Recorder, aclient: openai.AsyncOpenAI) -> None:
    aclient.chat.completions.create(model="gpt-4o-mini", messages=HELLO).close()
    assert traced.tree() == []


def test_what_was_asked_for_is_told(traced: Recorder, client: openai.OpenAI, server: dict[str, Any]) -> None:
    answer = client.chat.completions.create(
        model="gpt-4o-mini",
        messages=HELLO,
        max_completion_tokens=500,
        temperature=0,
        top_p=0.9,
        frequency_penalty=0.1,
        presence_penalty=0.2,
        seed=7,
        stop=["END", "STOP"],
        response_format={"type": "text"},
        reasoning_effort="low",
        service_tier="flex",
    )
    assert answer.usage is not None
    assert answer.usage.completion_tokens_details is not None
    assert traced.attributes() == {
        **ANSWERED,
        **server,
        **used(answer),
        "gen_ai.output.type": "text",
        "gen_ai.request.max_tokens": 500,
        "gen_ai.usage.reasoning.output_tokens": answer.usage.completion_tokens_details.reasoning_tokens,
        "gen_ai.request.temperature": 0.0,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.frequency_penalty": 0.1,
        "gen_ai.request.presence_penalty": 0.2,
        "gen_ai.request.reasoning.level": "low",
        "gen_ai.request.seed": 7,
        "gen_ai.request.stop_sequences": ["END", "STOP"],
        "openai.request.service_tier": "flex",
        "openai.response.service_tier": "flex",
    }


def test_a_body_given_beside_the_arguments_counts_too(traced: Recorder, client: openai.OpenAI) -> None:
    """`extra_body` overrides what the method set, on the wire and so in the span."""
    client.chat.completions.create(
        model="gpt-4o-mini", messages=HELLO, extra_body={"model": "gpt-4o", "temperature": 0.5}
    )
    assert traced.one().name == "chat gpt-4o"
    assert traced.attributes()["gen_ai.request.temperature"] == 0.5


def test_the_automatic_service_tier_is_not_told(traced: Recorder, client: openai.OpenAI) -> None:
    client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, service_tier="auto")
    assert "openai.request.service_tier" not in traced.attributes()


def test_several_choices_have_a_finish_reason_each_and_their_usage_once(
    traced: Recorder, client: openai.OpenAI
) -> None:
    """Usage once per call, however many candidates."""
    answer = client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, n=3)
    assert answer.usage is not None
    found = traced.attributes()
    assert found["gen_ai.request.choice.count"] == 3
    assert found["gen_ai.response.finish_reasons"] == ["stop", "stop", "stop"]
    assert found["gen_ai.usage.output_tokens"] == answer.usage.completion_tokens
    (point,) = [
        p for p in traced.points("gen_ai.client.token.usage") if p.labels["gen_ai.token.type"] == "output"
    ]
    assert (point.sum, point.count) == (answer.usage.completion_tokens, 1)


def test_parallel_tool_calls_are_one_choice_that_ends_in_a_call(
    traced: Recorder, client: openai.OpenAI
) -> None:
    answer = client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": "What is the weather in Paris and in Rome?"}],
        tools=[WEATHER],
    )
    assert len(answer.choices[0].message.tool_calls or ()) == 2
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["tool_call"]


def test_the_legacy_function_call_ends_in_a_call_too(
    traced: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("get_weather", {"city": "Rome"}, kind="legacy")]))
    client.chat.completions.create(
        model="gpt-4o-mini", messages=HELLO, functions=[WEATHER["function"]], function_call="auto"
    )
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["tool_call"]


def test_tokens_read_from_the_cache_are_a_part_of_the_input(traced: Recorder, client: openai.OpenAI) -> None:
    long: list[Any] = [{"role": "user", "content": "Please remember these words well. " * 300}]
    client.chat.completions.create(model="gpt-4o-mini", messages=long)
    answer = client.chat.completions.create(model="gpt-4o-mini", messages=long)
    assert answer.usage is not None
    assert answer.usage.prompt_tokens_details is not None
    first, second = (dict(span.attributes or {}) for span in traced.spans)
    assert "gen_ai.usage.cache_read.input_tokens" not in first
    assert second["gen_ai.usage.cache_read.input_tokens"] == answer.usage.prompt_tokens_details.cached_tokens
    assert second["gen_ai.usage.input_tokens"] == answer.usage.prompt_tokens


def test_reasoning_tokens_are_a_part_of_the_output(traced: Recorder, client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="o4-mini", messages=HELLO, reasoning_effort="high")
    assert answer.usage is not None
    assert answer.usage.completion_tokens_details is not None
    found = traced.attributes()
    assert (
        found["gen_ai.usage.reasoning.output_tokens"]
        == answer.usage.completion_tokens_details.reasoning_tokens
    )
    assert found["gen_ai.usage.output_tokens"] == answer.usage.completion_tokens


def test_a_turn_of_tools_is_two_calls(traced: Recorder, client: openai.OpenAI) -> None:
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    first = client.chat.completions.create(model="gpt-4o-mini", messages=messages, tools=[WEATHER])
    (call,) = first.choices[0].message.tool_calls or ()
    messages += [first.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "18 degrees"}]
    client.chat.completions.create(model="gpt-4o-mini", messages=messages, tools=[WEATHER])
    assert [list((span.attributes or {})["gen_ai.response.finish_reasons"]) for span in traced.spans] == [
        ["tool_call"],
        ["stop"],
    ]
