# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the trees and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from livekit.agents import APIStatusError
from livekit.agents.llm import ChatContext
from livekit.agents.types import APIConnectOptions

from alike.replayed import *  # noqa: F403 - the provider
from alike.runs import errors, used
from alike.weather import ASK
from cassette import LINE
from libraries.livekit_agents.conftest import agent
from libraries.livekit_agents.test_livekit_agents_trees import TREE

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

pytestmark = pytest.mark.vcr
# Bodies differ from version to version.
MATCH_ON = LINE


async def asked(model: Any) -> None:
    """Ask a model by itself."""
    context = ChatContext.empty()
    context.add_message(role="user", content="hi")
    async with model.chat(chat_ctx=context, conn_options=APIConnectOptions(max_retry=0)) as stream:
        async for _ in stream:
            pass


@pytest.mark.default_cassette("chat_streamed.yaml")
async def test_a_recorded_model_call(traced: Recorder, model: Callable[..., Any]) -> None:
    await asked(model())
    assert used(traced) == [("chat gpt-4o-mini", 8, 26)]


@pytest.mark.default_cassette("turn.yaml")
async def test_a_recorded_turn(traced: Recorder, session: Callable[..., Any]) -> None:
    async with session(agent(tools=[])) as talk:
        await talk.run(user_input="hi")
    assert used(traced) == [
        ("invoke_workflow agent_session", 0, 0),
        ("invoke_agent forecaster", 0, 0),
        ("chat gpt-4o-mini", 15, 26),
        ("agent_speaking", 0, 0),
    ]


@pytest.mark.default_cassette("tool.yaml")
async def test_a_recorded_turn_with_a_tool(traced: Recorder, session: Callable[..., Any]) -> None:
    async with session() as talk:
        await talk.run(user_input=ASK)
    assert traced.tree() == TREE
    assert [each[1:] for each in used(traced) if each[0].startswith("chat")] == [(126, 11), (151, 12)]


@pytest.mark.default_cassette("error.yaml")
async def test_a_recorded_error(traced: Recorder, model: Callable[..., Any]) -> None:
    with pytest.raises(APIStatusError):
        await asked(model("error:401"))
    assert errors(traced) == {"chat error:401": "livekit.agents._exceptions.APIStatusError"}
