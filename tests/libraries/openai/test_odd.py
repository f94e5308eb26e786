# SPDX-License-Identifier: Apache-2.0
"""Odd answers: the caller gets exactly what the SDK alone gives, and the span ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest

from asking import HELLO
from spanwright.console.provider import Provider

if TYPE_CHECKING:
    from harness import Recorder

ODD = [
    "choices-null",
    "choices-empty",
    "no-usage",
    "usage-null-details",
    "cumulative-usage",
    "no-finish",
    "only-done",
    "empty-body",
    "not-json",
    "html",
    "mid-stream-error",
    "mid-stream-cut",
    "content-filter",
    "azure-content-filter-400",
    "unknown-part",
    "model-only-in-second-chunk",
    "tool-delta-no-index",
    "tool-delta-null-arguments",
    "tool-delta-same-index-two-ids",
    "failed",
    "incomplete",
]


def told(value: Any) -> Any:
    """Return an answer as plain data, to be compared."""
    return value.to_dict(mode="json", warnings=False) if hasattr(value, "to_dict") else value


def arguments(endpoint: str, model: str) -> dict[str, Any]:
    """Return what is asked."""
    given = {"messages": HELLO} if endpoint == "chat" else {"input": "Hello there"}
    return {"model": f"odd:{model}", **given}


def outcome(endpoint: str, model: str, *, stream: bool) -> list[Any]:
    """Return everything that a caller sees: what came, and how it ended."""
    found: list[Any] = []
    with (
        Provider() as provider,
        openai.OpenAI(
            base_url=provider.base_url,
            api_key="test",
            max_retries=0,
            http_client=openai.DefaultHttpxClient(verify=False),
        ) as client,
    ):
        ask: Any = (client.chat.completions if endpoint == "chat" else client.responses).create
        try:
            answer = ask(**arguments(endpoint, model), stream=stream)
            if stream:
                found.extend(told(chunk) for chunk in answer)
            else:
                found.append(told(answer))
        except Exception as error:
            found += [type(error), str(error), type(error.__cause__), type(error.__context__)]
    return found


async def aoutcome(endpoint: str, model: str, *, stream: bool) -> list[Any]:
    """Return the same of an asynchronous caller."""
    found: list[Any] = []
    with Provider() as provider:
        async with openai.AsyncOpenAI(
            base_url=provider.base_url,
            api_key="test",
            max_retries=0,
            http_client=openai.DefaultAsyncHttpxClient(verify=False),
        ) as client:
            ask: Any = (client.chat.completions if endpoint == "chat" else client.responses).create
            try:
                answer = await ask(**arguments(endpoint, model), stream=stream)
                if stream:
                    async for chunk in answer:
                        found.append(told(chunk))
                else:
                    found.append(told(answer))
            except Exception as error:
                found += [type(error), str(error), type(error.__cause__), type(error.__context__)]
    return found


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("endpoint", ["chat", "responses"])
@pytest.mark.parametrize("model", ODD)
def test_the_caller_gets_what_the_sdk_alone_gives(
    both: Recorder, endpoint: str, model: str, stream: bool
) -> None:
    seen = outcome(endpoint, model, stream=stream)
    assert both.tree() == [f"chat odd:{model}"]
    both.uninstrument()
    assert outcome(endpoint, model, stream=stream) == seen


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("endpoint", ["chat", "responses"])
@pytest.mark.parametrize("model", ODD)
async def test_the_asynchronous_caller_gets_what_the_sdk_alone_gives(
    both: Recorder, endpoint: str, model: str, stream: bool
) -> None:
    seen = await aoutcome(endpoint, model, stream=stream)
    assert both.tree() == [f"chat odd:{model}"]
    both.uninstrument()
    assert await aoutcome(endpoint, model, stream=stream) == seen


@pytest.mark.parametrize("model", ODD)
def test_odd_embeddings_and_pictures_are_handed_over_too(both: Recorder, model: str) -> None:
    with (
        Provider() as provider,
        openai.OpenAI(
            base_url=provider.base_url,
            api_key="test",
            max_retries=0,
            http_client=openai.DefaultHttpxClient(verify=False),
        ) as client,
    ):
        for ask in (client.embeddings.create, client.moderations.create):
            ask(model=f"odd:{model}", input="Hello there")
    assert len(both.spans) == 2
