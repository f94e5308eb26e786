# SPDX-License-Identifier: Apache-2.0
"""Calls that fail: the caller gets the SDK's own exception, the span its type."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import anthropic
import pytest

from asking import HELLO
from leaving import cancel
from spanwright.console.provider import Reply
from spanwright.instrumentors.anthropic import AnthropicInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.console.provider import Provider


def failed(recorder: Recorder, server: dict[str, Any], model: str) -> dict[str, Any]:
    span = recorder.one(f"chat {model}")
    assert span.status.status_code.name == "ERROR"
    found = recorder.attributes()
    assert found == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        **server,
        "gen_ai.request.model": model,
        "gen_ai.request.max_tokens": 64,
        "error.type": found.get("error.type"),
    }
    return found["error.type"]


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (404, "NotFoundError"),
        (429, "RateLimitError"),
        (500, "InternalServerError"),
    ],
)
def test_a_refused_call(
    traced: Recorder, client: anthropic.Anthropic, server: dict[str, Any], status: int, name: str
) -> None:
    with pytest.raises(getattr(anthropic, name)) as caught:
        client.messages.create(model=f"error:{status}", max_tokens=64, messages=HELLO)
    assert caught.value.body["type"] == "error"
    assert failed(traced, server, f"error:{status}") == f"anthropic.{name}"


async def test_an_overloaded_provider(
    traced: Recorder, aclient: anthropic.AsyncAnthropic, server: dict[str, Any]
) -> None:
    with pytest.raises(anthropic.APIStatusError) as caught:
        await aclient.messages.create(model="error:529", max_tokens=64, messages=HELLO)
    kind = type(caught.value)
    assert failed(traced, server, "error:529") == f"anthropic.{kind.__name__}".replace("._exceptions", "")


def test_a_stream_that_is_refused(
    traced: Recorder, client: anthropic.Anthropic, server: dict[str, Any]
) -> None:
    with (
        pytest.raises(anthropic.RateLimitError),
        client.messages.stream(model="error:429", max_tokens=64, messages=HELLO),
    ):
        pass
    assert traced.attributes()["error.type"] == "anthropic.RateLimitError"


def test_a_provider_that_cannot_be_reached(traced: Recorder) -> None:
    with (
        anthropic.Anthropic(base_url="http://127.0.0.1:9", api_key="test", max_retries=0) as client,
        pytest.raises(anthropic.APIConnectionError),
    ):
        client.messages.create(model="claude-haiku-4-5", max_tokens=64, messages=HELLO)
    assert traced.attributes()["error.type"] == "anthropic.APIConnectionError"


def test_retries_are_attempts_of_one_call(recorder: Recorder, client: anthropic.Anthropic) -> None:
    recorder.instrument(HttpxInstrumentor(), AnthropicInstrumentor())
    client.with_options(max_retries=2).messages.create(model="flaky:500,429", max_tokens=64, messages=HELLO)
    assert recorder.tree() == ["chat flaky:500,429", "  POST", "  POST", "  POST"]


async def test_a_cancelled_call(
    traced: Recorder, aclient: anthropic.AsyncAnthropic, provider: Provider, server: dict[str, Any]
) -> None:
    held = threading.Event()
    provider.say(Reply(hold=held))
    task = asyncio.create_task(
        aclient.messages.create(model="claude-haiku-4-5", max_tokens=64, messages=HELLO)
    )
    await asyncio.to_thread(provider.wait)
    await cancel(task, held)
    assert failed(traced, server, "claude-haiku-4-5") == "cancelled"


def test_an_answer_that_is_no_json(traced: Recorder, client: anthropic.Anthropic, provider: Provider) -> None:
    provider.say(Reply(body=b"{"))
    with pytest.raises(Exception, match=r"."):
        client.messages.create(model="claude-haiku-4-5", max_tokens=64, messages=HELLO)
    assert "error.type" in traced.attributes()


def test_a_request_that_the_sdk_refuses_itself(traced: Recorder, client: anthropic.Anthropic) -> None:
    """It is no call: nothing was asked."""
    with pytest.raises(TypeError):
        client.messages.create(model="claude-haiku-4-5")  # pyright: ignore[reportCallIssue]
    assert traced.spans == []
