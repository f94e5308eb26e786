# SPDX-License-Identifier: Apache-2.0
"""Chats of SDKs that speak OpenAI's protocol: the span of each kind of question and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dirty_equals import IsStr
from opentelemetry.trace import SpanKind, StatusCode

from alike.sdk import SDK
from asking import WEATHER
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder


def used(answer: Any) -> dict[str, Any]:
    """Return the id and the token counts of an answer as attributes."""
    return {
        "gen_ai.response.id": answer.id,
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": answer.usage.completion_tokens,
    }


def test_a_call_is_one_client_span_with_all_it_is_known_by(
    sdk: SDK, traced: Recorder, client: Any, server: dict[str, Any]
) -> None:
    answer = sdk.chat(client)
    span = traced.one()
    assert (span.name, span.kind, span.status.status_code) == (sdk.name, SpanKind.CLIENT, StatusCode.UNSET)
    assert traced.attributes() == {**sdk.answer, **server, **used(answer)}


async def test_an_awaited_call_tells_the_same(
    sdk: SDK, traced: Recorder, aclient: Any, server: dict[str, Any]
) -> None:
    answer = await sdk.chat(aclient)
    assert traced.one().name == sdk.name
    assert traced.attributes() == {**sdk.answer, **server, **used(answer)}


def test_what_was_asked_for_is_told(sdk: SDK, traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    answer = sdk.chat(
        client,
        max_tokens=500,
        temperature=0,
        top_p=0.9,
        stop=["END", "STOP"],
        response_format={"type": "text"},
        extra_body={"seed": 7},
    )
    assert traced.attributes() == {
        **sdk.answer,
        **server,
        **used(answer),
        "gen_ai.output.type": "text",
        "gen_ai.request.max_tokens": 500,
        "gen_ai.request.seed": 7,
        "gen_ai.request.temperature": 0.0,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.stop_sequences": ["END", "STOP"],
    }


def test_tools_called_in_parallel_are_one_choice_that_ends_in_a_call(
    sdk: SDK, traced: Recorder, client: Any
) -> None:
    question = [{"role": "user", "content": "What is the weather in Paris and in Rome?"}]
    answer = sdk.chat(client, messages=question, tools=[WEATHER])
    assert len(answer.choices[0].message.tool_calls) == 2
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["tool_call"]


def test_cached_and_reasoning_tokens_are_parts_of_the_totals(
    sdk: SDK, traced: Recorder, client: Any, provider: Provider
) -> None:
    details = {"prompt_tokens_details": {"cached_tokens": 30}}
    if sdk.provider not in ("together_ai", "fireworks"):
        details["completion_tokens_details"] = {"reasoning_tokens": 8}
    provider.say(Reply(usage={"prompt_tokens": 40, "completion_tokens": 20, "total_tokens": 60, **details}))
    sdk.chat(client)
    found = {key: value for key, value in traced.attributes().items() if ".usage." in key}
    reasoning = {"gen_ai.usage.reasoning.output_tokens": 8} if "completion_tokens_details" in details else {}
    assert found == {
        "gen_ai.usage.input_tokens": 40,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 30,
        **reasoning,
    }


def test_the_usage_is_counted_once(sdk: SDK, traced: Recorder, client: Any) -> None:
    answer = sdk.chat(client)
    found = {
        point.labels["gen_ai.token.type"]: (point.sum, point.count)
        for point in traced.points("gen_ai.client.token.usage")
    }
    assert found == {
        "input": (answer.usage.prompt_tokens, 1),
        "output": (answer.usage.completion_tokens, 1),
    }


def test_the_duration_is_counted_once_with_the_calls_labels(
    sdk: SDK, traced: Recorder, client: Any, server: dict[str, Any]
) -> None:
    sdk.chat(client)
    (point,) = traced.points("gen_ai.client.operation.duration")
    assert point.count == 1
    assert point.labels == {**sdk.asked, **server, "gen_ai.response.model": sdk.answered or sdk.model}


def test_retries_of_the_sdk_are_one_call(
    sdk: SDK, traced: Recorder, provider: Provider, making: Callable[..., Any]
) -> None:
    with making(max_retries=1) as client:
        sdk.chat(client, model="flaky:500")
    assert len([each for each in provider.requests if each.method == "POST"]) == 2
    assert traced.tree() == ["chat flaky:500"]
    assert traced.attributes()["gen_ai.response.id"] == IsStr()
