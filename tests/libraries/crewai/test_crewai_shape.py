# SPDX-License-Identifier: Apache-2.0
"""The agent that every framework traces alike, in CrewAI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crewai.tools import tool

from alike import agents as alike
from libraries.crewai.conftest import calls, says
from spanwright.instrumentors.crewai import CrewAIInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider


def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(
    recorder: Recorder, provider: Provider, make: Callable[..., Any], llm: Callable[..., Any]
) -> None:
    inner = make(alike.GUIDE, llm=llm(stream=True))

    @tool(alike.GUIDE)
    def guide(input: str) -> str:  # noqa: A002 - the argument's name in every framework's agent
        """Tell the way."""
        return inner.kickoff(input).raw

    host = make(alike.HOST, llm=llm(stream=True), tools=[tool(alike.TOOL)(alike.thermometer), guide])
    provider.say(
        calls(alike.TOOL, room="hall"),
        calls(alike.GUIDE, input="Where is the hall?"),
        says("To the left."),
        says(alike.ANSWER),
    )
    recorder.instrument(CrewAIInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    assert host.kickoff(alike.ASK).raw == alike.ANSWER
    assert alike.shape(recorder.tree()) == alike.TREE
    chats = [span for span in recorder.spans if span.name.startswith("chat")]
    assert all((span.attributes or {}).get("gen_ai.request.stream") for span in chats)
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == len(chats)
