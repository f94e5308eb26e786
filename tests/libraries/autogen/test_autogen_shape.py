# SPDX-License-Identifier: Apache-2.0
"""The agent that every framework traces alike, in AutoGen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autogen_agentchat.tools import AgentTool

from alike import agents as alike

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider


async def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(
    traced: Recorder, provider: Provider, make: Callable[..., Any]
) -> None:
    guide = AgentTool(make(alike.GUIDE, model_client_stream=True), return_value_as_last_message=True)
    host = make(alike.HOST, tools=[alike.thermometer, guide], max_tool_iterations=5, model_client_stream=True)
    provider.say(*alike.script(asking="task"))
    said = [event async for event in host.run_stream(task=alike.ASK)]
    assert alike.ANSWER in said[-1].messages[-1].content
    assert alike.shape(traced.tree()) == alike.TREE
    chats = [span for span in traced.spans if span.name.startswith("chat")]
    assert all((span.attributes or {}).get("gen_ai.request.stream") for span in chats)
    assert sum(point.count for point in traced.points("gen_ai.client.operation.duration")) == len(chats)
