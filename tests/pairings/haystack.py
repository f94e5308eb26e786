# SPDX-License-Identifier: Apache-2.0
"""Chat generators of Haystack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from haystack.dataclasses import ChatMessage
from haystack.utils import Secret

if TYPE_CHECKING:
    from spanwright.console.provider import Provider

_KEY = Secret.from_token("test")


def chat(provider: Provider) -> Any:
    from haystack.components.generators.chat import OpenAIChatGenerator

    told = {"stream_options": {"include_usage": True}}
    return OpenAIChatGenerator(_KEY, "gpt-4o-mini", api_base_url=provider.base_url), told


def responses(provider: Provider) -> Any:
    from haystack.components.generators.chat import OpenAIResponsesChatGenerator

    return OpenAIResponsesChatGenerator(api_key=_KEY, model="gpt-4o-mini", api_base_url=provider.base_url), {}


def messages(provider: Provider) -> Any:
    from anthropic import Anthropic
    from haystack_integrations.components.generators.anthropic import AnthropicChatGenerator

    made = AnthropicChatGenerator(_KEY, "claude-haiku-4-5")
    made.warm_up()
    made.client = Anthropic(base_url=provider.url, api_key="test")
    return made, {}


def gemini(provider: Provider) -> Any:
    from google.genai import Client, types
    from haystack_integrations.components.generators.google_genai import GoogleGenAIChatGenerator

    made = GoogleGenAIChatGenerator(api_key=_KEY, model="gemini-2.5-flash")
    made._client = Client(api_key="test", http_options=types.HttpOptions(base_url=provider.url))
    return made, {}


def litellm(provider: Provider) -> Any:
    from haystack_integrations.components.generators.litellm import LiteLLMChatGenerator

    told = {"stream_options": {"include_usage": True}}
    return LiteLLMChatGenerator(
        api_key=_KEY, model="openai/gpt-4o-mini", api_base_url=provider.base_url
    ), told


def whole(made: Any) -> None:
    generator, _ = made
    _warm(generator)
    generator.run([ChatMessage.from_user("hi")])


def streamed(made: Any) -> None:
    generator, told = made
    _warm(generator)
    generator.run([ChatMessage.from_user("hi")], streaming_callback=lambda _: None, generation_kwargs=told)


def _warm(generator: Any) -> None:
    if hasattr(generator, "warm_up"):
        generator.warm_up()


WAYS = {whole: 1, streamed: 1}
