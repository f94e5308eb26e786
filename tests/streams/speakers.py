# SPDX-License-Identifier: Apache-2.0
"""Who streams: a row a library, with its clients and with how one asks. A row more joins every exit of the table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from spanwright.console.provider import Provider, Reply
from spanwright.instrumentors.anthropic import AnthropicInstrumentor
from spanwright.instrumentors.google_genai import GoogleGenAIInstrumentor
from spanwright.instrumentors.langchain import LangChainInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor
from wires import anthropic as anthropic_wire
from wires import gemini as gemini_wire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

WIRES = [anthropic_wire.WIRE, gemini_wire.WIRE]
KINDS = (AnthropicInstrumentor, GoogleGenAIInstrumentor, LangChainInstrumentor, OpenAIInstrumentor)
HELLO = [{"role": "user", "content": "Hello there"}]
ODD = "odd:mid-stream-error"
_GEMINI = [
    {"candidates": [{"content": {"parts": [{"text": "one "}], "role": "model"}}]},
    {"error": {"code": 503, "message": "no more", "status": "UNAVAILABLE"}},
]


@dataclass(frozen=True)
class Speaker:
    """One library's stream. `ask` and `aask` take the provider and a model's name, where it is not the usual one."""

    name: str
    ask: Callable[..., Iterator[Any]]
    aask: Callable[..., Awaitable[Any]]
    some: int
    """After how many events of the wire there is the first word, and nothing else yet."""
    failing: Reply | None = None
    """The reply that fails within the stream; None: the model of that name does."""
    ahead: bool = False
    """Whether it reads on beside its consumer, so that the last event may be later than the last that was seen."""

    def __str__(self) -> str:
        return self.name


def _openai(provider: Provider, *, parallel: bool = False) -> Any:
    import openai

    # Reading the authorities' certificates would take most of the time of a test; so below.
    if parallel:
        return openai.AsyncOpenAI(**_told(provider.base_url, openai.DefaultAsyncHttpxClient(verify=False)))
    return openai.OpenAI(**_told(provider.base_url, openai.DefaultHttpxClient(verify=False)))


def _told(address: str, sender: Any) -> dict[str, Any]:
    return {"base_url": address, "http_client": sender, "api_key": "test", "max_retries": 0}


def chat(provider: Provider, model: str = "gpt-4o-mini") -> Any:
    told = {"stream": True, "stream_options": {"include_usage": True}}
    return _openai(provider).chat.completions.create(model=model, messages=HELLO, **told)


async def achat(provider: Provider, model: str = "gpt-4o-mini") -> Any:
    told = {"stream": True, "stream_options": {"include_usage": True}}
    client = _openai(provider, parallel=True)
    return await client.chat.completions.create(model=model, messages=HELLO, **told)


def responses(provider: Provider, model: str = "gpt-4o-mini") -> Any:
    return _openai(provider).responses.create(model=model, input="Hello there", stream=True)


async def aresponses(provider: Provider, model: str = "gpt-4o-mini") -> Any:
    client = _openai(provider, parallel=True)
    return await client.responses.create(model=model, input="Hello there", stream=True)


def _anthropic(provider: Provider, *, parallel: bool = False) -> Any:
    anthropic = pytest.importorskip("anthropic")
    if parallel:
        sender = anthropic.DefaultAsyncHttpxClient(verify=False)
        return anthropic.AsyncAnthropic(**_told(provider.url, sender))
    return anthropic.Anthropic(**_told(provider.url, anthropic.DefaultHttpxClient(verify=False)))


def messages(provider: Provider, model: str = "claude-haiku-4-5") -> Any:
    return _anthropic(provider).messages.create(model=model, max_tokens=99, messages=HELLO, stream=True)


async def amessages(provider: Provider, model: str = "claude-haiku-4-5") -> Any:
    client = _anthropic(provider, parallel=True)
    return await client.messages.create(model=model, max_tokens=99, messages=HELLO, stream=True)


def _gemini(provider: Provider) -> Any:
    genai = pytest.importorskip("google.genai")
    unchecked = {"client_args": {"verify": False}, "async_client_args": {"verify": False}}
    return genai.Client(api_key="test", http_options={"base_url": provider.url, **unchecked})


def gemini(provider: Provider, model: str = "gemini-2.5-flash") -> Any:
    client = _gemini(provider)
    # The client closes its connections when it is dropped, and the stream does not hold it.
    _kept.append(client)
    return client.models.generate_content_stream(model=model, contents="Hello there")


async def agemini(provider: Provider, model: str = "gemini-2.5-flash") -> Any:
    client = _gemini(provider)
    _kept.append(client)
    return await client.aio.models.generate_content_stream(model=model, contents="Hello there")


_kept: list[Any] = []


def _model(provider: Provider, model: str) -> Any:
    import openai

    made = pytest.importorskip("langchain_openai")
    told = _told(provider.base_url, openai.DefaultHttpxClient(verify=False))
    told["http_async_client"] = openai.DefaultAsyncHttpxClient(verify=False)
    return made.ChatOpenAI(model=model, stream_usage=True, **told)


def langchain(provider: Provider, model: str = "gpt-4o-mini") -> Any:
    return _model(provider, model).stream("Hello there")


async def alangchain(provider: Provider, model: str = "gpt-4o-mini") -> Any:
    return _model(provider, model).astream("Hello there")


def _agent(provider: Provider, model: str) -> Any:
    return pytest.importorskip("langchain.agents").create_agent(_model(provider, model))


def agent(provider: Provider, model: str = "gpt-4o-mini") -> Any:
    return _agent(provider, model).stream({"messages": HELLO}, stream_mode="messages")


async def aagent(provider: Provider, model: str = "gpt-4o-mini") -> Any:
    return _agent(provider, model).astream({"messages": HELLO}, stream_mode="messages")


SPEAKERS = [
    Speaker("openai chat", chat, achat, 2),
    Speaker("openai responses", responses, aresponses, 5),
    Speaker("anthropic", messages, amessages, 4),
    Speaker(
        "google-genai", gemini, agemini, 1, Reply(events=[f"data: {json.dumps(each)}" for each in _GEMINI])
    ),
    Speaker("langchain model", langchain, alangchain, 2),
    Speaker("langchain agent", agent, aagent, 2, ahead=True),
]
