# SPDX-License-Identifier: Apache-2.0
"""Streams: they stay the library's own, and end their span on every way out."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import litellm
import openai
import pytest
from dirty_equals import IsFloat, IsStr
from litellm.litellm_core_utils.streaming_handler import CustomStreamWrapper
from opentelemetry import trace

from asking import ANSWERED, HELLO
from leaving import cancel
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

    Collect = Callable[[], None]

MODEL = "openai/gpt-4o-mini"
COUNTED = {"stream_options": {"include_usage": True}}


def ask(at: dict[str, Any], **more: Any) -> Any:
    """Return a stream."""
    return litellm.completion(**{"model": MODEL, "messages": HELLO, "stream": True, **at, **more})


async def aask(at: dict[str, Any], **more: Any) -> Any:
    """Return an asynchronous stream."""
    return await litellm.acompletion(**{"model": MODEL, "messages": HELLO, "stream": True, **at, **more})


def streamed(server: dict[str, Any]) -> dict[str, Any]:
    """Return what every stream that was read to its end tells."""
    told = {name: value for name, value in ANSWERED.items() if name != "gen_ai.response.model"}
    return {
        **told,
        **server,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
    }


def model_of(found: dict[str, Any]) -> dict[str, Any]:
    """Take the model out, which only newer versions keep as the provider named it."""
    assert found.pop("gen_ai.response.model", "gpt-4o-mini-2024-07-18") == "gpt-4o-mini-2024-07-18"
    return found


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_the_server_is_that_of_a_client_that_is_handed_over(
    traced: Recorder, at: dict[str, Any], server: dict[str, Any], stream: bool
) -> None:
    async with openai.AsyncOpenAI(base_url=at["api_base"], api_key="test", max_retries=0) as client:
        answer = await litellm.acompletion(model=MODEL, messages=HELLO, client=client, stream=stream)
        if stream:
            assert [chunk async for chunk in answer]
    found = traced.attributes()
    assert {key: found[key] for key in server} == server


def test_a_stream_is_told_when_it_ends(traced: Recorder, at: dict[str, Any], server: dict[str, Any]) -> None:
    assert list(ask(at))
    assert model_of(traced.attributes()) == streamed(server)


async def test_an_asynchronous_stream_is_told_when_it_ends(
    traced: Recorder, at: dict[str, Any], server: dict[str, Any]
) -> None:
    assert [chunk async for chunk in await aask(at)]
    assert model_of(traced.attributes()) == streamed(server)


def test_usage_is_told_where_it_was_asked_for(
    traced: Recorder, at: dict[str, Any], server: dict[str, Any]
) -> None:
    *_, last = ask(at, **COUNTED)
    assert model_of(traced.attributes()) == {
        **streamed(server),
        "gen_ai.usage.input_tokens": last.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": last.usage.completion_tokens,
    }


async def test_asynchronous_usage_is_told_where_it_was_asked_for(
    traced: Recorder, at: dict[str, Any]
) -> None:
    chunks = [chunk async for chunk in await aask(at, **COUNTED)]
    assert traced.attributes()["gen_ai.usage.output_tokens"] == chunks[-1].usage.completion_tokens


def test_a_usage_that_the_library_estimates_is_not_told(traced: Recorder, at: dict[str, Any]) -> None:
    *_, last = ask(at, model="openai/odd:no-usage", **COUNTED)
    assert last.usage.prompt_tokens > 0
    assert not any(".usage." in key for key in traced.attributes())


def test_a_stream_stays_the_librarys_own(traced: Recorder, at: dict[str, Any]) -> None:
    stream = ask(at)
    assert type(stream) is CustomStreamWrapper
    assert not [name for name in vars(stream) if "spanwright" in name]
    list(stream)


def test_the_content_of_a_stream_is_put_together(shown: Recorder, at: dict[str, Any]) -> None:
    text = "".join(chunk.choices[0].delta.content or "" for chunk in ask(at))
    assert text
    assert text.replace('"', '\\"') in shown.attributes()["gen_ai.output.messages"]


def test_the_consumer_never_sees_our_span(traced: Recorder, at: dict[str, Any]) -> None:
    for _ in ask(at):
        assert not trace.get_current_span().get_span_context().is_valid


def test_a_stream_that_is_dropped_ends_its_span(
    traced: Recorder, at: dict[str, Any], collect: Collect
) -> None:
    stream = ask(at)
    next(stream)
    assert traced.tree() == []
    del stream
    collect()
    assert traced.tree() == ["chat gpt-4o-mini"]
    assert "error.type" not in traced.attributes()


def test_a_stream_that_is_never_read_ends_its_span(
    traced: Recorder, at: dict[str, Any], collect: Collect
) -> None:
    ask(at)
    collect()
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_a_stream_left_by_break_tells_what_came(
    traced: Recorder, at: dict[str, Any], collect: Collect
) -> None:
    stream = ask(at)
    for _ in stream:
        break
    del stream
    collect()
    assert traced.attributes()["gen_ai.response.id"] == IsStr(regex="chatcmpl-.+")


async def test_an_asynchronous_stream_that_is_closed_ends_its_span(
    traced: Recorder, at: dict[str, Any]
) -> None:
    stream = await aask(at)
    await stream.__anext__()
    await stream.aclose()
    assert traced.tree() == ["chat gpt-4o-mini"]
    assert "error.type" not in traced.attributes()


async def test_an_asynchronous_stream_that_is_dropped_ends_its_span(
    traced: Recorder, at: dict[str, Any], collect: Collect
) -> None:
    stream = await aask(at)
    await stream.__anext__()
    del stream
    collect()
    assert traced.tree() == ["chat gpt-4o-mini"]


@pytest.mark.parametrize("model", ["odd:mid-stream-error", "odd:mid-stream-cut"])
def test_an_error_within_a_stream_is_told_by_the_librarys_class(
    traced: Recorder, at: dict[str, Any], model: str
) -> None:
    with pytest.raises(Exception) as raised:
        list(ask(at, model=f"openai/{model}"))
    kind = type(raised.value)
    assert traced.attributes()["error.type"] == f"{kind.__module__}.{kind.__qualname__}"
    assert kind.__module__ == "litellm.exceptions"


async def test_an_error_within_an_asynchronous_stream_is_told(traced: Recorder, at: dict[str, Any]) -> None:
    with pytest.raises(Exception) as raised:
        async for _ in await aask(at, model="openai/odd:mid-stream-error"):
            pass
    kind = type(raised.value)
    assert traced.attributes()["error.type"] == f"{kind.__module__}.{kind.__qualname__}"


async def test_a_cancelled_stream_ends_its_span(
    traced: Recorder, provider: Provider, at: dict[str, Any]
) -> None:
    hold = threading.Event()
    provider.say(Reply(hold=hold, hold_at=2))
    stream = await aask(at)
    await stream.__anext__()

    async def read() -> None:
        async for _ in stream:
            pass

    task = asyncio.create_task(read())
    await asyncio.sleep(0)
    await cancel(task, hold)
    assert traced.tree() == ["chat gpt-4o-mini"]


async def test_a_cancelled_call_ends_its_span(
    traced: Recorder, provider: Provider, at: dict[str, Any]
) -> None:
    hold = threading.Event()
    provider.say(Reply(hold=hold))
    task = asyncio.create_task(litellm.acompletion(model=MODEL, messages=HELLO, **at))
    await asyncio.to_thread(provider.wait)
    await cancel(task, hold)
    assert traced.attributes()["error.type"] == "cancelled"


async def test_streams_at_once_keep_apart(traced: Recorder, at: dict[str, Any]) -> None:
    async def read(number: int) -> None:
        with trace.get_tracer("app", tracer_provider=traced.tracer_provider).start_as_current_span(
            f"app {number}"
        ):
            async for _ in await aask(at):
                await asyncio.sleep(0)

    await asyncio.gather(*(read(number) for number in range(5)))
    assert sorted(traced.tree()) == sorted(
        [*(f"app {number}" for number in range(5)), *["  chat gpt-4o-mini"] * 5]
    )


def test_a_mocked_stream_is_told(traced: Recorder) -> None:
    list(ask({}, mock_response="Hello there"))
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["stop"]
