# SPDX-License-Identifier: Apache-2.0
"""Agents of AG2."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spanwright.console.provider import Provider

# Where the agents are: in a beta before 1.0.
ROOT = "ag2" if int(version("ag2").partition(".")[0]) >= 1 else "autogen.beta"
_AGENT = import_module(ROOT).Agent


def _config(name: str, **told: Any) -> Any:
    return getattr(import_module(f"{ROOT}.config"), name)(api_key="test", **told)


def chat(provider: Provider) -> Any:
    return _config("OpenAIConfig", model="gpt-4o-mini", base_url=provider.base_url)


def responses(provider: Provider) -> Any:
    return _config("OpenAIResponsesConfig", model="gpt-4o-mini", base_url=provider.base_url)


def messages(provider: Provider) -> Any:
    return _config("AnthropicConfig", model="claude-haiku-4-5", base_url=provider.url)


def gemini(provider: Provider) -> Any:
    from google.genai import Client, types

    asked = Client(api_key="test", http_options=types.HttpOptions(base_url=provider.url))
    kind: Any = import_module(f"{ROOT}.config").GeminiConfig

    class Asking(kind):
        def create(self) -> Any:
            made = kind.create(self)
            made._client = asked
            return made

    return Asking(model="gemini-2.5-flash", api_key="test")


async def whole(config: Any) -> None:
    await _AGENT("host", "You greet.", config=config).ask("hi")


async def streamed(config: Any) -> None:
    config.streaming = True
    await _AGENT("host", "You greet.", config=config).ask("hi")


WAYS = {whole: 1, streamed: 1}
