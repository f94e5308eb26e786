# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the trees and what they cost.

The cassettes are made again, by the reference provider, with

    python -m pytest --record-mode=rewrite tests/libraries/pydantic_ai/test_pydantic_ai_cassettes.py

in an environment of a lane. Then the client reaches the provider as its proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider

from alike.runs import used
from alike.weather import ASK
from cassette import LINE
from libraries.pydantic_ai.conftest import get_weather

if TYPE_CHECKING:
    from harness import Recorder

pytestmark = pytest.mark.vcr
# Bodies differ from version to version.
MATCH_ON = LINE


def forecaster(client: openai.AsyncOpenAI, kind: Any = OpenAIChatModel, name: str = "gpt-4o-mini") -> Agent:
    model = kind(name, provider=OpenAIProvider(openai_client=client))
    return Agent(model, name="Forecaster", tools=[get_weather])


@pytest.mark.default_cassette("run.yaml")
async def test_a_run(traced: Recorder, recorded: openai.AsyncOpenAI) -> None:
    await forecaster(recorded).run(ASK)
    assert used(traced) == [
        ("invoke_agent Forecaster", 0, 0),
        ("chat gpt-4o-mini", 119, 11),
        ("execute_tool get_weather", 0, 0),
        ("chat gpt-4o-mini", 144, 12),
    ]


@pytest.mark.default_cassette("run_responses.yaml")
async def test_a_run_on_responses(traced: Recorder, recorded: openai.AsyncOpenAI) -> None:
    await forecaster(recorded, OpenAIResponsesModel).run(ASK)
    assert [name for name, *_ in used(traced)] == [
        "invoke_agent Forecaster",
        "chat gpt-4o-mini",
        "execute_tool get_weather",
        "chat gpt-4o-mini",
    ]
    assert all(count for name, count, _ in used(traced) if name.startswith("chat"))


@pytest.mark.default_cassette("run_streamed.yaml")
async def test_a_streamed_run(traced: Recorder, recorded: openai.AsyncOpenAI) -> None:
    async with forecaster(recorded).run_stream(ASK) as result:
        texts = [text async for text in result.stream_text(debounce_by=None)]
    assert texts[-1] == "Here is what I found: It is sunny in Lisbon."
    assert [name for name, *_ in used(traced)] == [
        "invoke_agent Forecaster",
        "chat gpt-4o-mini",
        "execute_tool get_weather",
        "chat gpt-4o-mini",
    ]


@pytest.mark.default_cassette("error.yaml")
async def test_an_error(traced: Recorder, recorded: openai.AsyncOpenAI) -> None:
    with pytest.raises(ModelHTTPError):
        await forecaster(recorded, name="error:429").run("hi")
    assert all((span.attributes or {}).get("error.type") for span in traced.spans)
