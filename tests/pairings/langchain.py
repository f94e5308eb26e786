# SPDX-License-Identifier: Apache-2.0
"""Chat models of LangChain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spanwright.console.provider import Provider


def chat(provider: Provider) -> Any:
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(base_url=provider.base_url, api_key="test", model="gpt-4o-mini", stream_usage=True)


def responses(provider: Provider) -> Any:
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(base_url=provider.base_url, api_key="test", model="gpt-4o-mini", use_responses_api=True)


def messages(provider: Provider) -> Any:
    from langchain_anthropic import ChatAnthropic

    return ChatAnthropic(base_url=provider.url, api_key="test", model="claude-haiku-4-5", max_tokens=99)


def gemini(provider: Provider) -> Any:
    from langchain_google_genai import ChatGoogleGenerativeAI

    return ChatGoogleGenerativeAI(base_url=provider.url, api_key="test", model="gemini-2.5-flash")


def whole(model: Any) -> None:
    model.invoke("hi")


def streamed(model: Any) -> None:
    for _ in model.stream("hi"):
        pass


def batch(model: Any) -> None:
    model.batch(["hi", "there"])


WAYS = {whole: 1, streamed: 1, batch: 2}
