# SPDX-License-Identifier: Apache-2.0
"""Errors: told once, by their class, without a word of content; and raised as the SDK raised them."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.trace import StatusCode

from leaving import cancel
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from harness import Recorder

SECRET: list[Any] = [{"role": "user", "content": "SECRET question"}]
MODEL = "mistral-small-latest"


def named(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_a_refused_call_has_the_class_of_its_error(
    traced: Recorder, client: Any, sdk: Any, server: dict[str, Any], defaults: Any, status: int
) -> None:
    with pytest.raises(sdk.errors.SDKError):
        client.chat.complete(model=f"error:{status}", messages=SECRET)
    span = traced.one()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, str(status))
    assert traced.attributes() == {
        **server,
        **defaults(),
        "error.type": named(sdk.errors.SDKError),
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "mistral_ai",
        "gen_ai.request.model": f"error:{status}",
    }


def test_a_request_that_is_not_valid(traced: Recorder, client: Any, sdk: Any) -> None:
    with pytest.raises(sdk.errors.HTTPValidationError):
        client.chat.complete(model="error:422", messages=SECRET)
    assert traced.attributes()["error.type"] == named(sdk.errors.HTTPValidationError)


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_refused_call_that_is_awaited(traced: Recorder, client: Any, sdk: Any, status: int) -> None:
    with pytest.raises(sdk.errors.SDKError):
        await client.chat.complete_async(model=f"error:{status}", messages=SECRET)
    assert traced.attributes()["error.type"] == named(sdk.errors.SDKError)


def test_a_refused_stream(traced: Recorder, client: Any, sdk: Any) -> None:
    kind = _refusing(sdk)
    with pytest.raises(kind):
        client.chat.stream(model="error:429", messages=SECRET)
    gc.collect()
    assert traced.attributes()["error.type"] == (named(kind) if kind is sdk.errors.SDKError else "429")


async def test_a_refused_stream_that_is_awaited(traced: Recorder, client: Any, sdk: Any) -> None:
    kind = _refusing(sdk)
    with pytest.raises(kind):
        await client.chat.stream_async(model="error:429", messages=SECRET)
    gc.collect()
    assert traced.attributes()["error.type"] == (named(kind) if kind is sdk.errors.SDKError else "429")


def test_an_error_tells_nothing_of_content_or_keys(traced: Recorder, provider: Provider, sdk: Any) -> None:
    with (
        sdk.httpx.Client(verify=False) as http,
        pytest.raises(sdk.errors.SDKError),
    ):
        sdk.Mistral(api_key="invalid-key", server_url=provider.url, client=http).chat.complete(
            model=MODEL, messages=SECRET
        )
    assert "SECRET" not in traced.everything()
    assert "invalid-key" not in traced.everything()


def test_a_refusal_is_one_log_event(traced: Recorder, client: Any, sdk: Any) -> None:
    with pytest.raises(sdk.errors.SDKError):
        client.chat.complete(model="error:404", messages=SECRET)
    (record,) = traced.logs
    assert record.event_name == "gen_ai.client.operation.exception"


def test_a_server_that_is_not_there(traced: Recorder, sdk: Any) -> None:
    with sdk.httpx.Client(verify=False) as http, pytest.raises(sdk.httpx.ConnectError):
        sdk.Mistral(api_key="test", server_url="http://127.0.0.1:1", client=http).chat.complete(
            model=MODEL, messages=SECRET
        )
    assert traced.attributes()["error.type"].endswith(".ConnectError")


@pytest.mark.parametrize("body", [b"{not json", b"[]", b'{"choices": 3}'])
def test_an_answer_that_the_sdk_cannot_read(
    traced: Recorder, client: Any, provider: Provider, body: bytes
) -> None:
    provider.say(Reply(body=body))
    with pytest.raises(Exception) as raised:
        client.chat.complete(model=MODEL, messages=SECRET)
    assert traced.attributes()["error.type"].endswith(type(raised.value).__qualname__)


def test_an_answer_of_another_kind(traced: Recorder, client: Any, provider: Provider, sdk: Any) -> None:
    provider.say(Reply(events=["data: {}"]))
    with pytest.raises(sdk.errors.SDKError):
        client.chat.complete(model=MODEL, messages=SECRET)
    assert traced.attributes()["error.type"] == named(sdk.errors.SDKError)


async def test_a_cancelled_call(traced: Recorder, client: Any, provider: Provider) -> None:
    hold = threading.Event()
    provider.say(Reply(hold=hold))
    task = asyncio.ensure_future(client.chat.complete_async(model=MODEL, messages=SECRET))
    await asyncio.get_running_loop().run_in_executor(None, provider.wait, 1)
    await cancel(task, hold)
    assert traced.attributes()["error.type"] == "cancelled"


def test_a_refusal_after_retries_is_one_span(
    traced: Recorder, client: Any, sdk: Any, provider: Provider, modern: None
) -> None:
    retries = _retries(sdk)
    answer = client.chat.complete(model="flaky:500,429", messages=SECRET, retries=retries)
    assert len(provider.requests) == 3
    assert traced.attributes()["gen_ai.usage.output_tokens"] == answer.usage.completion_tokens


def test_what_went_wrong_before_does_not_touch_the_next_call(traced: Recorder, client: Any, sdk: Any) -> None:
    with pytest.raises(sdk.errors.SDKError):
        client.chat.complete(model="error:500", messages=SECRET)
    client.chat.complete(model=MODEL, messages=SECRET)
    assert ["error.type" in (span.attributes or {}) for span in traced.spans] == [True, False]


def test_an_error_that_the_application_makes_itself_is_none_of_a_call(
    traced: Recorder, client: Any, sdk: Any, modern: None
) -> None:
    client.chat.complete(model=MODEL, messages=SECRET)
    sdk.errors.SDKError("own", sdk.httpx.Response(500, text="own"))
    assert "error.type" not in traced.attributes()


def _retries(sdk: Any) -> Any:
    package = "mistralai.utils" if sdk.version[0] == 1 else "mistralai.client.utils"
    module = __import__(f"{package}.retries", fromlist=["RetryConfig"])
    return module.RetryConfig("backoff", module.BackoffStrategy(1, 1, 1.0, 60_000), False)


def _refusing(sdk: Any) -> type[Exception]:
    """Return what a refused stream raises: the first versions stumbled over the body, which they had not read."""
    kind: type[Exception] = sdk.errors.SDKError if sdk.version >= (1, 9) else sdk.httpx.ResponseNotRead
    return kind
