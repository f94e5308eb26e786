# SPDX-License-Identifier: Apache-2.0
"""Content is told when it is asked for, and not otherwise, whatever the framework's own switch says."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from agent_framework import observability

from alike.told import *  # noqa: F403 - the tests that such frameworks have alike
from alike.told import ANSWER, LAYERS
from alike.weather import ASK

if TYPE_CHECKING:
    from agent_framework import Agent

    from harness import Recorder


def parts(messages: Any) -> list[Any]:
    return [part for message in messages for part in message["parts"]]


async def test_content_stays_off_when_the_framework_would_tell_it(
    traced: Recorder, forecaster: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observability.OBSERVABILITY_SETTINGS, "enable_sensitive_data", True)
    await forecaster.run(ASK)
    assert "Lisbon" not in traced.everything()
    assert "You tell the weather" not in traced.everything()


@LAYERS
@pytest.mark.parametrize("stream", [False, True])
async def test_a_model_call_says_its_messages(
    request: pytest.FixtureRequest, forecaster: Agent, fixture: str, stream: bool
) -> None:
    recorder = request.getfixturevalue(fixture)
    if stream:
        async for _ in forecaster.run(ASK, stream=True):
            pass
    else:
        await forecaster.run(ASK)
    last: Any = [span for span in recorder.spans if span.name.startswith("chat")][-1].attributes
    kinds = [part["type"] for part in parts(json.loads(last["gen_ai.input.messages"]))]
    assert kinds[-3:] == ["text", "tool_call", "tool_call_response"]
    (answered,) = json.loads(last["gen_ai.output.messages"])
    assert answered["parts"] == [{"type": "text", "content": ANSWER}]


async def test_messages_are_written_to_no_log(
    shown: Recorder, forecaster: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await forecaster.run(ASK)
    assert ASK not in caplog.text
    assert shown.logs == []
