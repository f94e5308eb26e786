# SPDX-License-Identifier: Apache-2.0
"""What is current when, what was made before, and that nothing of the application's is changed."""

from __future__ import annotations

import asyncio
import copy
import inspect
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation

from asking import HELLO
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.mistralai import MistralInstrumentor

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.console.provider import Provider

MODEL = "mistral-small-latest"
CHAT = f"chat {MODEL}"


def test_http_attempts_are_children(traced: Recorder, client: Any) -> None:
    traced.instrument(HttpxInstrumentor())
    client.chat.complete(model=MODEL, messages=HELLO)
    assert traced.tree() == [CHAT, "  POST"]


def test_http_attempts_of_streams_are_children(traced: Recorder, client: Any) -> None:
    traced.instrument(HttpxInstrumentor())
    list(client.chat.stream(model=MODEL, messages=HELLO))
    assert traced.tree() == [CHAT, "  POST"]


async def test_http_attempts_of_awaited_calls_are_children(traced: Recorder, client: Any) -> None:
    traced.instrument(HttpxInstrumentor())
    await client.chat.complete_async(model=MODEL, messages=HELLO)
    assert traced.tree() == [CHAT, "  POST"]


def test_a_call_is_a_child_of_what_is_current(traced: Recorder, client: Any) -> None:
    with traced.tracer_provider.get_tracer("app").start_as_current_span("request"):
        client.chat.complete(model=MODEL, messages=HELLO)
        assert trace.get_current_span().name == "request"
    assert traced.tree() == ["request", f"  {CHAT}"]


def test_nothing_while_instrumentation_is_suppressed(traced: Recorder, client: Any) -> None:
    with suppress_instrumentation():
        client.chat.complete(model=MODEL, messages=HELLO)
        list(client.chat.stream(model=MODEL, messages=HELLO))
    assert (traced.tree(), traced.points()) == ([], [])


def test_a_client_that_was_made_before(recorder: Recorder, client: Any) -> None:
    client.chat.complete(model=MODEL, messages=HELLO)
    recorder.instrument(MistralInstrumentor())
    client.chat.complete(model=MODEL, messages=HELLO)
    assert recorder.tree() == [CHAT]


def test_a_method_that_was_bound_before(recorder: Recorder, client: Any) -> None:
    complete, stream = client.chat.complete, client.chat.stream
    recorder.instrument(MistralInstrumentor())
    complete(model=MODEL, messages=HELLO)
    list(stream(model=MODEL, messages=HELLO))
    assert recorder.tree() == [CHAT, CHAT]


def test_uninstrumented_and_instrumented_again(traced: Recorder, client: Any) -> None:
    traced.uninstrument()
    client.chat.complete(model=MODEL, messages=HELLO)
    list(client.chat.stream(model=MODEL, messages=HELLO))
    assert traced.tree() == []
    traced.instrument(MistralInstrumentor())
    client.chat.complete(model=MODEL, messages=HELLO)
    assert traced.tree() == [CHAT]


def test_everything_is_put_back(traced: Recorder, client: Any, sdk: Any) -> None:
    base = inspect.getmro(type(client))[1]
    seen = vars(base)["do_request"]
    traced.uninstrument()
    assert seen is not vars(base)["do_request"]
    assert inspect.isfunction(vars(base)["do_request"])


def test_a_stream_that_outlives_the_instrumentation(traced: Recorder, client: Any) -> None:
    stream = client.chat.stream(model=MODEL, messages=HELLO)
    traced.uninstrument()
    assert len(list(stream)) > 2


def test_nothing_of_the_callers_is_changed(shown: Recorder, client: Any) -> None:
    given: dict[str, Any] = {
        "model": MODEL,
        "messages": [{"role": "user", "content": "Hello"}],
        "stop": ["END"],
    }
    before = copy.deepcopy(given)
    client.chat.complete(**given)
    assert given == before


def test_the_request_is_what_the_sdk_alone_sends(shown: Recorder, client: Any, provider: Provider) -> None:
    client.chat.complete(model=MODEL, messages=HELLO)
    list(client.chat.stream(model=MODEL, messages=HELLO))
    shown.uninstrument()
    client.chat.complete(model=MODEL, messages=HELLO)
    list(client.chat.stream(model=MODEL, messages=HELLO))
    one, two, three, four = provider.requests
    assert (one.raw, two.raw) == (three.raw, four.raw)
    assert (set(one.headers), set(two.headers)) == (set(three.headers), set(four.headers))


def test_messages_of_a_generator_arrive_complete(
    shown: Recorder, client: Any, provider: Provider, sdk: Any
) -> None:
    if sdk.version[0] < 3:
        pytest.skip("it takes lists alone")
    client.chat.complete(model=MODEL, messages=(each for each in HELLO))
    assert provider.requests[0].body["messages"] == HELLO
    assert "Hello there" in shown.attributes()["gen_ai.input.messages"]


def test_signatures_are_as_they_were(traced: Recorder, client: Any, sdk: Any) -> None:
    base = inspect.getmro(type(client))[1]
    seen = [inspect.signature(base.do_request), inspect.iscoroutinefunction(base.do_request_async)]
    traced.uninstrument()
    assert seen == [inspect.signature(base.do_request), inspect.iscoroutinefunction(base.do_request_async)]


def test_calls_in_threads_are_kept_apart(traced: Recorder, client: Any) -> None:
    def ask(number: int) -> None:
        client.chat.complete(model=f"m{number}", messages=HELLO)
        list(client.chat.stream(model=f"s{number}", messages=HELLO))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(8)))
    assert sorted(traced.tree()) == sorted(
        [*(f"chat m{at}" for at in range(8)), *(f"chat s{at}" for at in range(8))]
    )
    assert not any("error.type" in (span.attributes or {}) for span in traced.spans)


async def test_calls_in_tasks_are_kept_apart(traced: Recorder, client: Any) -> None:
    async def ask(number: int) -> None:
        answer = await client.chat.complete_async(model=f"m{number}", messages=HELLO)
        assert answer.model == f"m{number}"
        assert [each async for each in await client.chat.stream_async(model=f"s{number}", messages=HELLO)]

    await asyncio.gather(*map(ask, range(8)))
    told = {
        span.name.partition(" ")[2]: (span.attributes or {})["gen_ai.response.model"] for span in traced.spans
    }
    assert len(told) == 16
    assert all(name == model for name, model in told.items())
