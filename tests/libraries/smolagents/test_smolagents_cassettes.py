# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the trees and what they cost.

The cassettes are made again, by the reference provider, in a lane of the matrix with

    pytest --record-mode=rewrite tests/libraries/smolagents/test_smolagents_cassettes.py

Then the client reaches the provider as its proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from smolagents import AgentGenerationError, OpenAIModel, ToolCallingAgent

from alike.runs import used
from cassette import ADDRESS, LINE
from libraries.smolagents.conftest import get_weather

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness import Recorder

pytestmark = pytest.mark.vcr
MATCH_ON = LINE
ASK = "weather"


@pytest.fixture
def there(proxy: str | None) -> Iterator[Callable[..., Any]]:
    """Return a maker of agents that ask the fixed address, for few steps."""
    with httpx.Client(verify=False, proxy=proxy) as client:

        def made(model: str = "gpt-4o-mini", **settings: Any) -> ToolCallingAgent:
            asked = OpenAIModel(
                model,
                api_base=f"{ADDRESS}/v1",
                api_key="test",
                client_kwargs={"max_retries": 0, "http_client": client},
            )
            return ToolCallingAgent(
                [get_weather], asked, name="forecaster", max_steps=1, verbosity_level=-1, **settings
            )

        yield made


@pytest.mark.default_cassette("agent.yaml")
def test_an_agent_from_a_cassette(traced: Recorder, there: Callable[..., Any]) -> None:
    there().run(ASK)
    assert used(traced) == [
        ("invoke_agent forecaster", 0, 0),
        ("chat gpt-4o-mini", 1155, 11),
        ("execute_tool get_weather", 0, 0),
        ("chat gpt-4o-mini", 148, 53),
    ]


@pytest.mark.default_cassette("agent_streamed.yaml")
def test_a_streaming_agent_from_a_cassette(traced: Recorder, there: Callable[..., Any]) -> None:
    there(stream_outputs=True).run(ASK)
    assert used(traced) == [
        ("invoke_agent forecaster", 0, 0),
        ("chat gpt-4o-mini", 1155, 11),
        ("execute_tool get_weather", 0, 0),
        ("chat gpt-4o-mini", 148, 53),
    ]


@pytest.mark.default_cassette("managed.yaml")
def test_a_managed_agent_from_a_cassette(traced: Recorder, there: Callable[..., Any]) -> None:
    inner = there(description="Knows the weather.")
    boss = ToolCallingAgent(
        [], inner.model, name="boss", managed_agents=[inner], max_steps=1, verbosity_level=-1
    )
    boss.run("Ask the forecaster for the weather")
    assert used(traced) == [
        ("invoke_agent boss", 0, 0),
        ("chat gpt-4o-mini", 1395, 11),
        ("execute_tool forecaster", 0, 0),
        ("invoke_agent forecaster", 0, 0),
        ("chat gpt-4o-mini", 1352, 227),
        ("chat gpt-4o-mini", 371, 8),
    ]


@pytest.mark.default_cassette("error.yaml")
def test_an_error_from_a_cassette(traced: Recorder, there: Callable[..., Any]) -> None:
    with pytest.raises(AgentGenerationError, match="401"):
        there("error:401").run(ASK)
    assert traced.attributes("chat")["error.type"] == "openai.AuthenticationError"
