# SPDX-License-Identifier: Apache-2.0
"""Errors: told once, by their class, without a word of content; and raised as the SDK raised them."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from google.genai import errors
from opentelemetry.trace import StatusCode

from spanwright.console.provider import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from google import genai

    from harness import Recorder
    from spanwright.console.provider import Provider

STATUSES = [
    (400, "ClientError", "400 INVALID_ARGUMENT"),
    (401, "ClientError", "401 UNAUTHENTICATED"),
    (403, "ClientError", "403 PERMISSION_DENIED"),
    (404, "ClientError", "404 NOT_FOUND"),
    (429, "ClientError", "429 RESOURCE_EXHAUSTED"),
    (500, "ServerError", "500 INTERNAL"),
    (503, "ServerError", "503 UNAVAILABLE"),
]


@pytest.mark.parametrize(("status", "name", "description"), STATUSES)
def test_a_refused_call_has_the_class_of_its_error_and_the_providers_codes(
    traced: Recorder, client: genai.Client, server: dict[str, Any], status: int, name: str, description: str
) -> None:
    with pytest.raises(errors.APIError):
        client.models.generate_content(model=f"error:{status}", contents="SECRET question")
    span = traced.one()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, description)
    assert traced.attributes() == {
        **server,
        "error.type": f"google.genai.errors.{name}",
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": f"error:{status}",
    }


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_refused_call_that_is_awaited_has_the_class_of_its_error(
    traced: Recorder, client: genai.Client, status: int
) -> None:
    with pytest.raises(errors.APIError) as raised:
        await client.aio.models.generate_content(model=f"error:{status}", contents="SECRET question")
    assert traced.attributes()["error.type"] == f"google.genai.errors.{type(raised.value).__name__}"


def test_a_refused_stream_is_an_error_of_its_first_step(traced: Recorder, client: genai.Client) -> None:
    stream = client.models.generate_content_stream(model="error:429", contents="SECRET question")
    assert traced.tree() == []
    with pytest.raises(errors.ClientError):
        next(iter(stream))
    assert traced.attributes()["error.type"] == "google.genai.errors.ClientError"


async def test_a_refused_asynchronous_stream_is_an_error(traced: Recorder, client: genai.Client) -> None:
    with pytest.raises(errors.ClientError):
        async for _ in await client.aio.models.generate_content_stream(
            model="error:429", contents="SECRET question"
        ):
            pass
    assert traced.attributes()["error.type"] == "google.genai.errors.ClientError"


def test_a_refused_call_tells_no_content(traced: Recorder, client: genai.Client) -> None:
    with pytest.raises(errors.ClientError):
        client.models.generate_content(model="error:404", contents="SECRET question")
    assert "SECRET" not in traced.everything()


def test_a_wrong_key_is_an_error_that_does_not_tell_the_key(
    traced: Recorder, build: Callable[..., genai.Client]
) -> None:
    client = build(api_key="invalid-key")
    with pytest.raises(errors.ClientError):
        client.models.generate_content(model="gemini-2.0-flash", contents="Hello there")
    assert "invalid-key" not in traced.everything()


def test_an_exception_is_one_log_event_and_no_span_event(traced: Recorder, client: genai.Client) -> None:
    with pytest.raises(errors.ClientError):
        client.models.generate_content(model="error:404", contents="Hello there")
    (record,) = traced.logs
    assert traced.one().events == ()
    assert record.event_name == "gen_ai.client.operation.exception"
    assert record.attributes["exception.message"] == "404 NOT_FOUND"


def test_an_error_within_a_stream_is_told(traced: Recorder, client: genai.Client, provider: Provider) -> None:
    """The first versions hand it over as an empty chunk; later ones raise it."""
    words = '{"candidates": [{"content": {"parts": [{"text": "Hi"}], "role": "model"}}]}'
    error = '{"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}'
    provider.say(Reply(events=[f"data: {words}", f"data: {error}"]))
    raised: Exception | None = None
    try:
        list(client.models.generate_content_stream(model="gemini-2.0-flash", contents="Hello there"))
    except errors.APIError as found:
        raised = found
    told = traced.attributes()["error.type"]
    assert told == ("google.genai.errors.ServerError" if raised is not None else "UNAVAILABLE")


@pytest.mark.parametrize("after", [0, 1])
def test_a_stream_whose_connection_is_cut_is_an_error(
    traced: Recorder, client: genai.Client, provider: Provider, after: int
) -> None:
    provider.say(Reply(text="one two three", cut_after=after))
    with pytest.raises(Exception) as raised:
        list(client.models.generate_content_stream(model="gemini-2.0-flash", contents="Hello there"))
    kind = type(raised.value)
    assert traced.attributes()["error.type"] == f"{kind.__module__}.{kind.__qualname__}"


def test_a_cut_stream_keeps_what_came_before(
    traced: Recorder, client: genai.Client, provider: Provider
) -> None:
    provider.say(Reply(text="one two three", cut_after=1))
    with pytest.raises(Exception):  # noqa: B017 - of the HTTP library that this version uses
        list(client.models.generate_content_stream(model="gemini-2.0-flash", contents="Hello there"))
    found = traced.attributes()
    assert found["gen_ai.response.model"] == "gemini-2.0-flash"
    assert "gen_ai.usage.input_tokens" in found


async def test_a_cancelled_call_ends_its_span(
    traced: Recorder, client: genai.Client, provider: Provider
) -> None:
    hold = threading.Event()
    provider.say(Reply(hold=hold))
    asking = asyncio.create_task(
        client.aio.models.generate_content(model="gemini-2.0-flash", contents="Hello there")
    )
    await asyncio.to_thread(provider.wait)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    hold.set()
    assert traced.attributes()["error.type"] == "cancelled"


async def test_a_cancelled_stream_ends_its_span(
    traced: Recorder, client: genai.Client, provider: Provider, awaits: None
) -> None:
    hold = threading.Event()
    provider.say(Reply(text="one two three", hold=hold, hold_at=1))
    first = asyncio.Event()

    async def read() -> None:
        stream = await client.aio.models.generate_content_stream(
            model="gemini-2.0-flash", contents="Hello there"
        )
        async for _ in stream:
            first.set()

    reading = asyncio.create_task(read())
    await first.wait()
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    hold.set()
    assert traced.attributes()["error.type"] == "cancelled"


def test_an_answer_that_is_no_json_is_an_error(
    traced: Recorder, client: genai.Client, provider: Provider
) -> None:
    provider.say(Reply(body="no JSON"))
    with pytest.raises(Exception) as raised:
        client.models.generate_content(model="gemini-2.0-flash", contents="Hello there")
    kind = type(raised.value)
    assert traced.attributes()["error.type"] == f"{kind.__module__}.{kind.__qualname__}"


def test_retries_are_inside_one_span(
    traced: Recorder, build: Callable[..., genai.Client], provider: Provider
) -> None:
    options = {"retry_options": {"attempts": 3, "initial_delay": 0.001, "max_delay": 0.001, "jitter": 0.001}}
    client = build(options=options)
    client.models.generate_content(model="flaky:500,429", contents="Hello there")
    assert len(provider.requests) == 3
    assert traced.tree() == ["generate_content flaky:500,429"]
