# SPDX-License-Identifier: Apache-2.0
"""Streams that are left early, in every way: exactly one span each, with what had come by then."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING, Any

import openai
import pytest
from dirty_equals import IsFloat, IsStr

from asking import HELLO
from leaving import (
    break_and_drop,
    break_within_with,
    close_after_one,
    close_the_wrapping_generator,
    close_twice,
    close_unread,
    drop_in_a_cycle,
    drop_the_wrapping_generator,
    drop_unread,
    leave_unread,
    raise_within_with,
)
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openai.types.chat import ChatCompletionChunk

    from harness import Recorder

    Stream = openai.Stream[ChatCompletionChunk]


@pytest.fixture
def stream(traced: Recorder, client: openai.OpenAI) -> Iterator[Callable[[], Stream]]:
    """Return a maker of streams, so that the test holds the only reference."""
    del traced
    yield lambda: client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True)


WAYS = [
    break_within_with,
    raise_within_with,
    close_after_one,
    close_twice,
    break_and_drop,
    close_the_wrapping_generator,
    drop_the_wrapping_generator,
    drop_in_a_cycle,
]


@pytest.mark.parametrize("leave", WAYS)
def test_a_stream_left_early_ends_its_span_without_an_error(
    traced: Recorder, stream: Callable[[], Stream], server: dict[str, Any], leave: Callable[[Stream], None]
) -> None:
    leave(stream())
    gc.collect()
    assert traced.tree() == ["chat gpt-4o-mini"]
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.request.stream": True,
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.response.id": IsStr(regex="chatcmpl-.+"),
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "openai.api.type": "chat_completions",
        "openai.response.service_tier": "default",
        "openai.response.system_fingerprint": IsStr(regex="fp_.+"),
    }


@pytest.mark.parametrize("leave", [close_unread, leave_unread, drop_unread])
def test_a_stream_that_is_never_iterated_ends_its_span(
    traced: Recorder, stream: Callable[[], Stream], leave: Callable[[Stream], None]
) -> None:
    leave(stream())
    gc.collect()
    assert traced.tree() == ["chat gpt-4o-mini"]
    assert "gen_ai.response.time_to_first_chunk" not in traced.attributes()


@pytest.mark.parametrize("leave", [*WAYS, close_unread, leave_unread, drop_unread])
def test_a_stream_left_early_is_counted_once(
    traced: Recorder, stream: Callable[[], Stream], leave: Callable[[Stream], None]
) -> None:
    leave(stream())
    gc.collect()
    assert [point.count for point in traced.points("gen_ai.client.operation.duration")] == [1]


def test_a_collected_stream_ends_at_the_time_of_its_last_chunk(
    traced: Recorder, stream: Callable[[], Stream]
) -> None:
    """And not when the garbage collector came by: another span that started in between started later."""
    held = stream()
    next(held)
    with traced.tracer_provider.get_tracer("application").start_as_current_span("later"):
        pass
    del held
    gc.collect()
    ended, later = traced.one("chat").end_time, traced.one("later").start_time
    assert ended is not None
    assert later is not None
    assert ended <= later


def test_an_abandoned_stream_ends_when_the_process_does(
    traced: Recorder, stream: Callable[[], Stream]
) -> None:
    """Still referenced at exit (a module's global, a notebook's last value): the exit hook ends it."""
    from spanwright.instrumentors._kernel import ending

    held = stream()
    next(held)
    assert traced.tree() == []
    ending.finish_open()
    assert traced.tree() == ["chat gpt-4o-mini"]
    assert list(held)
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_a_span_that_has_ended_is_not_ended_again(
    traced: Recorder, stream: Callable[[], Stream], caplog: pytest.LogCaptureFixture
) -> None:
    """Read to the end, closed, closed again and collected: OpenTelemetry has nothing to complain of."""
    held = stream()
    assert list(held)
    held.close()
    held.close()
    del held
    gc.collect()
    assert [record for record in caplog.records if record.name.startswith("opentelemetry")] == []
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_closing_early_closes_the_connection_too(traced: Recorder, stream: Callable[[], Stream]) -> None:
    held = stream()
    next(held)
    held.close()
    assert held.response.is_closed
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_an_error_event_within_a_stream_is_an_error(traced: Recorder, client: openai.OpenAI) -> None:
    """A failure in the middle is never exported as a success; what came before it stays."""
    stream = client.chat.completions.create(model="odd:mid-stream-error", messages=HELLO, stream=True)
    with pytest.raises(openai.APIError):
        list(stream)
    found = traced.attributes()
    assert found["error.type"] == "openai.APIError"
    assert found["gen_ai.response.finish_reasons"] == ["error"]
    assert found["gen_ai.response.id"].startswith("chatcmpl-")


def test_a_dropped_connection_within_a_stream_is_an_error(
    traced: Recorder, client: openai.OpenAI, http: Any
) -> None:
    """Until version 3 the SDK let the error of its HTTP library through."""
    stream = client.chat.completions.create(model="odd:mid-stream-cut", messages=HELLO, stream=True)
    with pytest.raises((openai.APIConnectionError, http.RemoteProtocolError)) as raised:
        list(stream)
    found = traced.attributes()
    kind = raised.type
    assert found["error.type"] == f"{kind.__module__}.{kind.__qualname__}"
    assert found["gen_ai.response.finish_reasons"] == ["error"]


def test_an_error_of_the_consumer_is_not_an_error_of_the_call(
    traced: Recorder, stream: Callable[[], Stream]
) -> None:
    with pytest.raises(LookupError):
        for _ in stream():
            raise LookupError
    gc.collect()
    assert "error.type" not in traced.attributes()


def test_a_stream_closed_by_another_thread_ends_once(
    traced: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    provider.say(Reply(text="one two three"))
    stream = client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True)
    next(stream)
    closing = [threading.Thread(target=stream.close) for _ in range(8)]
    for thread in closing:
        thread.start()
    for thread in closing:
        thread.join()
    del stream
    gc.collect()
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_what_had_come_by_then_is_its_content(
    shown: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    told = 'data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"%s"}}]}'
    provider.say(Reply(events=[told % word for word in ("one", "two")]))
    with client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True) as stream:
        next(stream)
    assert shown.attributes()["gen_ai.output.messages"] == (
        '[{"role":"assistant","parts":[{"type":"text","content":"one"}]}]'
    )
