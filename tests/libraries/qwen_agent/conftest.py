# SPDX-License-Identifier: Apache-2.0
"""Qwen-Agent instrumented together with the OpenAI SDK, agents that ask the reference provider, and their tools."""

from __future__ import annotations

import json
import os
import tempfile

# The framework keeps files where the process runs, unless it is told otherwise before it is imported.
os.environ["QWEN_AGENT_DEFAULT_WORKSPACE"] = tempfile.mkdtemp()

from typing import TYPE_CHECKING, Any

import pytest
from qwen_agent.agents import Assistant
from qwen_agent.llm import get_chat_model
from qwen_agent.tools.base import BaseTool

from alike.layers import alone, shown, traced  # noqa: F401 - fixtures
from alike.runs import quiet  # noqa: F401 - it runs of itself
from lacking import lacking
from spanwright.console.provider import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.console.provider import Provider

pytest_runtest_call = lacking("qwen-agent", "0.0.34")


def calls(name: str, **arguments: Any) -> Reply:
    """Return the answer of a model that calls a tool, in the words by which the framework asks for it."""
    return Reply(f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>")


class Function(BaseTool):
    """A tool of the framework that is a function."""

    def __init__(self, function: Callable[..., Any], *names: str) -> None:
        self.name = function.__name__
        self.description = function.__doc__ or ""
        kind = {"type": "string", "description": "It."}
        self.parameters = [{"name": name, "required": True, **kind} for name in names]
        self._function = function
        super().__init__()

    def call(self, params: Any, **kwargs: Any) -> Any:
        """Call the function."""
        del kwargs
        return self._function(**self._verify_json_format_args(params))


def get_weather(city: str) -> str:
    """Get the weather of a city."""
    return f"It is sunny in {city}."


@pytest.fixture
def model(provider: Provider) -> Callable[..., Any]:
    """Return a maker of models that ask the reference provider."""

    def made(name: str = "gpt-4o-mini", **settings: Any) -> Any:
        return get_chat_model(
            {
                "model": name,
                "model_type": "oai",
                "model_server": provider.base_url,
                "api_key": "test",
                **settings,
            }
        )

    return made


@pytest.fixture
def make(model: Callable[..., Any]) -> Callable[..., Any]:
    """Return a maker of agents."""

    def made(name: str | None = "forecaster", *tools: Any, kind: Any = Assistant, **settings: Any) -> Any:
        return kind(**{"function_list": list(tools), "llm": model(), "name": name, **settings})

    return made


@pytest.fixture
def forecaster(make: Callable[..., Any]) -> Any:
    """Return an agent with a tool."""
    return make("forecaster", Function(get_weather, "city"), description="Tells the weather.")


@pytest.fixture
def spoken(provider: Provider) -> Provider:
    """Return the provider whose model calls the tool and then answers."""
    provider.say(calls("get_weather", city="Lisbon"), Reply("It is sunny."))
    return provider


def ask(text: str = "How is the weather?") -> list[dict[str, str]]:
    """Return what an agent is asked."""
    return [{"role": "user", "content": text}]


def answer(responses: Any) -> str:
    """Go through a run and return what it said last."""
    *_, last = responses
    return last[-1]["content"]
