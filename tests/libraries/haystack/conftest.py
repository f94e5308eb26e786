# SPDX-License-Identifier: Apache-2.0
"""Haystack instrumented together with the OpenAI SDK, and components that ask the reference provider."""

from __future__ import annotations

import os
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from alike.layers import alone, shown, traced  # noqa: F401 - fixtures
from alike.runs import quiet  # noqa: F401 - a fixture of every test
from alike.weather import get_weather
from lacking import needing

# Before Haystack is imported: it would tell its makers of each pipeline.
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"

import pytest
from haystack import Pipeline
from haystack.components.agents import Agent
from haystack.components.embedders import OpenAITextEmbedder
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.tools import create_tool_from_function
from haystack.utils import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spanwright.console.provider import Provider

VERSION = tuple(int(part) for part in version("haystack-ai").split(".")[:2])
# What a test needs of Haystack, by its marker's argument.
_SINCE = {"tools know their calls": (3, 0), "tools are asynchronous": (3, 0)}
try:
    from haystack import AsyncPipeline
except ImportError:  # since 3.0 it is the same class
    AsyncPipeline = Pipeline


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(feature): skip where the installed Haystack has it not")


pytest_collection_modifyitems = needing(VERSION, _SINCE)


@pytest.fixture
def options(provider: Provider) -> dict[str, Any]:
    """Return what points a component at the reference provider."""
    return {
        "api_base_url": provider.base_url,
        "api_key": Secret.from_token("test"),
        "max_retries": 0,
        "http_client_kwargs": {"verify": False},
    }


@pytest.fixture
def make(options: dict[str, Any]) -> Iterator[Callable[..., OpenAIChatGenerator]]:
    """Return a maker of generators that ask the reference provider."""
    made: list[Any] = []

    def generator(model: str = "gpt-4o-mini", **settings: Any) -> OpenAIChatGenerator:
        made.append(OpenAIChatGenerator(model=model, **{**options, **settings}))
        return made[-1]

    yield generator
    for each in made:
        if each.client is not None:
            each.client.close()


@pytest.fixture
def llm(make: Callable[..., OpenAIChatGenerator]) -> OpenAIChatGenerator:
    """Return a generator that asks the reference provider."""
    return make()


@pytest.fixture
def embedder(options: dict[str, Any]) -> Iterator[OpenAITextEmbedder]:
    """Return an embedder that asks the reference provider."""
    made = OpenAITextEmbedder(model="text-embedding-3-small", **options)
    yield made
    if made.client is not None:
        made.client.close()


def user(words: str = "hi") -> list[ChatMessage]:
    """Return a user's message."""
    return [ChatMessage.from_user(words)]


@pytest.fixture
def forecaster(llm: OpenAIChatGenerator) -> Agent:
    """Return an agent with a tool."""
    return Agent(chat_generator=llm, tools=[create_tool_from_function(get_weather)])
