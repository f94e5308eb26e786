# SPDX-License-Identifier: Apache-2.0
"""Errors of SDKs that speak OpenAI's protocol: told once, by their class, without a word of content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.trace import StatusCode

from alike.sdk import SDK
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

SECRET: list[Any] = [{"role": "user", "content": "SECRET question"}]
STATUSES = [
    (400, "BadRequestError"),
    (401, "AuthenticationError"),
    (404, "NotFoundError"),
    (429, "RateLimitError"),
    (500, "InternalServerError"),
]


@pytest.mark.parametrize(("status", "name"), STATUSES)
def test_a_refused_call_has_the_class_of_its_error(
    sdk: SDK, traced: Recorder, client: Any, server: dict[str, Any], status: int, name: str
) -> None:
    with pytest.raises(getattr(sdk.module, name)):
        sdk.chat(client, model=f"error:{status}", messages=SECRET)
    span = traced.one()
    assert span.status.status_code is StatusCode.ERROR
    assert (span.status.description or "").startswith(str(status))
    told = {key: value for key, value in sdk.told.items() if ".response." not in key}
    assert traced.attributes() == {
        **sdk.asked,
        **told,
        **server,
        "gen_ai.request.model": f"error:{status}",
        "error.type": sdk.error(name),
    }


@pytest.mark.parametrize(("status", "name"), STATUSES)
async def test_a_refused_call_that_is_awaited_has_the_class_of_its_error(
    sdk: SDK, traced: Recorder, aclient: Any, status: int, name: str
) -> None:
    with pytest.raises(getattr(sdk.module, name)):
        await sdk.chat(aclient, model=f"error:{status}", messages=SECRET)
    assert traced.attributes()["error.type"] == sdk.error(name)


def test_a_refused_stream_is_an_error_of_the_call(sdk: SDK, traced: Recorder, client: Any) -> None:
    with pytest.raises(sdk.module.RateLimitError):
        sdk.chat(client, model="error:429", messages=SECRET, stream=True)
    assert traced.attributes()["error.type"] == sdk.error("RateLimitError")


def test_a_wrong_key_and_a_quoted_prompt_are_told_nowhere(
    sdk: SDK, traced: Recorder, provider: Provider, making: Callable[..., Any]
) -> None:
    with making(api_key="invalid-key") as client, pytest.raises(sdk.module.AuthenticationError):
        sdk.chat(client, model="error:401", messages=SECRET)
    provider.say(Reply(body={"error": {"message": "SECRET question is refused"}}, http_status=400))
    with making() as client, pytest.raises(sdk.module.BadRequestError):
        sdk.chat(client, messages=SECRET)
    assert "invalid-key" not in traced.everything()
    assert "SECRET" not in traced.everything()


def test_a_dropped_connection_has_its_own_class(
    sdk: SDK, traced: Recorder, client: Any, provider: Provider
) -> None:
    # Twice, for an SDK that retries once whatever it is told.
    provider.say(Reply(drop=True), Reply(drop=True))
    with pytest.raises(sdk.module.APIConnectionError):
        sdk.chat(client)
    assert traced.attributes()["error.type"] == sdk.error("APIConnectionError")


def test_an_exception_is_one_log_event_and_one_failed_point(sdk: SDK, traced: Recorder, client: Any) -> None:
    with pytest.raises(sdk.module.NotFoundError):
        sdk.chat(client, model="error:404", messages=SECRET)
    (record,), (point,) = traced.logs, traced.points()
    assert record.event_name == "gen_ai.client.operation.exception"
    assert point.labels["error.type"] == sdk.error("NotFoundError")
