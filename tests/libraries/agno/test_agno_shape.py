# SPDX-License-Identifier: Apache-2.0
"""The agent that every framework traces alike, in Agno."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alike import agents as alike
from spanwright.instrumentors.agno import AgnoInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from agno.agent import Agent

    from harness import Recorder
    from spanwright.console.provider import Provider


def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(
    recorder: Recorder, provider: Provider, make: Callable[..., Agent]
) -> None:
    inner = make(alike.GUIDE)

    def guide(input: str) -> str:  # noqa: A002 - the argument's name in every framework's agent
        """Tell the way."""
        return "".join(event.content or "" for event in inner.run(input, stream=True))

    host = make(alike.HOST, tools=[alike.thermometer, guide])
    provider.say(*alike.script())
    recorder.instrument(AgnoInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    pieces = [event.content or "" for event in host.run(alike.ASK, stream=True)]
    # The first versions put what they tell of tools between the words.
    assert "".join(pieces).endswith(alike.ANSWER)
    assert alike.shape(recorder.tree()) == alike.TREE
    chats = [span for span in recorder.spans if span.name.startswith("chat")]
    assert all((span.attributes or {}).get("gen_ai.request.stream") for span in chats)
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == len(chats)
