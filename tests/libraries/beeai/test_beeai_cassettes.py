# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the trees and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from beeai_framework.backend import ChatModelError, UserMessage

from alike.replayed import *  # noqa: F403 - the provider
from alike.runs import errors, used
from cassette import LINE
from libraries.beeai.conftest import ASK, calls, says

if TYPE_CHECKING:
    from collections.abc import Callable

    from alike.replayed import There
    from harness import Recorder

pytestmark = pytest.mark.vcr
# Bodies differ from version to version.
MATCH_ON = LINE


@pytest.mark.default_cassette("chat.yaml")
async def test_a_recorded_chat(traced: Recorder, model: Callable[..., Any]) -> None:
    await model().run([UserMessage("hi")])
    assert used(traced) == [("chat gpt-4o-mini", 8, 26)]


@pytest.mark.default_cassette("chat_streamed.yaml")
async def test_a_recorded_stream(traced: Recorder, model: Callable[..., Any]) -> None:
    await model(stream=True).run([UserMessage("hi")])
    assert used(traced) == [("chat gpt-4o-mini", 8, 26)]


@pytest.mark.default_cassette("tool.yaml")
async def test_a_recorded_run_of_a_tool(traced: Recorder, forecaster: Any, provider: There) -> None:
    provider.say(calls("get_weather", city="Lisbon"), says("It is sunny."))
    assert (await forecaster.run(ASK)).last_message.text == "It is sunny."
    assert used(traced) == [
        ("invoke_agent forecaster", 0, 0),
        ("chat gpt-4o-mini", 358, 11),
        ("execute_tool get_weather", 0, 0),
        ("chat gpt-4o-mini", 383, 15),
    ]


@pytest.mark.default_cassette("error.yaml")
async def test_a_recorded_error(traced: Recorder, model: Callable[..., Any]) -> None:
    with pytest.raises(ChatModelError):
        await model("error:401").run([UserMessage("hi")])
    assert errors(traced) == {"chat error:401": "beeai_framework.backend.errors.ChatModelError"}
