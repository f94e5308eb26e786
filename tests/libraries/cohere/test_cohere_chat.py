# SPDX-License-Identifier: Apache-2.0
"""Cohere's chat of both versions, whole: the span of each kind of question and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cohere
from dirty_equals import IsStr
from opentelemetry.trace import SpanKind, StatusCode

from asking import HELLO, WEATHER
from spanwright.console.provider import Provider, Reply, ToolCall

if TYPE_CHECKING:
    from harness import Recorder

ASK: dict[str, Any] = {"model": "command-a", "messages": HELLO}
SAY: dict[str, Any] = {"model": "command-r", "message": "Hello there"}
# What every answer of a chat tells.
ANSWERED = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "cohere",
    "gen_ai.request.model": "command-a",
    "gen_ai.response.id": IsStr(regex="[0-9a-f-]{36}"),
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 2,
    "gen_ai.usage.output_tokens": 27,
}
SAID = {**ANSWERED, "gen_ai.request.model": "command-r"}


def test_a_call_is_one_client_span_with_all_it_is_known_by(
    traced: Recorder, client: cohere.ClientV2, server: dict[str, Any]
) -> None:
    answer = client.chat(**ASK)
    span = traced.one()
    assert (span.name, span.kind, span.status.status_code) == (
        "chat command-a",
        SpanKind.CLIENT,
        StatusCode.UNSET,
    )
    assert traced.attributes() == {**ANSWERED, **server, "gen_ai.response.id": answer.id}


async def test_an_awaited_call_tells_the_same(
    traced: Recorder, aclient: cohere.AsyncClientV2, server: dict[str, Any]
) -> None:
    await aclient.chat(**ASK)
    assert traced.one().name == "chat command-a"
    assert traced.attributes() == {**ANSWERED, **server}


def test_a_call_of_version_1_tells_the_same(
    traced: Recorder, v1: cohere.Client, server: dict[str, Any]
) -> None:
    answer = v1.chat(**SAY)
    assert traced.one().name == "chat command-r"
    assert traced.attributes() == {**SAID, **server, "gen_ai.response.id": answer.generation_id}


async def test_an_awaited_call_of_version_1_tells_the_same(
    traced: Recorder, av1: cohere.AsyncClient, server: dict[str, Any]
) -> None:
    await av1.chat(**SAY)
    assert traced.attributes() == {**SAID, **server}


def test_version_2_of_a_client_of_version_1_is_traced_too(traced: Recorder, v1: cohere.Client) -> None:
    v1.v2.chat(**ASK)
    assert traced.tree() == ["chat command-a"]


def test_a_coroutine_that_is_never_awaited_is_no_call(
    traced: Recorder, aclient: cohere.AsyncClientV2
) -> None:
    aclient.chat(**ASK).close()
    assert traced.tree() == []


def test_what_was_asked_for_is_told(
    traced: Recorder, client: cohere.ClientV2, server: dict[str, Any]
) -> None:
    client.chat(
        **ASK,
        max_tokens=500,
        temperature=0,
        p=0.9,
        k=5,
        frequency_penalty=0.1,
        presence_penalty=0.2,
        seed=7,
        stop_sequences=["END", "STOP"],
        response_format={"type": "text"},
    )
    assert traced.attributes() == {
        **ANSWERED,
        **server,
        "gen_ai.output.type": "text",
        "gen_ai.request.max_tokens": 500,
        "gen_ai.request.temperature": 0.0,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.top_k": 5,
        "gen_ai.request.frequency_penalty": 0.1,
        "gen_ai.request.presence_penalty": 0.2,
        "gen_ai.request.seed": 7,
        "gen_ai.request.stop_sequences": ["END", "STOP"],
    }


def test_what_was_asked_for_in_version_1_is_told(
    traced: Recorder, v1: cohere.Client, server: dict[str, Any]
) -> None:
    v1.chat(
        **SAY,
        conversation_id="c-1",
        max_tokens=500,
        temperature=0,
        p=0.9,
        k=5,
        seed=7,
        stop_sequences=["END"],
        response_format={"type": "json_object"},
    )
    assert traced.attributes() == {
        **SAID,
        **server,
        "gen_ai.usage.output_tokens": traced.attributes()["gen_ai.usage.output_tokens"],
        "gen_ai.conversation.id": "c-1",
        "gen_ai.output.type": "json",
        "gen_ai.request.max_tokens": 500,
        "gen_ai.request.temperature": 0.0,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.top_k": 5,
        "gen_ai.request.seed": 7,
        "gen_ai.request.stop_sequences": ["END"],
    }


def test_a_body_given_beside_the_arguments_counts_too(traced: Recorder, client: cohere.ClientV2) -> None:
    client.chat(
        **ASK, request_options={"additional_body_parameters": {"model": "command-b", "temperature": 0.5}}
    )
    assert traced.one().name == "chat command-b"
    assert traced.attributes()["gen_ai.request.temperature"] == 0.5


def test_parallel_tool_calls_are_one_choice_that_ends_in_a_call(
    traced: Recorder, client: cohere.ClientV2
) -> None:
    answer = client.chat(
        model="command-a",
        messages=[{"role": "user", "content": "What is the weather in Paris and in Rome?"}],
        tools=[WEATHER],
    )
    assert len(answer.message.tool_calls or ()) == 2
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["tool_call"]


def test_a_turn_of_tools_is_two_calls(traced: Recorder, client: cohere.ClientV2) -> None:
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    first = client.chat(model="command-a", messages=messages, tools=[WEATHER])
    (call,) = first.message.tool_calls or ()
    messages += [first.message, {"role": "tool", "tool_call_id": call.id, "content": "18 degrees"}]
    client.chat(model="command-a", messages=messages, tools=[WEATHER])
    assert [list((span.attributes or {})["gen_ai.response.finish_reasons"]) for span in traced.spans] == [
        ["tool_call"],
        ["stop"],
    ]


def test_what_is_billed_is_counted_and_not_what_the_model_saw(
    traced: Recorder, client: cohere.ClientV2, provider: Provider
) -> None:
    usage = {
        "billed_units": {"input_tokens": 80, "output_tokens": 301},
        "tokens": {"input_tokens": 1494, "output_tokens": 330},
        "cached_tokens": 1008,
    }
    provider.say(Reply(text="Yes.", usage=usage))
    client.chat(**ASK)
    found = traced.attributes()
    assert (found["gen_ai.usage.input_tokens"], found["gen_ai.usage.output_tokens"]) == (80, 301)
    # More than what is billed: a part of what the model saw, and of nothing that is told here.
    assert "gen_ai.usage.cache_read.input_tokens" not in found


def test_what_the_model_saw_is_counted_where_nothing_is_billed(
    traced: Recorder, client: cohere.ClientV2, provider: Provider
) -> None:
    usage = {"tokens": {"input_tokens": 1494, "output_tokens": 330}, "cached_tokens": 1008}
    provider.say(Reply(text="Yes.", usage=usage))
    client.chat(**ASK)
    found = traced.attributes()
    assert (found["gen_ai.usage.input_tokens"], found["gen_ai.usage.output_tokens"]) == (1494, 330)
    assert found["gen_ai.usage.cache_read.input_tokens"] == 1008


def test_tokens_read_from_the_cache_are_a_part_of_the_input(
    traced: Recorder, client: cohere.ClientV2
) -> None:
    long: list[Any] = [{"role": "user", "content": "Please remember these words well. " * 300}]
    for _ in range(2):
        client.chat(model="command-a", messages=long)
    first, second = (dict(span.attributes or {}) for span in traced.spans)
    assert "gen_ai.usage.cache_read.input_tokens" not in first
    assert 0 < second["gen_ai.usage.cache_read.input_tokens"] <= second["gen_ai.usage.input_tokens"]


def test_an_answer_that_failed_is_an_error(
    traced: Recorder, client: cohere.ClientV2, provider: Provider
) -> None:
    provider.say(Reply(text="Ye", finish_reason="ERROR"))
    client.chat(**ASK)
    assert traced.one().status.status_code is StatusCode.ERROR
    found = traced.attributes()
    assert (found["error.type"], found["gen_ai.response.finish_reasons"]) == ("ERROR", ["error"])


def test_the_tokens_and_the_time_are_counted_once(traced: Recorder, client: cohere.ClientV2) -> None:
    client.chat(**ASK)
    counted = {
        point.labels["gen_ai.token.type"]: (point.sum, point.count)
        for point in traced.points("gen_ai.client.token.usage")
    }
    assert counted == {"input": (2, 1), "output": (27, 1)}
    (duration,) = traced.points("gen_ai.client.operation.duration")
    assert (duration.count, duration.labels["gen_ai.provider.name"]) == (1, "cohere")


def test_a_scripted_call_of_version_1_passes_its_parameters(
    shown: Recorder, v1: cohere.Client, provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("get_weather", {"city": "Rome"})]))
    tool: Any = {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameter_definitions": {"city": {"type": "str", "required": True}},
    }
    v1.chat(model="command-r", message="What is the weather in Rome?", tools=[tool])
    assert '"arguments":{"city":"Rome"}' in shown.attributes()["gen_ai.output.messages"]
