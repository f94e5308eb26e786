# SPDX-License-Identifier: Apache-2.0
"""Errors by OpenRouter, whose SDK has a class for each status; and what surrounds a call."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from openrouter import errors
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import StatusCode

from leaving import cancel
from spanwright.console.provider import Provider, Reply
from spanwright.instrumentors.openrouter import OpenRouterInstrumentor

if TYPE_CHECKING:
    from harness import Recorder

MODEL = "mistralai/mistral-small"
SECRET: list[Any] = [{"role": "user", "content": "SECRET question"}]
STATUSES = [400, 401, 404, 429, 500]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("status", STATUSES)
def test_a_refused_call_has_the_class_of_its_error(
    traced: Recorder, client: Any, once: Any, status: int, stream: bool
) -> None:
    with pytest.raises(errors.OpenRouterError) as raised:
        client.chat.send(model=f"error:{status}", messages=SECRET, stream=stream, **once)
    span, kind = traced.one(), type(raised.value)
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, str(status))
    assert traced.attributes()["error.type"] == f"{kind.__module__}.{kind.__qualname__}"


@pytest.mark.parametrize("status", STATUSES)
async def test_a_refused_call_that_is_awaited(traced: Recorder, client: Any, once: Any, status: int) -> None:
    with pytest.raises(errors.OpenRouterError) as raised:
        await client.chat.send_async(model=f"error:{status}", messages=SECRET, stream=False, **once)
    assert traced.attributes()["error.type"].endswith(type(raised.value).__qualname__)


def test_an_error_tells_nothing_of_content(traced: Recorder, client: Any, once: Any) -> None:
    with pytest.raises(errors.OpenRouterError):
        client.chat.send(model="error:429", messages=SECRET, stream=False, **once)
    assert "SECRET" not in traced.everything()


@pytest.mark.parametrize("body", [b"{not json", b"[]", b'{"error": {"code": 502, "message": "upstream"}}'])
def test_an_answer_that_the_sdk_cannot_read(
    traced: Recorder, client: Any, provider: Provider, body: bytes
) -> None:
    """The last is how the gateway tells of an upstream that failed late."""
    provider.say(Reply(body=body))
    with pytest.raises(errors.ResponseValidationError):
        client.chat.send(model=MODEL, messages=SECRET, stream=False)
    assert traced.attributes()["error.type"].endswith(".ResponseValidationError")


async def test_a_cancelled_call(traced: Recorder, client: Any, provider: Provider) -> None:
    hold = threading.Event()
    provider.say(Reply(hold=hold))
    task = asyncio.ensure_future(client.chat.send_async(model=MODEL, messages=SECRET, stream=False))
    await asyncio.get_running_loop().run_in_executor(None, provider.wait, 1)
    await cancel(task, hold)
    assert traced.attributes()["error.type"] == "cancelled"


def test_nothing_while_instrumentation_is_suppressed(traced: Recorder, client: Any) -> None:
    with suppress_instrumentation():
        client.chat.send(model=MODEL, messages=SECRET, stream=False)
    assert (traced.tree(), traced.points()) == ([], [])


def test_a_method_that_was_bound_before(recorder: Recorder, client: Any) -> None:
    send = client.chat.send
    recorder.instrument(OpenRouterInstrumentor())
    send(model=MODEL, messages=SECRET, stream=False)
    assert recorder.tree() == [f"chat {MODEL}"]


def test_uninstrumented_and_instrumented_again(traced: Recorder, client: Any) -> None:
    traced.uninstrument()
    client.chat.send(model=MODEL, messages=SECRET, stream=False)
    assert traced.tree() == []
    traced.instrument(OpenRouterInstrumentor())
    client.chat.send(model=MODEL, messages=SECRET, stream=False)
    assert traced.tree() == [f"chat {MODEL}"]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_call_is_counted_once(traced: Recorder, client: Any, stream: bool) -> None:
    answer = client.chat.send(model=MODEL, messages=SECRET, stream=stream)
    _ = list(answer) if stream else answer
    names = ("gen_ai.client.operation.duration", "gen_ai.client.token.usage")
    assert [point.count for name in names for point in traced.points(name)] == [1, 1, 1]
