# SPDX-License-Identifier: Apache-2.0
"""A message, sync and async, whole and streamed: the span says what was asked and what was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic
import pytest
from dirty_equals import IsFloat, IsStr
from pydantic import BaseModel

from spanwright.console.provider import Reply
from spanwright.instrumentors.anthropic import AnthropicInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.console.provider import Provider


class Trip(BaseModel):
    """A structured answer."""

    city: str
    days: int


ASKED: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "Hello there"}],
}


def told(server: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        **server,
        "gen_ai.request.model": "claude-haiku-4-5",
        "gen_ai.request.max_tokens": 64,
        "gen_ai.response.id": IsStr(regex="msg_.+"),
        "gen_ai.response.model": "claude-haiku-4-5",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 27,
        **more,
    }


STREAMED = {"gen_ai.request.stream": True, "gen_ai.response.time_to_first_chunk": IsFloat(gt=0)}


def test_a_message(traced: Recorder, client: anthropic.Anthropic, server: dict[str, Any]) -> None:
    client.messages.create(**ASKED)
    assert traced.attributes("chat claude-haiku-4-5") == told(server)


async def test_a_message_asynchronously(
    traced: Recorder, aclient: anthropic.AsyncAnthropic, server: dict[str, Any]
) -> None:
    await aclient.messages.create(**ASKED)
    assert traced.attributes("chat claude-haiku-4-5") == told(server)


def test_a_streamed_message(traced: Recorder, client: anthropic.Anthropic, server: dict[str, Any]) -> None:
    assert list(client.messages.create(**ASKED, stream=True))
    assert traced.attributes() == told(server, **STREAMED)


async def test_a_streamed_message_asynchronously(
    traced: Recorder, aclient: anthropic.AsyncAnthropic, server: dict[str, Any]
) -> None:
    assert [event async for event in await aclient.messages.create(**ASKED, stream=True)]
    assert traced.attributes() == told(server, **STREAMED)


def test_a_stream_helper(traced: Recorder, client: anthropic.Anthropic, server: dict[str, Any]) -> None:
    with client.messages.stream(**ASKED) as stream:
        assert "".join(stream.text_stream).startswith("You said")
    assert traced.attributes() == told(server, **STREAMED)


def test_beta_messages(traced: Recorder, client: anthropic.Anthropic, server: dict[str, Any]) -> None:
    client.beta.messages.create(**ASKED, betas=["output-128k-2025-02-19"])
    assert traced.attributes() == told(server)


def test_every_setting_of_a_request(traced: Recorder, client: anthropic.Anthropic) -> None:
    """Version 2 has no keywords for sampling any more; the body takes what is given beside them."""
    client.messages.create(
        **ASKED,
        stop_sequences=["END"],
        extra_body={
            "temperature": 0.5,
            "top_p": 0.9,
            "top_k": 40,
            "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {}}},
        },
    )
    found = traced.attributes()
    assert {key: found[key] for key in found if key.startswith(("gen_ai.request", "gen_ai.output"))} == {
        "gen_ai.request.model": "claude-haiku-4-5",
        "gen_ai.request.max_tokens": 64,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.top_k": 40,
        "gen_ai.request.stop_sequences": ["END"],
        "gen_ai.request.reasoning.level": "low",
        "gen_ai.output.type": "json",
    }


def usage(recorder: Recorder) -> dict[str, Any]:
    found = recorder.spans[-1].attributes or {}
    return {key.removeprefix("gen_ai.usage."): found[key] for key in found if "usage" in key}


def test_input_tokens_hold_what_was_read_from_the_cache_and_written_to_it(
    traced: Recorder, client: anthropic.Anthropic
) -> None:
    long = {"type": "text", "text": "word " * 2000, "cache_control": {"type": "ephemeral"}}
    asked: Any = {**ASKED, "system": [long]}
    wrote = client.messages.create(**asked).usage
    assert usage(traced)["cache_write.input_tokens"] == wrote.cache_creation_input_tokens
    assert usage(traced)["input_tokens"] == wrote.input_tokens + (wrote.cache_creation_input_tokens or 0)
    with client.messages.stream(**asked) as stream:
        read = stream.get_final_message().usage
    assert usage(traced)["cache_read.input_tokens"] == read.cache_read_input_tokens
    assert usage(traced)["input_tokens"] == read.input_tokens + (read.cache_read_input_tokens or 0)


def test_thinking_costs_reasoning_tokens(traced: Recorder, client: anthropic.Anthropic) -> None:
    asked: Any = {**ASKED, "thinking": {"type": "enabled", "budget_tokens": 1024}}
    client.messages.create(**asked)
    assert usage(traced)["reasoning.output_tokens"] > 0
    list(client.messages.create(**asked, stream=True))
    assert usage(traced)["reasoning.output_tokens"] > 0


def test_the_output_tokens_of_a_stream_are_those_of_its_last_event(
    traced: Recorder, client: anthropic.Anthropic, provider: Provider
) -> None:
    """The first event says one token, and the counts are cumulative: nothing is to be added up."""
    provider.say(Reply(text="Hi", usage={"input_tokens": 5, "output_tokens": 2}))
    list(client.messages.create(**ASKED, stream=True))
    assert usage(traced) == {"input_tokens": 5, "output_tokens": 2}


def test_counting_tokens_is_no_model_call(traced: Recorder, client: anthropic.Anthropic) -> None:
    assert client.messages.count_tokens(model="m", messages=ASKED["messages"]).input_tokens > 0
    assert traced.spans == []


def test_a_batch_is_no_model_call(traced: Recorder, client: anthropic.Anthropic) -> None:
    assert client.messages.batches.create(requests=[{"custom_id": "a", "params": ASKED}]).id
    assert traced.spans == []


def test_a_call_is_counted_once(traced: Recorder, client: anthropic.Anthropic) -> None:
    client.messages.create(**ASKED)
    assert [
        (point.metric, point.labels.get("gen_ai.token.type"), point.count)
        for point in sorted(traced.points(), key=lambda each: (each.metric, str(each.labels)))
    ] == [
        ("gen_ai.client.operation.duration", None, 1),
        ("gen_ai.client.token.usage", "input", 1),
        ("gen_ai.client.token.usage", "output", 1),
    ]


def test_http_requests_are_children_of_the_call(recorder: Recorder, client: anthropic.Anthropic) -> None:
    recorder.instrument(HttpxInstrumentor(), AnthropicInstrumentor())
    with recorder.tracer_provider.get_tracer("app").start_as_current_span("ask"):
        client.messages.create(**ASKED)
        with client.messages.stream(**ASKED) as stream:
            stream.until_done()
    assert recorder.tree() == [
        "ask",
        "  chat claude-haiku-4-5",
        "    POST",
        "  chat claude-haiku-4-5",
        "    POST",
    ]


def test_a_parsed_message(traced: Recorder, client: anthropic.Anthropic) -> None:
    answer: Any = client.messages.parse(
        model="claude-haiku-4-5",
        max_tokens=64,
        messages=[{"role": "user", "content": "Plan a trip to Rome for 3 days"}],
        output_format=Trip,
    )
    assert isinstance(answer.parsed_output, Trip)
    assert traced.attributes()["gen_ai.output.type"] == "json"


@pytest.mark.parametrize("form", ["with_raw_response", "with_streaming_response"])
@pytest.mark.parametrize("stream", [False, True])
def test_raw_responses(
    traced: Recorder, client: anthropic.Anthropic, server: dict[str, Any], form: str, stream: bool
) -> None:
    made = getattr(client.messages, form).create(**ASKED, stream=stream)
    if form == "with_raw_response":
        read(made.parse(), stream)
    else:
        with made as response:
            read(response.parse(), stream)
    assert traced.attributes() == told(server, **(STREAMED if stream else {}))


def read(value: Any, stream: bool) -> None:
    assert list(value) if stream else value.content


def test_a_raw_response_that_is_never_parsed(traced: Recorder, client: anthropic.Anthropic) -> None:
    response = client.messages.with_raw_response.create(**ASKED)
    assert response.http_response.json()["type"] == "message"
    assert traced.attributes()["gen_ai.usage.output_tokens"] == 27
