# SPDX-License-Identifier: Apache-2.0
"""Scripted replies: what is said, what is sent, and when."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import openai
import pytest

from provider.offers import user
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

RAW = '{"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[]}'


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as made:
        yield made


def ask(client: openai.OpenAI, text: str = "Hi") -> Any:
    return client.chat.completions.create(model="gpt-4o", messages=user(text))


def ask_stream(client: openai.OpenAI) -> Any:
    return client.chat.completions.create(model="gpt-4o", messages=user("Hi"), stream=True)


def test_replies_are_used_up_in_order_then_the_default_returns(
    client: openai.OpenAI, provider: Provider
) -> None:
    provider.say(Reply(text="one"), Reply(text="two"))
    assert [ask(client).choices[0].message.content for _ in range(2)] == ["one", "two"]
    assert provider.unsaid == 0
    assert "Hi" in ask(client).choices[0].message.content


def test_a_script_can_be_given_at_the_start() -> None:
    with (
        Provider(script=[Reply(text="one")]) as provider,
        openai.OpenAI(base_url=provider.base_url, api_key="test-key") as client,
    ):
        assert ask(client).choices[0].message.content == "one"


def test_model_finish_and_usage_can_be_replaced(client: openai.OpenAI, provider: Provider) -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
    provider.say(Reply(text="", model="gpt-9", finish_reason="content_filter", usage=usage))
    completion = ask(client)
    assert (completion.model, completion.choices[0].finish_reason) == ("gpt-9", "content_filter")
    assert completion.usage.model_dump(exclude_none=True) == usage


def test_an_error_and_its_body_can_be_scripted(client: openai.OpenAI, provider: Provider) -> None:
    provider.say(Reply(error=429, headers={"x-note": "1"}), Reply(error=400, body={"error": {"code": "odd"}}))
    with pytest.raises(openai.RateLimitError) as limited:
        ask(client)
    assert limited.value.response.headers["x-note"] == "1"
    with pytest.raises(openai.BadRequestError) as bad:
        ask(client)
    assert bad.value.code == "odd"


def test_a_raw_body_and_a_raw_stream_are_sent_as_they_are(client: openai.OpenAI, provider: Provider) -> None:
    provider.say(
        Reply(body={"id": "mine", "choices": []}), Reply(events=[": ping", f"data: {RAW}", "data: [DONE]"])
    )
    assert ask(client).id == "mine"
    assert [chunk.id for chunk in ask_stream(client)] == ["x"]


def test_an_answer_can_be_held_before_its_headers(
    client: openai.OpenAI, provider: Provider, pool: ThreadPoolExecutor
) -> None:
    event = threading.Event()
    provider.say(Reply(text="late", hold=event))
    asked = pool.submit(ask, client)
    assert provider.wait(1).fields["model"] == "gpt-4o"
    assert not asked.done()
    event.set()
    assert asked.result().choices[0].message.content == "late"


def test_a_stream_can_be_held_before_a_chunk(client: openai.OpenAI, provider: Provider) -> None:
    event = threading.Event()
    provider.say(Reply(text="one two", hold=event, hold_at=2))
    stream = ask_stream(client)
    assert [next(stream).choices[0].delta.content for _ in range(2)] == ["", "one"]
    event.set()
    assert next(stream).choices[0].delta.content == " two"
    stream.close()


def test_the_connection_can_be_cut_after_a_chunk(client: openai.OpenAI, provider: Provider) -> None:
    provider.say(Reply(text="one two", cut_after=1))
    stream = ask_stream(client)
    next(stream)
    with pytest.raises(openai.APIConnectionError):
        next(stream)


def test_the_connection_can_be_dropped_before_the_answer(client: openai.OpenAI, provider: Provider) -> None:
    provider.say(Reply(drop=True))
    with pytest.raises(openai.APIConnectionError):
        ask(client)
    assert ask(client).id


def test_a_reply_can_wait_for_its_path(client: openai.OpenAI, provider: Provider) -> None:
    provider.say(Reply(path="/weather", error=503), Reply(path="/embeddings", error=500), Reply(text="mine"))
    assert ask(client).choices[0].message.content == "mine"
    assert httpx.get(f"{provider.url}/weather?city=Paris").status_code == 503
    assert httpx.get(f"{provider.url}/weather?city=Paris").status_code == 200
    with pytest.raises(openai.InternalServerError):
        client.embeddings.create(model="text-embedding-3-small", input="Hi")


def test_a_provider_that_stops_lets_go_of_what_it_holds(pool: ThreadPoolExecutor) -> None:
    with Provider(script=[Reply(hold=threading.Event())]) as provider:
        asked = pool.submit(httpx.post, f"{provider.base_url}/chat/completions", json={"model": "m"})
        provider.wait(1)
    assert asked.exception() is None or isinstance(asked.exception(), httpx.TransportError)


def test_requests_in_parallel_each_get_their_answer(client: openai.OpenAI, pool: ThreadPoolExecutor) -> None:
    answers = list(pool.map(lambda number: ask(client, f"number {number}"), range(24)))
    assert all(f"number {at}" in answer.choices[0].message.content for at, answer in enumerate(answers))
    assert len({answer.id for answer in answers}) == 24
