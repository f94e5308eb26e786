# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the trees and what they cost.

LiteLLM is asked: since 3.4 DSPy speaks HTTP itself, on sockets that no recorder knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dspy
import pytest

from alike.replayed import *  # noqa: F403 - the provider
from alike.runs import errors, used
from cassette import LINE
from libraries.dspy.conftest import OWN_ENGINE, said
from libraries.dspy.programs import ASK, SAID, SCRIPT, Forecaster, forecaster, stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from alike.replayed import There
    from harness import Recorder

pytestmark = pytest.mark.vcr
# The ways in which versions write the same request differ.
MATCH_ON = LINE
ENGINE: dict[str, Any] = {"engine": "litellm"} if OWN_ENGINE else {}


@pytest.fixture
def lm(make: Callable[..., dspy.LM]) -> Iterator[dspy.LM]:
    """Return the language model that programs ask."""
    made = make(**ENGINE)
    with dspy.context(lm=made):
        yield made


@pytest.mark.default_cassette("predict.yaml")
def test_a_recorded_prediction(traced: Recorder, lm: dspy.LM, provider: There) -> None:
    provider.say(said(answer="Blue."))
    assert dspy.Predict(Forecaster)(question=ASK).answer == "Blue."
    assert used(traced) == [("chat gpt-4o-mini", 180, 21)]


@pytest.mark.default_cassette("predict_streamed.yaml")
async def test_a_recorded_stream(traced: Recorder, lm: dspy.LM, threads: None, provider: There) -> None:
    provider.say(said(answer="Blue."))
    assert (await stream(dspy.Predict(Forecaster))).answer == "Blue."
    assert traced.tree() == ["chat gpt-4o-mini"]
    assert traced.attributes()["gen_ai.request.stream"] is True


@pytest.mark.default_cassette("agent.yaml")
def test_a_recorded_agent(traced: Recorder, lm: dspy.LM, provider: There) -> None:
    provider.say(*SCRIPT)
    assert forecaster()(question=ASK).answer == SAID
    assert used(traced) == [
        ("invoke_agent Forecaster", 0, 0),
        ("chat gpt-4o-mini", 700, 57),
        ("execute_tool get_weather", 0, 0),
        ("chat gpt-4o-mini", 762, 49),
        ("chat gpt-4o-mini", 365, 40),
    ]


@pytest.mark.default_cassette("error.yaml")
def test_a_recorded_error(traced: Recorder, make: Callable[..., dspy.LM]) -> None:
    with pytest.raises(Exception, match="Incorrect API key"):
        make("openai/error:401", **ENGINE)("hi")
    assert set(errors(traced)) == {"chat error:401"}
