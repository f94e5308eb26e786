# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the trees and what they cost.

The cassettes are made again, by the reference provider, with

    python -m pytest --record-mode=rewrite tests/libraries/agent_framework/test_agent_framework_cassettes.py

in an environment of a lane. Then the client reaches the provider as its proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest
from agent_framework import Agent
from agent_framework.openai import OpenAIChatClient, OpenAIChatCompletionClient

from alike import weather
from alike.weather import ASK
from cassette import LINE
from libraries.agent_framework.conftest import get_weather

if TYPE_CHECKING:
    from harness import Recorder

pytestmark = pytest.mark.vcr
# Bodies differ from version to version.
MATCH_ON = LINE
RUN = weather.tree()


def forecaster(
    client: openai.AsyncOpenAI, kind: Any = OpenAIChatCompletionClient, name: str = "gpt-4o-mini"
) -> Agent:
    return Agent(kind(model=name, async_client=client), name="Forecaster", tools=[get_weather])


def used(recorder: Recorder) -> list[int]:
    """Return the input tokens of each model call."""
    chats = [span for span in recorder.spans if span.name.startswith("chat")]
    return [int(str((span.attributes or {})["gen_ai.usage.input_tokens"])) for span in chats]


@pytest.mark.default_cassette("run.yaml")
async def test_a_run(traced: Recorder, recorded: openai.AsyncOpenAI) -> None:
    await forecaster(recorded).run(ASK)
    assert traced.tree() == RUN
    assert used(traced) == [122, 147]


@pytest.mark.default_cassette("run_responses.yaml")
async def test_a_run_on_responses(traced: Recorder, recorded: openai.AsyncOpenAI) -> None:
    await forecaster(recorded, OpenAIChatClient).run(ASK)
    assert traced.tree() == RUN
    assert all(used(traced))


@pytest.mark.default_cassette("run_streamed.yaml")
async def test_a_streamed_run(traced: Recorder, recorded: openai.AsyncOpenAI) -> None:
    texts = [update.text async for update in forecaster(recorded).run(ASK, stream=True)]
    assert "".join(texts).endswith("It is sunny in Lisbon.")
    assert traced.tree() == RUN


@pytest.mark.default_cassette("error.yaml")
async def test_an_error(traced: Recorder, recorded: openai.AsyncOpenAI) -> None:
    with pytest.raises(Exception, match="429"):
        await forecaster(recorded, name="error:429").run("hi")
    assert all((span.attributes or {}).get("error.type") for span in traced.spans)
