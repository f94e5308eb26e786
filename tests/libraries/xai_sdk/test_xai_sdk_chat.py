# SPDX-License-Identifier: Apache-2.0
"""Chats, sampled, parsed, deferred and compacted, sync and async: what their span says."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import xai_sdk
from pydantic import BaseModel, ValidationError
from xai_sdk.chat import system, user

from wires.xai import answer, said

if TYPE_CHECKING:
    from harness import Recorder
    from wires.xai import Xai

MODEL = "grok-4"
ASKED: dict[str, Any] = {"model": MODEL, "messages": [system("Be kind"), user("Hello SECRET")]}
SOON = {"timeout": dt.timedelta(seconds=30), "interval": dt.timedelta(milliseconds=1)}
FACTS = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "x_ai",
    "gen_ai.request.model": MODEL,
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.response.id": "resp_1",
    "gen_ai.response.model": "grok-4-0709",
    "gen_ai.usage.cache_read.input_tokens": 4,
    "gen_ai.usage.input_tokens": 12,
    "gen_ai.usage.output_tokens": 8,
    "gen_ai.usage.reasoning.output_tokens": 3,
}


class Greeting(BaseModel):
    """What is asked for."""

    text: str


def test_a_sampled_chat_is_one_span(traced: Recorder, client: xai_sdk.Client, server: dict[str, Any]) -> None:
    response = client.chat.create(**ASKED).sample()
    assert response.content == "Hello from Grok"
    assert traced.tree() == ["chat grok-4"]
    assert traced.attributes() == {**FACTS, **server}


async def test_an_asynchronous_chat_is_the_same(
    traced: Recorder, aclient: xai_sdk.AsyncClient, server: dict[str, Any]
) -> None:
    response = await aclient.chat.create(**ASKED).sample()
    assert response.content == "Hello from Grok"
    assert traced.attributes() == {**FACTS, **server}


def test_settings_are_attributes(traced: Recorder, client: xai_sdk.Client) -> None:
    client.chat.create(
        **ASKED,
        max_tokens=50,
        temperature=0.7,
        top_p=0.9,
        seed=7,
        stop=["END"],
        frequency_penalty=0.1,
        presence_penalty=0.2,
        reasoning_effort="high",
        response_format="json_object",
    ).sample()
    found = traced.attributes()
    assert {key: value for key, value in found.items() if key not in FACTS} == {
        "gen_ai.output.type": "json",
        "gen_ai.request.frequency_penalty": 0.1,
        "gen_ai.request.max_tokens": 50,
        "gen_ai.request.presence_penalty": 0.2,
        "gen_ai.request.reasoning.level": "high",
        "gen_ai.request.seed": 7,
        "gen_ai.request.stop_sequences": ["END"],
        "gen_ai.request.temperature": 0.7,
        "gen_ai.request.top_p": 0.9,
        "server.address": "localhost",
        "server.port": found["server.port"],
    }


def test_a_temperature_of_zero_is_told(traced: Recorder, client: xai_sdk.Client) -> None:
    client.chat.create(**ASKED, temperature=0.0).sample()
    assert traced.attributes()["gen_ai.request.temperature"] == 0


def test_the_conversation_is_told(traced: Recorder, client: xai_sdk.Client) -> None:
    client.chat.create(**ASKED, conversation_id="conv_1", previous_response_id="resp_0").sample()
    found = traced.attributes()
    assert found["gen_ai.conversation.id"] == "conv_1"
    assert found["gen_ai.request.previous_response.id"] == "resp_0"


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_a_batch_has_a_finish_reason_a_choice(traced: Recorder, client: xai_sdk.Client) -> None:
    assert len(client.chat.create(**ASKED).sample_batch(2)) == 2
    found = traced.attributes()
    assert found["gen_ai.request.choice.count"] == 2
    assert found["gen_ai.response.finish_reasons"] == ["stop", "stop"]


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
async def test_an_asynchronous_batch_takes_its_number_by_name(
    traced: Recorder, aclient: xai_sdk.AsyncClient
) -> None:
    await aclient.chat.create(**ASKED).sample_batch(n=2)
    assert traced.attributes()["gen_ai.request.choice.count"] == 2


def test_a_parsed_chat_is_one_span(traced: Recorder, client: xai_sdk.Client, provider: Xai) -> None:
    provider.say(answer(said('{"text": "hi"}')))
    _, parsed = client.chat.create(**ASKED).parse(Greeting)
    assert parsed == Greeting(text="hi")
    found = traced.attributes()
    assert (found["gen_ai.output.type"], found["gen_ai.usage.output_tokens"]) == ("json", 8)


def test_an_answer_that_cannot_be_parsed_is_an_error_with_its_usage(
    traced: Recorder, client: xai_sdk.Client
) -> None:
    with pytest.raises(ValidationError):
        client.chat.create(**ASKED).parse(Greeting)
    found = traced.attributes()
    assert (found["error.type"], found["gen_ai.usage.input_tokens"]) == (
        "pydantic_core._pydantic_core.ValidationError",
        12,
    )


async def test_an_asynchronous_parsed_chat_is_one_span(
    traced: Recorder, aclient: xai_sdk.AsyncClient, provider: Xai
) -> None:
    provider.say(answer(said('{"text": "hi"}')))
    await aclient.chat.create(**ASKED).parse(Greeting)
    assert traced.tree() == ["chat grok-4"]


def test_a_deferred_chat_is_one_span_over_its_polls(traced: Recorder, client: xai_sdk.Client) -> None:
    assert client.chat.create(**ASKED).defer(**SOON).content == "Hello from Grok"
    assert traced.attributes()["gen_ai.usage.input_tokens"] == 12


async def test_an_asynchronous_deferred_chat_is_one_span(
    traced: Recorder, aclient: xai_sdk.AsyncClient
) -> None:
    await aclient.chat.create(**ASKED).defer(**SOON)
    assert traced.tree() == ["chat grok-4"]


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_a_deferred_batch_has_a_finish_reason_a_choice(traced: Recorder, client: xai_sdk.Client) -> None:
    client.chat.create(**ASKED).defer_batch(2, **SOON)
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["stop", "stop"]


def test_compaction_is_counted(traced: Recorder, client: xai_sdk.Client) -> None:
    chat = client.chat.create(**ASKED)
    chat.compact()
    client.chat.compact_context(MODEL, ASKED["messages"])
    assert traced.tree() == ["chat grok-4"] * 2
    assert [(span.attributes or {})["gen_ai.usage.input_tokens"] for span in traced.spans] == [12, 12]


def test_a_stored_completion_is_fetched(
    traced: Recorder, client: xai_sdk.Client, server: dict[str, Any]
) -> None:
    client.chat.get_stored_completion("resp_1")
    found = traced.attributes()
    assert traced.tree() == ["fetch_response"]
    assert "gen_ai.usage.input_tokens" not in found
    assert found.items() >= {"gen_ai.response.id": "resp_1", **server}.items()


def test_tokens_are_metric_points(traced: Recorder, client: xai_sdk.Client) -> None:
    client.chat.create(**ASKED).sample()
    found = {
        point.labels["gen_ai.token.type"]: point.sum for point in traced.points("gen_ai.client.token.usage")
    }
    assert found == {"input": 12, "output": 8}


def test_an_empty_usage_is_no_usage(traced: Recorder, client: xai_sdk.Client, provider: Xai) -> None:
    provider.say(answer(usage={}))
    client.chat.create(**ASKED).sample()
    assert "gen_ai.usage.input_tokens" not in traced.attributes()


def test_reasoning_within_the_completion_is_counted_once(
    traced: Recorder, client: xai_sdk.Client, provider: Xai
) -> None:
    provider.say(
        answer(
            usage={
                "prompt_tokens": 12,
                "completion_tokens": 8,
                "reasoning_tokens": 3,
                "total_tokens": 20,
            }
        )
    )
    client.chat.create(**ASKED).sample()
    assert traced.attributes()["gen_ai.usage.output_tokens"] == 8


@pytest.mark.parametrize("status", ["UNAUTHENTICATED", "NOT_FOUND", "RESOURCE_EXHAUSTED", "INTERNAL"])
def test_a_refused_chat_is_an_error(traced: Recorder, client: xai_sdk.Client, status: str) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        client.chat.create(**{**ASKED, "model": f"error:{status}"}).sample()
    assert caught.value.code() is grpc.StatusCode[status]
    assert traced.attributes()["error.type"] == "grpc._channel._InactiveRpcError"
    assert "SECRET" not in traced.everything()


async def test_a_refused_asynchronous_chat_is_an_error(
    traced: Recorder, aclient: xai_sdk.AsyncClient
) -> None:
    with pytest.raises(grpc.RpcError):
        await aclient.chat.create(**{**ASKED, "model": "error:NOT_FOUND"}).sample()
    assert traced.attributes()["error.type"] == "grpc.aio._call.AioRpcError"


def test_the_request_and_the_answer_are_as_without_us(
    recorder: Recorder, client: xai_sdk.Client, provider: Xai
) -> None:
    from spanwright.instrumentors.xai_sdk import XaiInstrumentor

    bare = client.chat.create(**ASKED).sample()
    recorder.instrument(XaiInstrumentor())
    chat = client.chat.create(**ASKED)
    before = chat.proto.SerializeToString()
    ours = chat.sample()
    assert type(ours) is type(bare)
    assert ours.proto == bare.proto
    assert chat.proto.SerializeToString() == before
    (first, _), (second, _) = provider.requests
    assert first == second


def test_a_chat_without_messages_fails_as_without_us(traced: Recorder, client: xai_sdk.Client) -> None:
    with pytest.raises(ValueError, match="No messages"):
        client.chat.create(model=MODEL).sample()
    assert traced.attributes()["error.type"] == "ValueError"
