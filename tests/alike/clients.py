# SPDX-License-Identifier: Apache-2.0
"""Clients of the OpenAI SDK for what stands on it: of the reference provider, of a cassette and of recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest

from cassette import ADDRESS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from recordings.tape import Interaction
    from spanwright.console.provider import Provider

__all__ = ["HTTP", "client", "parallel", "plain", "recorded", "replayed"]
HTTP: Any = getattr(openai._base_client, "httpx2", None) or openai._base_client.httpx
"""The HTTP library that the installed SDK is built on."""
_OPTIONS: dict[str, Any] = {"api_key": "test", "max_retries": 0}


def plain(provider: Provider) -> openai.OpenAI:
    """Return a client that asks the reference provider and never retries."""
    # Reading the authorities' certificates would take most of the time of a test.
    sender = openai.DefaultHttpxClient(verify=False)
    return openai.OpenAI(base_url=provider.base_url, http_client=sender, **_OPTIONS)


def parallel(provider: Provider) -> openai.AsyncOpenAI:
    """Return its asynchronous twin."""
    sender = openai.DefaultAsyncHttpxClient(verify=False)
    return openai.AsyncOpenAI(base_url=provider.base_url, http_client=sender, **_OPTIONS)


def replayed(tapes: list[Interaction]) -> openai.AsyncOpenAI:
    """Return a client that gets the recorded answers, one after the other."""
    left = iter(tapes)

    def answer(_: Any) -> Any:
        tape = next(left)
        return HTTP.Response(tape.status, headers=tape.answer_headers, content=tape.body)

    sender = HTTP.AsyncClient(transport=HTTP.MockTransport(answer))
    return openai.AsyncOpenAI(base_url=tapes[0].base_url, http_client=sender, **_OPTIONS)


@pytest.fixture
async def client(provider: Provider) -> AsyncIterator[openai.AsyncOpenAI]:
    """Return a client of the reference provider, which every agent asks."""
    async with parallel(provider) as made:
        yield made


@pytest.fixture
async def recorded(proxy: str | None) -> AsyncIterator[openai.AsyncOpenAI]:
    """Return a client of a cassette's address, which every agent asks."""
    sender = HTTP.AsyncClient(verify=False, proxy=proxy)
    async with openai.AsyncOpenAI(base_url=f"{ADDRESS}/v1", http_client=sender, **_OPTIONS) as made:
        yield made
