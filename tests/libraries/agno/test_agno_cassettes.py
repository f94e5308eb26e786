# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the trees and what they cost.

The cassettes are made again, by the reference provider, in a lane of the matrix with

    pytest --record-mode=rewrite tests/libraries/agno/test_agno_cassettes.py

Then the client reaches the provider as its proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from agno.agent import Agent
from agno.models.openai import OpenAIChat, OpenAIResponses

from alike.clients import recorded  # noqa: F401 - a fixture
from alike.runs import errors, used
from alike.weather import ASK
from cassette import LINE
from libraries.agno.conftest import consumed, get_weather

if TYPE_CHECKING:
    from collections.abc import Callable

    import openai

    from harness import Recorder

pytestmark = pytest.mark.vcr
# Bodies differ from version to version.
MATCH_ON = LINE
TREE = [
    "invoke_agent Forecaster",
    "chat gpt-4o-mini",
    "execute_tool get_weather",
    "chat gpt-4o-mini",
]


@pytest.fixture
def there(recorded: openai.AsyncOpenAI) -> Callable[..., Agent]:  # noqa: F811 - the fixture
    """Return a maker of agents that ask the fixed address."""

    def made(kind: Any = OpenAIChat, model: str = "gpt-4o-mini") -> Agent:
        asked = kind(id=model, api_key="test", async_client=recorded)
        return Agent(name="Forecaster", model=asked, tools=[get_weather], telemetry=False)

    return made


def judge(recorder: Recorder) -> None:
    """Compare the operations with one question of a tool; each model call has its usage."""
    told = [each for each in used(recorder) if each[0] != "look up"]
    assert [name for name, *_ in told] == TREE
    assert all((given > 0) == name.startswith("chat") for name, given, _ in told)


@pytest.mark.default_cassette("run.yaml")
async def test_a_run_from_a_cassette(traced: Recorder, there: Callable[..., Agent]) -> None:
    await there().arun(ASK)
    judge(traced)


@pytest.mark.default_cassette("run_streamed.yaml")
async def test_a_streamed_run_from_a_cassette(traced: Recorder, there: Callable[..., Agent]) -> None:
    await consumed(there().arun(ASK, stream=True))
    judge(traced)


@pytest.mark.default_cassette("run_responses.yaml")
async def test_a_run_on_responses_from_a_cassette(traced: Recorder, there: Callable[..., Agent]) -> None:
    await there(OpenAIResponses).arun(ASK)
    judge(traced)


@pytest.mark.default_cassette("error.yaml")
async def test_an_error_from_a_cassette(traced: Recorder, there: Callable[..., Agent]) -> None:
    try:
        await there(model="error:401").arun(ASK)
    except Exception:
        # Some versions raise it, others answer with it.
        traced.uninstrument()
    assert errors(traced)["chat error:401"]
