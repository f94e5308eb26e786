# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the trees and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from alike import weather
from alike.replayed import *  # noqa: F403 - the provider
from alike.runs import errors, used
from cassette import LINE
from libraries.qwen_agent.conftest import answer, ask, calls
from spanwright.console.provider import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from alike.replayed import There
    from harness import Recorder

pytestmark = pytest.mark.vcr
# Bodies differ from version to version.
MATCH_ON = LINE


@pytest.mark.default_cassette("chat.yaml")
def test_a_recorded_chat(traced: Recorder, model: Callable[..., Any]) -> None:
    assert model().chat(messages=ask("hi"), stream=False)
    assert used(traced) == [("chat gpt-4o-mini", 8, 26)]


@pytest.mark.default_cassette("chat_streamed.yaml")
def test_a_recorded_stream(traced: Recorder, model: Callable[..., Any]) -> None:
    assert list(model().chat(messages=ask("hi"), stream=True))
    assert traced.tree() == ["chat gpt-4o-mini"]
    assert traced.attributes()["gen_ai.request.stream"] is True


@pytest.mark.default_cassette("tool.yaml")
def test_a_recorded_run_of_a_tool(traced: Recorder, forecaster: Any, provider: There) -> None:
    provider.say(calls("get_weather", city="Lisbon"), Reply("It is sunny."))
    assert answer(forecaster.run(ask())) == "It is sunny."
    assert traced.tree() == weather.tree("forecaster")


@pytest.mark.default_cassette("error.yaml")
def test_a_recorded_error(traced: Recorder, model: Callable[..., Any]) -> None:
    with pytest.raises(Exception, match="API key"):
        model("error:401").chat(messages=ask("hi"), stream=False)
    assert errors(traced) == {"chat error:401": "qwen_agent.llm.base.ModelServiceError"}
