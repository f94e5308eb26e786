# SPDX-License-Identifier: Apache-2.0
"""Errors of Cohere: the caller gets the SDK's own, and the span says which it was."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import cohere
import httpx
import pytest
from opentelemetry.trace import StatusCode

from leaving import cancel
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from harness import Recorder

HELLO: list[Any] = [{"role": "user", "content": "Hello there SECRET"}]
ERRORS = {
    401: ("UnauthorizedError", "unauthorized_error"),
    404: ("NotFoundError", "not_found_error"),
    429: ("TooManyRequestsError", "too_many_requests_error"),
    500: ("InternalServerError", "internal_server_error"),
}


def kind(status: int) -> str:
    name, module = ERRORS[status]
    return f"cohere.errors.{module}.{name}"


def ask(status: int) -> dict[str, Any]:
    return {"model": f"error:{status}", "messages": HELLO}


@pytest.mark.parametrize("status", ERRORS)
def test_an_error_of_the_provider_is_told_by_its_class(
    traced: Recorder, client: cohere.ClientV2, status: int, server: dict[str, Any]
) -> None:
    with pytest.raises(getattr(cohere, ERRORS[status][0])) as raised:
        client.chat(**ask(status))
    assert raised.value.status_code == status
    assert traced.attributes() == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "cohere",
        "gen_ai.request.model": f"error:{status}",
        **server,
        "error.type": kind(status),
    }
    assert (traced.one().status.status_code, traced.one().status.description) == (
        StatusCode.ERROR,
        str(status),
    )


@pytest.mark.parametrize("status", ERRORS)
async def test_an_error_is_told_asynchronously(
    traced: Recorder, aclient: cohere.AsyncClientV2, status: int
) -> None:
    with pytest.raises(getattr(cohere, ERRORS[status][0])):
        await aclient.chat(**ask(status))
    assert traced.attributes()["error.type"] == kind(status)


@pytest.mark.parametrize("status", ERRORS)
def test_an_error_instead_of_a_stream_is_told(traced: Recorder, client: cohere.ClientV2, status: int) -> None:
    with pytest.raises(getattr(cohere, ERRORS[status][0])):
        list(client.chat_stream(**ask(status)))
    assert traced.attributes()["error.type"] == kind(status)


async def test_an_error_instead_of_an_asynchronous_stream_is_told(
    traced: Recorder, aclient: cohere.AsyncClientV2
) -> None:
    with pytest.raises(cohere.NotFoundError):
        [event async for event in aclient.chat_stream(**ask(404))]
    assert traced.attributes()["error.type"] == kind(404)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_errors_of_the_other_methods_are_told(
    traced: Recorder, v1: cohere.Client, client: cohere.ClientV2, version: str
) -> None:
    asked: Any = v1 if version == "v1" else client
    with pytest.raises(cohere.NotFoundError):
        asked.embed(model="error:404", texts=["a"], input_type="search_query", embedding_types=["float"])
    with pytest.raises(cohere.NotFoundError):
        asked.rerank(model="error:404", query="a", documents=["a"])
    assert [(span.attributes or {})["error.type"] for span in traced.spans] == [kind(404)] * 2


def test_no_content_is_told_of_an_error(traced: Recorder, client: cohere.ClientV2) -> None:
    with pytest.raises(cohere.UnauthorizedError):
        client.chat(**ask(401))
    assert "SECRET" not in traced.everything()


def test_the_exception_is_an_event(traced: Recorder, client: cohere.ClientV2) -> None:
    with pytest.raises(cohere.UnauthorizedError):
        client.chat(**ask(401))
    (log,) = traced.logs
    assert log.attributes["exception.type"] == kind(401)


def test_an_answer_that_is_no_json_is_the_sdks_error(
    traced: Recorder, client: cohere.ClientV2, provider: Provider
) -> None:
    provider.say(Reply(body="no json", http_status=200))
    with pytest.raises(cohere.core.ApiError):
        client.chat(**ask(200) | {"model": "command-a"})
    assert traced.attributes()["error.type"].startswith("cohere.")


def test_a_server_that_is_not_there_is_an_error_of_the_http_library(traced: Recorder) -> None:
    with httpx.Client(verify=False) as sender:
        client = cohere.ClientV2(api_key="test", base_url="http://127.0.0.1:9", httpx_client=sender)
        with pytest.raises(httpx.ConnectError):
            client.chat(model="command-a", messages=HELLO, request_options={"max_retries": 0})
    assert traced.attributes()["error.type"] == "httpx.ConnectError"


def test_the_retries_of_the_sdk_are_one_call(
    traced: Recorder, client: cohere.ClientV2, provider: Provider
) -> None:
    client.chat(model="flaky:429,429", messages=HELLO, request_options={"max_retries": 2})
    assert len(provider.requests) == 3
    assert traced.tree() == ["chat flaky:429,429"]
    assert traced.one().status.status_code is StatusCode.UNSET


async def test_a_cancelled_call_is_told_as_cancelled(
    traced: Recorder, aclient: cohere.AsyncClientV2, provider: Provider
) -> None:
    release = threading.Event()
    provider.say(Reply(text="Late.", hold=release))
    task = asyncio.ensure_future(aclient.chat(model="command-a", messages=HELLO))
    await asyncio.to_thread(provider.wait, 1)
    await cancel(task, release)
    assert traced.attributes()["error.type"] == "cancelled"


async def test_a_cancelled_stream_is_told_as_cancelled(
    traced: Recorder, aclient: cohere.AsyncClientV2, provider: Provider
) -> None:
    release = threading.Event()
    provider.say(Reply(text="One two.", hold=release, hold_at=3))
    came = asyncio.Event()

    async def read() -> None:
        async for event in aclient.chat_stream(model="command-a", messages=HELLO):
            if event.type == "content-start":
                came.set()

    task = asyncio.ensure_future(read())
    await came.wait()
    await cancel(task, release)
    assert traced.attributes()["error.type"] == "cancelled"
