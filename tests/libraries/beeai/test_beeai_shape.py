# SPDX-License-Identifier: Apache-2.0
"""The agent that every framework traces alike, in BeeAI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from beeai_framework.tools import StringToolOutput, tool
from beeai_framework.tools.handoff import HandoffTool

from alike import agents as alike
from libraries.beeai.conftest import calls, says
from spanwright.instrumentors.beeai import BeeAIInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.litellm import LiteLLMInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider


@tool
def thermometer(room: str) -> StringToolOutput:
    """Tell the temperature of a room."""
    return StringToolOutput(alike.thermometer(room))


async def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(
    recorder: Recorder, provider: Provider, make: Callable[..., Any], model: Callable[..., Any]
) -> None:
    inner = make(alike.GUIDE, llm=model(stream=True))
    host = make(alike.HOST, thermometer, HandoffTool(inner), llm=model(stream=True))
    provider.say(
        calls(alike.TOOL, room="hall"),
        calls(alike.GUIDE, task="Where is the hall?"),
        says("To the left."),
        says(alike.ANSWER),
    )
    recorder.instrument(BeeAIInstrumentor(), LiteLLMInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    answer = await host.run(alike.ASK)
    assert answer.last_message.text == alike.ANSWER
    assert alike.shape(recorder.tree()) == alike.TREE
    chats = [span for span in recorder.spans if span.name.startswith("chat")]
    assert all((span.attributes or {}).get("gen_ai.request.stream") for span in chats)
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == len(chats)
