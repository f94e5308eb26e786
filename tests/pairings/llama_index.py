# SPDX-License-Identifier: Apache-2.0
"""Models of LlamaIndex."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llama_index.core.llms import ChatMessage

if TYPE_CHECKING:
    from spanwright.console.provider import Provider


def chat(provider: Provider) -> Any:
    from llama_index.llms.openai import OpenAI

    told = {"stream_options": {"include_usage": True}}
    return OpenAI(model="gpt-4o-mini", api_base=provider.base_url, api_key="test"), told


def responses(provider: Provider) -> Any:
    from llama_index.llms.openai import OpenAIResponses

    return OpenAIResponses(model="gpt-4o-mini", api_base=provider.base_url, api_key="test"), {}


def messages(provider: Provider) -> Any:
    from llama_index.llms.anthropic import Anthropic

    return Anthropic(model="claude-haiku-4-5", base_url=provider.url, api_key="test"), {}


def gemini(provider: Provider) -> Any:
    from google.genai import types
    from llama_index.llms.google_genai import GoogleGenAI

    told = types.HttpOptions(base_url=provider.url)
    return GoogleGenAI(model="gemini-2.5-flash", api_key="test", http_options=told, context_window=9999), {}


def litellm(provider: Provider) -> Any:
    from llama_index.llms.litellm import LiteLLM

    told = {"stream_options": {"include_usage": True}}
    return LiteLLM(model="openai/gpt-4o-mini", api_base=provider.base_url, api_key="test"), told


def whole(made: Any) -> None:
    model, _ = made
    model.chat([ChatMessage("hi")])


def streamed(made: Any) -> None:
    model, told = made
    for _ in model.stream_chat([ChatMessage("hi")], **told):
        pass


WAYS = {whole: 1, streamed: 1}
