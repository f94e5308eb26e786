# SPDX-License-Identifier: Apache-2.0
"""The agent that every framework traces alike, in LiveKit Agents: the sub-agent is a session of its own behind a tool."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from livekit.agents import function_tool

from alike import agents as alike
from libraries.livekit_agents.conftest import agent, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider


@whole
async def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(
    traced: Recorder, provider: Provider, session: Callable[..., Any]
) -> None:
    thermometer = function_tool(_thermometer, name=alike.TOOL)

    async def asked(question: str) -> str:
        async with session(agent(alike.GUIDE, tools=[])) as talk:
            result = await talk.run(user_input=question)
        return str(result.events[-1].item.text_content)

    @function_tool
    async def guide(question: str) -> str:
        """Tell the way."""
        return await asyncio.create_task(asked(question))

    provider.say(*alike.script(asking="question"))
    async with session(agent(alike.HOST, tools=[thermometer, guide])) as talk:
        result = await talk.run(user_input=alike.ASK)
    assert result.events[-1].item.text_content == alike.ANSWER
    assert alike.shape(traced.tree()) == alike.TREE
    chats = [span for span in traced.spans if span.name.startswith("chat")]
    assert all((span.attributes or {}).get("gen_ai.request.stream") for span in chats)
    assert sum(point.count for point in traced.points("gen_ai.client.operation.duration")) == len(chats)


async def _thermometer(room: str) -> str:
    """Tell the temperature of a room."""
    return alike.thermometer(room)
