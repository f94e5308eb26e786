# SPDX-License-Identifier: Apache-2.0
"""The agent that every framework traces alike, in the Claude Agent SDK."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from claude_agent_sdk import ResultMessage, create_sdk_mcp_server, query, tool
from claude_agent_sdk.types import StreamEvent

from alike import agents as alike
from libraries.claude_agent_sdk import playing as p

if TYPE_CHECKING:
    from harness import Recorder

TASK, MEASURE = "toolu_2", "toolu_1"
GUIDED = p.use("Task", TASK, subagent_type=alike.GUIDE, prompt="Where is the hall?")


@tool(alike.TOOL, "Tell the temperature of a room.", {"room": str})
async def thermometer(given: dict[str, Any]) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": alike.thermometer(given["room"])}]}


async def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(traced: Recorder, play: p.Play) -> None:
    call = {"server": "house", "name": alike.TOOL, "arguments": {"room": "hall"}, "key": MEASURE}
    play.turns = [
        p.turn(
            *p.streamed("msg_1", p.use("mcp__house__thermometer", MEASURE, room="hall")),
            {"tool": call},
            *p.streamed("msg_2", GUIDED),
            p.assistant("To the left.", key="msg_3", parent=TASK),
            p.returned(TASK, "To the left."),
            *p.streamed("msg_4", alike.ANSWER),
        )
    ]
    over = asyncio.Event()
    options = play.options(
        extra_args={"agent": alike.HOST},
        include_partial_messages=True,
        mcp_servers={"house": create_sdk_mcp_server("house", tools=[thermometer])},
    )
    pieces: list[str] = []
    async for message in query(prompt=p.prompts(alike.ASK, until=over), options=options):
        if isinstance(message, StreamEvent):
            pieces.append(message.event.get("delta", {}).get("text", ""))
        elif isinstance(message, ResultMessage):
            over.set()
    assert "".join(pieces) == alike.ANSWER
    # Claude Code puts the server's name before a tool's, and starts every sub-agent by the same tool.
    named = {"mcp__house__thermometer": alike.TOOL, "Task": alike.GUIDE}
    tree = [line.replace(*pair) for line in traced.tree() for pair in [_renamed(line, named)]]
    assert alike.shape(tree) == alike.TREE


def _renamed(line: str, named: dict[str, str]) -> tuple[str, str]:
    word = line.split()[-1]
    return word, named.get(word, word)
