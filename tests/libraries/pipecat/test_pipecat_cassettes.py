# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the trees and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from alike.replayed import *  # noqa: F403 - the provider
from alike.runs import errors, used
from alike.weather import ASK
from cassette import LINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

pytestmark = pytest.mark.vcr
# Bodies differ from version to version.
MATCH_ON = LINE


@pytest.mark.default_cassette("turn_streamed.yaml")
async def test_a_recorded_turn(traced: Recorder, talk: Callable[..., Any]) -> None:
    await talk("hi", name="forecaster")
    assert used(traced) == [
        ("invoke_workflow pipeline", 0, 0),
        ("invoke_agent forecaster", 0, 0),
        ("chat gpt-4o-mini", 8, 26),
    ]


@pytest.mark.default_cassette("tool_streamed.yaml")
async def test_a_recorded_turn_with_a_function(traced: Recorder, talk: Callable[..., Any]) -> None:
    await talk(ASK, 2, name="forecaster")
    assert used(traced) == [
        ("invoke_workflow pipeline", 0, 0),
        ("invoke_agent forecaster", 0, 0),
        ("chat gpt-4o-mini", 104, 11),
        ("execute_tool get_weather", 0, 0),
        ("chat gpt-4o-mini", 131, 14),
    ]


@pytest.mark.default_cassette("error.yaml")
async def test_a_recorded_error(traced: Recorder, talk: Callable[..., Any]) -> None:
    await talk("hi", model="error:401", name="forecaster")
    assert errors(traced) == {
        "invoke_agent forecaster": "openai.AuthenticationError",
        "chat error:401": "openai.AuthenticationError",
    }
