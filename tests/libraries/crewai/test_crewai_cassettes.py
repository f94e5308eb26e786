# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the trees and what they cost.

The cassettes are made again, by the reference provider, in a lane of the matrix with

    pytest --record-mode=rewrite tests/libraries/crewai/test_crewai_cassettes.py

Then the client reaches the provider as its proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from crewai import LLM, Agent, Crew, Task
from crewai.llms.providers.openai.completion import OpenAICompletion

from alike.runs import used
from alike.weather import ASK
from cassette import ADDRESS, LINE
from libraries.crewai.conftest import get_weather

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

pytestmark = [pytest.mark.vcr, pytest.mark.needs("calls of tools by the model's own means")]
MATCH_ON = LINE


@pytest.fixture
def there(proxy: str | None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a maker of models at the fixed address."""
    if proxy is not None:
        monkeypatch.setenv("http_proxy", proxy)

    def made(model: str = "gpt-4o-mini", **settings: Any) -> Any:
        kind = OpenAICompletion if ":" in model else LLM
        return kind(model=model, base_url=f"{ADDRESS}/v1", api_key="test", max_retries=0, **settings)

    return made


def forecaster(llm: Any, **settings: Any) -> Agent:
    return Agent(
        role="Forecaster",
        goal="Tell the weather",
        backstory="You look out.",
        llm=llm,
        tools=[get_weather],
        **settings,
    )


@pytest.mark.default_cassette("agent.yaml")
def test_an_agent_from_a_cassette(traced: Recorder, there: Callable[..., Any]) -> None:
    forecaster(there()).kickoff(ASK)
    assert used(traced) == [
        ("invoke_agent Forecaster", 0, 0),
        ("chat gpt-4o-mini", 146, 24),
        *[("execute_tool get_weather", 0, 0)] * 2,
        ("chat gpt-4o-mini", 196, 20),
    ]


@pytest.mark.default_cassette("agent_streamed.yaml")
def test_a_streaming_agent_from_a_cassette(traced: Recorder, there: Callable[..., Any]) -> None:
    forecaster(there(stream=True)).kickoff(ASK)
    assert used(traced) == [
        ("invoke_agent Forecaster", 0, 0),
        ("chat gpt-4o-mini", 146, 24),
        *[("execute_tool get_weather", 0, 0)] * 2,
        ("chat gpt-4o-mini", 196, 20),
    ]


@pytest.mark.default_cassette("crew.yaml")
def test_a_crew_from_a_cassette(traced: Recorder, there: Callable[..., Any]) -> None:
    agent = forecaster(there())
    task = Task(name="report", description=ASK, expected_output="One sentence", agent=agent)
    Crew(name="Morning", agents=[agent], tasks=[task]).kickoff()
    assert used(traced) == [
        ("invoke_workflow Morning", 0, 0),
        ("task report", 0, 0),
        ("invoke_agent Forecaster", 0, 0),
        ("chat gpt-4o-mini", 180, 46),
        *[("execute_tool get_weather", 0, 0)] * 4,
        ("chat gpt-4o-mini", 272, 32),
    ]


@pytest.mark.default_cassette("error.yaml")
def test_an_error_from_a_cassette(traced: Recorder, there: Callable[..., Any]) -> None:
    with pytest.raises(Exception, match="401"):
        there("error:401").call("hi")
    assert traced.attributes()["error.type"] == "openai.AuthenticationError"
