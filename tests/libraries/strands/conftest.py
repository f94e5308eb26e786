# SPDX-License-Identifier: Apache-2.0
"""Strands instrumented together with the OpenAI SDK, and agents that ask the reference provider."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from strands import Agent, tool
from strands.models.openai import OpenAIModel

from alike.layers import alone, shown, traced  # noqa: F401 - fixtures
from alike.runs import quiet  # noqa: F401 - it runs of itself
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.strands import agents as ours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spanwright.console.provider import Provider

_HERE = Path(__file__).parent
MODEL = "gpt-4o-mini"
QUESTION = "What is the weather in Lisbon?"
SUNNY = (
    Reply(tool_calls=[ToolCall("get_weather", {"city": "Lisbon"})]),
    Reply("It is sunny in Lisbon."),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == _HERE:
            item.add_marker(pytest.mark.filterwarnings("ignore"))


@tool
def get_weather(city: str) -> str:
    """Get the weather of a city."""
    return f"It is sunny in {city}."


@pytest.fixture
def make(provider: Provider) -> Callable[..., Agent]:
    """Return a maker of agents that ask the reference provider."""

    def made(name: str = "forecaster", *, model: str = MODEL, **settings: Any) -> Agent:
        asked = OpenAIModel(
            client_args={"base_url": provider.base_url, "api_key": "test", "max_retries": 0}, model_id=model
        )
        settings.setdefault("callback_handler", None)
        return Agent(name=name, model=asked, **settings)

    return made


@pytest.fixture
def forecaster(make: Callable[..., Agent], provider: Provider) -> Agent:
    """Return an agent with a tool, which it uses in its first turn."""
    provider.say(*SUNNY)
    return make(tools=[get_weather], system_prompt="You tell the weather.", description="Knows the weather.")


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Nothing of what runs inside an agent stays open."""
    yield
    assert not ours._inner
