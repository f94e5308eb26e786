# SPDX-License-Identifier: Apache-2.0
"""Whatever framework asks through whatever client: one inference span for each model call, and its usage counted once.

Every row of the table is tried with every client that it knows and that is installed here, whole and streamed, with
all instrumentors on, and with one of the two alone.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from spanwright.console.provider import Provider
from spanwright.instrumentors.anthropic import AnthropicInstrumentor
from spanwright.instrumentors.google_genai import GoogleGenAIInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.langchain import LangChainInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor
from wires import anthropic as anthropic_wire
from wires import gemini as gemini_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness import Recorder

INFERENCES = ("chat", "text_completion", "generate_content")


def chat(provider: Provider) -> Any:
    made = pytest.importorskip("langchain_openai")
    return made.ChatOpenAI(base_url=provider.base_url, api_key="test", model="gpt-4o-mini", stream_usage=True)


def responses(provider: Provider) -> Any:
    made = pytest.importorskip("langchain_openai")
    return made.ChatOpenAI(
        base_url=provider.base_url, api_key="test", model="gpt-4o-mini", use_responses_api=True
    )


def messages(provider: Provider) -> Any:
    made = pytest.importorskip("langchain_anthropic")
    return made.ChatAnthropic(base_url=provider.url, api_key="test", model="claude-haiku-4-5", max_tokens=99)


def gemini(provider: Provider) -> Any:
    made = pytest.importorskip("langchain_google_genai")
    return made.ChatGoogleGenerativeAI(base_url=provider.url, api_key="test", model="gemini-2.5-flash")


CLIENTS = {
    chat: OpenAIInstrumentor,
    responses: OpenAIInstrumentor,
    messages: AnthropicInstrumentor,
    gemini: GoogleGenAIInstrumentor,
}


def whole(model: Any) -> int:
    return model.invoke("hi").usage_metadata["total_tokens"]


def streamed(model: Any) -> int:
    total: Any = None
    for piece in model.stream("hi"):
        total = piece if total is None else total + piece
    return total.usage_metadata["total_tokens"]


def batch(model: Any) -> int:
    return sum(answer.usage_metadata["total_tokens"] for answer in model.batch(["hi", "there"]))


WAYS = {whole: 1, streamed: 1, batch: 2}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider(wires=[anthropic_wire.WIRE, gemini_wire.WIRE]) as running:
        yield running


@pytest.mark.parametrize("layers", ["both", "the framework alone", "the client alone"])
@pytest.mark.parametrize(
    ("way", "client"),
    list(itertools.product(WAYS, CLIENTS)),
    ids=lambda each: each.__name__,
)
def test_a_model_call_is_one_span_and_is_counted_once(
    way: Callable[[Any], int],
    client: Callable[[Provider], Any],
    layers: str,
    recorder: Recorder,
    provider: Provider,
) -> None:
    kinds = [HttpxInstrumentor]
    kinds += [] if layers == "the client alone" else [LangChainInstrumentor]
    kinds += [] if layers == "the framework alone" else [CLIENTS[client]]
    model = client(provider)
    recorder.instrument(*(kind() for kind in kinds))
    total = way(model)
    spans = [
        span for span in recorder.spans if (span.attributes or {}).get("gen_ai.operation.name") in INFERENCES
    ]
    told = [
        (span.attributes or {}).get(f"gen_ai.usage.{kind}_tokens", 0)
        for span in spans
        for kind in ("input", "output")
    ]
    assert len(spans) == WAYS[way]
    assert sum(told) == total
    assert sum(point.sum for point in recorder.points("gen_ai.client.token.usage")) == total
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == WAYS[way]
