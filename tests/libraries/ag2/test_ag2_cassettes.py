# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the trees and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from alike.replayed import *  # noqa: F403 - the provider
from alike.runs import errors, used
from alike.weather import ASK
from cassette import LINE
from libraries.ag2.conftest import get_weather

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

pytestmark = pytest.mark.vcr
# Bodies differ from version to version.
MATCH_ON = LINE


@pytest.mark.default_cassette("ask.yaml")
async def test_a_recorded_question(traced: Recorder, make: Callable[..., Any]) -> None:
    await make().ask("hi")
    assert used(traced) == [("invoke_agent Forecaster", 0, 0), ("chat gpt-4o-mini", 15, 26)]


@pytest.mark.parametrize(
    "streaming",
    [
        pytest.param(False, marks=pytest.mark.default_cassette("tool.yaml")),
        pytest.param(True, marks=pytest.mark.default_cassette("tool_streamed.yaml")),
    ],
)
async def test_a_recorded_run_of_a_tool(traced: Recorder, make: Callable[..., Any], streaming: bool) -> None:
    await make(tools=[get_weather], streaming=streaming).ask(ASK)
    assert used(traced) == [
        ("invoke_agent Forecaster", 0, 0),
        ("chat gpt-4o-mini", 128, 11),
        ("execute_tool get_weather", 0, 0),
        ("chat gpt-4o-mini", 153, 12),
    ]


@pytest.mark.default_cassette("error.yaml")
async def test_a_recorded_error(traced: Recorder, make: Callable[..., Any]) -> None:
    with pytest.raises(Exception, match="401"):
        await make(model="error:401").ask("hi")
    assert errors(traced) == {
        "invoke_agent Forecaster": "openai.AuthenticationError",
        "chat error:401": "openai.AuthenticationError",
    }
