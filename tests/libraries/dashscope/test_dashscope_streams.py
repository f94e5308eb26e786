# SPDX-License-Identifier: Apache-2.0
"""Streams, of pieces and of texts that grow: one span each, ended on every way out."""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from dashscope import Generation, MultiModalConversation
from dashscope.aigc.generation import AioGeneration
from dirty_equals import IsFloat, IsStr
from opentelemetry import trace
from opentelemetry.trace import StatusCode

from asking import HELLO
from leaving import break_and_drop, cancel, close_after_one, drop_in_a_cycle
from spanwright.console.provider import Provider, Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

pytestmark = pytest.mark.usefixtures("provider")
BEGUN = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "dashscope",
    "gen_ai.request.model": "qwen-plus",
    "gen_ai.request.stream": True,
    "gen_ai.response.id": IsStr(min_length=1),
    "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
}
# What the application may say of the form of a stream: nothing, that it wants pieces, that it wants all so far.
FORMS: list[dict[str, Any]] = [{}, {"incremental_output": True}, {"incremental_output": False}]


def ask(model: str = "qwen-plus", **form: Any) -> Any:
    return Generation.call(model=model, messages=HELLO, result_format="message", stream=True, **form)


async def aask(model: str = "qwen-plus", **form: Any) -> Any:
    asked: dict[str, Any] = {"model": model, "messages": HELLO, "result_format": "message", **form}
    return await AioGeneration.call(**asked, stream=True)


def used(last: Any) -> dict[str, Any]:
    """Return the token counts of the last chunk as attributes."""
    return {
        "gen_ai.usage.input_tokens": last.usage.input_tokens,
        "gen_ai.usage.output_tokens": last.usage.output_tokens,
    }


def current() -> str:
    """Return the name of the span that is current here."""
    return getattr(trace.get_current_span(), "name", "")


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_stream_tells_what_a_whole_answer_does(
    traced: Recorder, server: dict[str, Any], form: dict[str, Any]
) -> None:
    *_, last = ask(**form)
    assert traced.one().status.status_code is StatusCode.UNSET
    assert traced.attributes() == {
        **BEGUN,
        **server,
        **used(last),
        "gen_ai.response.finish_reasons": ["stop"],
    }


@pytest.mark.usefixtures("asynchronous")
@pytest.mark.parametrize("form", FORMS, ids=str)
async def test_an_asynchronous_stream_tells_the_same(
    traced: Recorder, server: dict[str, Any], form: dict[str, Any]
) -> None:
    *_, last = [chunk async for chunk in await aask(**form)]
    assert traced.attributes() == {
        **BEGUN,
        **server,
        **used(last),
        "gen_ai.response.finish_reasons": ["stop"],
    }


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_streamed_answer_is_content_as_a_whole_one_is(
    shown: Recorder, provider: Provider, form: dict[str, Any]
) -> None:
    call = ToolCall("look", {"at": "sky"}, id="call_1")
    provider.say(Reply(text="Let me look at it.", reasoning="The sky, then.", tool_calls=[call]))
    list(ask(**form))
    (said,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert said["parts"] == [
        {"type": "reasoning", "content": "The sky, then."},
        {"type": "text", "content": "Let me look at it."},
        {"type": "tool_call", "id": "call_1", "name": "look", "arguments": {"at": "sky"}},
    ]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_stream_of_parts_is_content_too(shown: Recorder, provider: Provider, form: dict[str, Any]) -> None:
    provider.say(Reply(text="Let me look at it."))
    messages = [{"role": "user", "content": [{"text": "Hello there"}]}]
    list(MultiModalConversation.call(model="qwen-vl-plus", messages=messages, stream=True, **form))
    (said,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert said["parts"] == [{"type": "text", "content": "Let me look at it."}]


def test_a_stream_of_the_older_format_is_content_too(shown: Recorder, provider: Provider) -> None:
    provider.say(Reply(text="Let me look at it."))
    list(Generation.call(model="qwen-plus", prompt="Hello there", stream=True))
    (said,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert said["parts"] == [{"type": "text", "content": "Let me look at it."}]


def test_a_stream_is_a_generator(traced: Recorder) -> None:
    stream = ask()
    assert inspect.isgenerator(stream)
    stream.close()


def test_a_stream_that_is_never_started_is_no_call(traced: Recorder, provider: Provider) -> None:
    """The SDK sends nothing before the first step."""
    stream = ask()
    del stream
    gc.collect()
    assert (traced.tree(), provider.requests) == ([], [])


def test_the_span_is_never_current_while_a_stream_is_consumed(traced: Recorder) -> None:
    assert {current() for _ in ask()} == {""}


@pytest.mark.parametrize("leave", [close_after_one, break_and_drop, drop_in_a_cycle])
# A response that is dropped leaves its connection open, as it does with the SDK alone.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_stream_left_early_ends_its_span_without_an_error(
    traced: Recorder, server: dict[str, Any], leave: Callable[[Any], None]
) -> None:
    leave(ask())
    gc.collect()
    told = traced.attributes()
    assert {key: told[key] for key in told if ".usage." not in key} == {**BEGUN, **server}
    assert "gen_ai.usage.input_tokens" in told


@pytest.mark.usefixtures("asynchronous")
async def test_an_asynchronous_stream_that_is_closed_ends_its_span(traced: Recorder) -> None:
    stream = await aask()
    await anext(stream)
    await stream.aclose()
    gc.collect()
    assert "error.type" not in traced.attributes()


def test_an_error_within_a_stream_is_the_calls(traced: Recorder, server: dict[str, Any]) -> None:
    """It comes as a chunk."""
    *_, last = ask("odd:mid-stream-error")
    assert last.status_code == 400
    assert traced.one().status.status_code is StatusCode.ERROR
    told = traced.attributes()
    assert {key: told[key] for key in told if ".usage." not in key} == {
        **BEGUN,
        **server,
        "gen_ai.request.model": "odd:mid-stream-error",
        "error.type": "DataInspectionFailed",
    }


def test_a_connection_that_is_cut_is_an_error(traced: Recorder, provider: Provider) -> None:
    provider.say(Reply(text="One two three", cut_after=1))
    with pytest.raises(Exception) as raised:  # noqa: B017 - of the HTTP library
        list(ask())
    assert traced.attributes()["error.type"].endswith(type(raised.value).__name__)


@pytest.mark.usefixtures("asynchronous")
async def test_a_call_whose_task_is_cancelled_says_so(traced: Recorder, provider: Provider) -> None:
    hold = threading.Event()
    provider.say(Reply(text="Hi.", hold=hold))
    task = asyncio.create_task(AioGeneration.call(model="qwen-plus", messages=HELLO))
    await asyncio.to_thread(provider.wait, 1)
    await cancel(task, hold)
    assert traced.attributes()["error.type"] == "cancelled"


@pytest.mark.usefixtures("asynchronous")
async def test_streams_side_by_side_are_siblings(traced: Recorder) -> None:
    async def consume() -> None:
        async for _ in await aask():
            await asyncio.sleep(0)

    with traced.tracer_provider.get_tracer("application").start_as_current_span("application"):
        await asyncio.gather(*(consume() for _ in range(4)))
    assert traced.tree() == ["application", *["  chat qwen-plus"] * 4]
