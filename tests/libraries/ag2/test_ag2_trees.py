# SPDX-License-Identifier: Apache-2.0
"""Agents, tools and model calls as trees: alone, behind tools, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dirty_equals import IsStr

from alike import weather
from alike.runs import judge_metrics
from alike.weather import ASK

if TYPE_CHECKING:
    from harness import Recorder


async def test_an_agent_says_who_it_is_and_what_it_does(traced: Recorder, forecaster: Any) -> None:
    await forecaster.ask(ASK)
    assert traced.tree() == weather.tree()
    assert traced.attributes("invoke_agent") == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "Forecaster",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.conversation.id": IsStr(),
    }


async def test_metrics_count_what_an_agent_does(traced: Recorder, forecaster: Any) -> None:
    await forecaster.ask(ASK)
    judge_metrics(traced)
