# SPDX-License-Identifier: Apache-2.0
"""The agent that every framework traces alike, in the Agents SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents import Runner, function_tool

from alike import agents as alike
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.instrumentors.openai_agents import OpenAIAgentsInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider


async def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(
    recorder: Recorder, provider: Provider, make: Callable[..., Any]
) -> None:
    guide = make(alike.GUIDE).as_tool(alike.GUIDE, "Tells the way.")
    host = make(alike.HOST, tools=[function_tool(alike.thermometer), guide])
    provider.say(*alike.script())
    recorder.instrument(OpenAIAgentsInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    result = Runner.run_streamed(host, alike.ASK)
    async for _ in result.stream_events():
        pass
    assert result.final_output == alike.ANSWER
    assert alike.shape(recorder.tree()) == alike.TREE
    chats = [span for span in recorder.spans if span.name.startswith("chat")]
    streamed = [span for span in chats if (span.attributes or {}).get("gen_ai.request.stream")]
    assert len(streamed) == len(chats) - 1
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == len(chats)
