# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the trees and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import letta_client
import pytest

from alike.replayed import *  # noqa: F403 - the provider
from alike.runs import content, errors
from cassette import SERVER
from libraries.letta.test_letta_messages import AGENT, ASK, TOLD
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from letta_client import Letta

    from alike.replayed import There
    from harness import Recorder

pytestmark = pytest.mark.vcr


@pytest.mark.default_cassette("message.yaml")
def test_a_recorded_message(traced: Recorder, client: Letta) -> None:
    client.agents.messages.create(AGENT, messages=ASK)
    assert traced.attributes("invoke_agent") == {**TOLD, **SERVER}


@pytest.mark.default_cassette("message_streamed.yaml")
def test_a_recorded_stream(traced: Recorder, client: Letta) -> None:
    for _ in client.agents.messages.stream(AGENT, messages=ASK, stream_tokens=True):
        pass
    assert traced.attributes("invoke_agent") == {**TOLD, **SERVER}


@pytest.mark.default_cassette("tool.yaml")
def test_a_recorded_tool_of_the_agents_own(shown: Recorder, client: Letta, provider: There) -> None:
    provider.say(Reply(tool_calls=[ToolCall("look", {"at": "plan"})]))
    client.agents.messages.create(AGENT, messages=ASK)
    (said,) = content(shown, "invoke_agent")["output.messages"]
    assert [part["type"] for part in said["parts"]] == [
        "reasoning",
        "server_tool_call",
        "server_tool_call_response",
        "text",
    ]


@pytest.mark.default_cassette("error.yaml")
def test_a_recorded_error(traced: Recorder, client: Letta, provider: There) -> None:
    provider.say(Reply(error=404))
    with pytest.raises(letta_client.NotFoundError):
        client.agents.messages.create(AGENT, messages=ASK)
    assert errors(traced) == {"invoke_agent": "letta_client.NotFoundError"}
