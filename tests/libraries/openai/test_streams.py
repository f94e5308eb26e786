# SPDX-License-Identifier: Apache-2.0
"""Streams that are read to their end: what the consumer holds is the SDK's own, and the span has it all."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import openai
import pytest
from dirty_equals import IsFloat

from asking import ANSWERED, HELLO
from spanwright.console.provider import Provider, Reply, ToolCall

if TYPE_CHECKING:
    from harness import Recorder

CHUNK = '{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[%s]}'
# What every stream of `gpt-4o-mini` that was read to its end tells.
STREAMED = {**ANSWERED, "gen_ai.request.stream": True, "gen_ai.response.time_to_first_chunk": IsFloat(gt=0)}


def chunk(delta: str = "{}", finish: str = "null", index: int = 0) -> str:
    """Return one event of a chat stream."""
    return "data: " + CHUNK % f'{{"index":{index},"delta":{delta},"finish_reason":{finish}}}'


def test_a_stream_is_one_span_that_ends_with_its_last_chunk(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    stream = client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True)
    first = next(stream)
    assert traced.tree() == []
    assert [first, *stream][-1].choices[0].finish_reason == "stop"
    assert traced.attributes() == {**STREAMED, **server}


async def test_an_asynchronous_stream_tells_the_same(
    traced: Recorder, aclient: openai.AsyncOpenAI, server: dict[str, Any]
) -> None:
    stream = await aclient.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True)
    assert [chunk async for chunk in stream]
    assert traced.attributes() == {**STREAMED, **server}


def test_the_usage_of_a_stream_comes_in_a_last_chunk_without_choices(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    stream = client.chat.completions.create(
        model="gpt-4o-mini", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    usage = list(stream)[-1].usage
    assert usage is not None
    assert traced.attributes() == {
        **STREAMED,
        **server,
        "gen_ai.usage.input_tokens": usage.prompt_tokens,
        "gen_ai.usage.output_tokens": usage.completion_tokens,
    }


def test_the_request_is_sent_as_it_was_made(
    traced: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    """No `stream_options` are forced on a stream, so the consumer gets no chunk that it did not ask for."""
    chunks = list(client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True))
    assert provider.requests[0].body == {"model": "gpt-4o-mini", "messages": HELLO, "stream": True}
    assert all(chunk.choices for chunk in chunks)
    assert "gen_ai.usage.input_tokens" not in traced.attributes()


def test_cumulative_usage_is_not_added_up(traced: Recorder, client: openai.OpenAI) -> None:
    """Some providers send the usage so far on every chunk: the last value wins."""
    chunks = list(client.chat.completions.create(model="odd:cumulative-usage", messages=HELLO, stream=True))
    usage = chunks[-1].usage
    assert usage is not None
    assert traced.attributes()["gen_ai.usage.output_tokens"] == usage.completion_tokens


def test_null_details_of_the_usage_are_tolerated(traced: Recorder, client: openai.OpenAI) -> None:
    options: Any = {"include_usage": True}
    list(
        client.chat.completions.create(
            model="odd:usage-null-details", messages=HELLO, stream=True, stream_options=options
        )
    )
    found = {key for key in traced.attributes() if key.startswith("gen_ai.usage.")}
    assert found == {"gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"}


def test_the_model_of_a_later_chunk_fills_what_the_first_lacks(
    traced: Recorder, client: openai.OpenAI
) -> None:
    chunks = list(
        client.chat.completions.create(model="odd:model-only-in-second-chunk", messages=HELLO, stream=True)
    )
    assert chunks[0].model == ""
    found = traced.attributes()
    assert found["gen_ai.response.model"] == chunks[1].model
    assert found["gen_ai.response.id"] == chunks[1].id


def test_a_streamed_call_tells_what_an_unstreamed_one_tells(traced: Recorder, client: openai.OpenAI) -> None:
    options: Any = {"include_usage": True}
    client.chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    list(
        client.chat.completions.create(
            model="gpt-4o-mini", messages=HELLO, stream=True, stream_options=options
        )
    )
    whole, streamed = (dict(span.attributes or {}) for span in traced.spans)
    assert set(streamed) - set(whole) == {"gen_ai.request.stream", "gen_ai.response.time_to_first_chunk"}
    varying = ("gen_ai.request.stream", "gen_ai.response.time_to_first_chunk", "gen_ai.response.id")
    assert {k: v for k, v in streamed.items() if k not in varying} == {
        k: v for k, v in whole.items() if k not in varying
    }


def test_each_choice_of_a_stream_has_its_finish_reason(traced: Recorder, client: openai.OpenAI) -> None:
    list(client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True, n=2))
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["stop", "stop"]


def test_choices_that_end_out_of_order_keep_their_places(
    traced: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    provider.say(
        Reply(
            events=[
                chunk("{}", '"length"', 1),
                chunk("{}", '"stop"', 0),
                chunk("{}", "null", 2),
                "data: [DONE]",
            ]
        )
    )
    list(client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True, n=3))
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["stop", "length", "error"]


def test_a_stream_of_calls_ends_in_a_call(
    traced: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    provider.say(
        Reply(tool_calls=[ToolCall("get_weather", {"city": "Rome"}), ToolCall("get_time", {"city": "Rome"})])
    )
    list(client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True))
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["tool_call"]


def test_the_stream_is_the_sdks_own_object(traced: Recorder, client: openai.OpenAI) -> None:
    """Not a proxy: its class, its response and headers, its close and its context manager."""
    stream = client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True)
    assert type(stream) is openai.Stream
    assert stream.response.headers["x-request-id"]
    with stream as held:
        assert held is stream
        assert list(held)
    assert stream.response.is_closed
    assert traced.tree() == ["chat gpt-4o-mini"]


async def test_the_asynchronous_stream_is_the_sdks_own_object(
    traced: Recorder, aclient: openai.AsyncOpenAI
) -> None:
    stream = await aclient.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True)
    assert type(stream) is openai.AsyncStream
    assert stream.response.headers["x-request-id"]
    async with stream as held:
        assert held is stream
        assert [chunk async for chunk in held]
    assert stream.response.is_closed
    assert traced.tree() == ["chat gpt-4o-mini"]


@pytest.mark.parametrize("model", ["odd:only-done", "odd:empty-body"])
def test_a_stream_without_a_chunk_ends_its_span(traced: Recorder, client: openai.OpenAI, model: str) -> None:
    assert list(client.chat.completions.create(model=model, messages=HELLO, stream=True)) == []
    found = traced.attributes()
    assert "error.type" not in found
    assert "gen_ai.response.time_to_first_chunk" not in found


def test_a_stream_without_a_finish_reason_ends_its_span(traced: Recorder, client: openai.OpenAI) -> None:
    assert list(client.chat.completions.create(model="odd:no-finish", messages=HELLO, stream=True))
    assert "gen_ai.response.finish_reasons" not in traced.attributes()


def test_a_chunk_is_handed_on_before_the_next_one_is_sent(
    traced: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    """Nothing is buffered: the first chunk is here while the provider still holds the second one back."""
    held = threading.Event()
    provider.say(Reply(text="one two", hold=held, hold_at=1))
    stream = client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True)
    assert next(stream).choices
    held.set()
    assert list(stream)
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_the_span_ends_when_the_last_chunk_came_not_when_the_consumer_was_done(
    traced: Recorder, client: openai.OpenAI
) -> None:
    stream = client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True)
    chunks = list(stream)
    ended = traced.one().end_time
    stream.close()
    assert chunks
    assert traced.one().end_time == ended


@pytest.mark.parametrize(
    "model",
    ["odd:tool-delta-no-index", "odd:tool-delta-null-arguments", "odd:tool-delta-same-index-two-ids"],
)
def test_odd_deltas_of_tool_calls_stay_two_calls(shown: Recorder, client: openai.OpenAI, model: str) -> None:
    """Index left out, repeated for two ids, or null where arguments should be: no exception and no merge."""
    list(client.chat.completions.create(model=model, messages=HELLO, stream=True))
    assert shown.attributes()["gen_ai.output.messages"].count('"type":"tool_call"') == 2


def test_an_unknown_member_of_a_delta_passes(traced: Recorder, client: openai.OpenAI) -> None:
    chunks = list(client.chat.completions.create(model="odd:unknown-part", messages=HELLO, stream=True))
    assert any(chunk.choices and "mood" in chunk.choices[0].delta.model_dump() for chunk in chunks)
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["stop"]
