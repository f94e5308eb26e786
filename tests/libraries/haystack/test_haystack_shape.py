# SPDX-License-Identifier: Apache-2.0
"""The agent that every framework traces alike, in Haystack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from haystack import Pipeline
from haystack.components.agents import Agent
from haystack.tools import create_tool_from_function

from alike import agents as alike
from libraries.haystack.conftest import user
from spanwright.instrumentors.haystack import HaystackInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from haystack.components.generators.chat import OpenAIChatGenerator

    from harness import Recorder
    from spanwright.console.provider import Provider


def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(
    recorder: Recorder, provider: Provider, make: Callable[..., OpenAIChatGenerator]
) -> None:
    pieces: list[str] = []

    def heard(chunk: Any) -> None:
        pieces.append(chunk.content)

    inner = Agent(chat_generator=make(alike.MODEL, streaming_callback=lambda _: None))

    def guide(input: str) -> str:  # noqa: A002 - the argument's name in every framework's agent
        """Tell the way."""
        return inner.run(messages=user(input))["last_message"].text

    tools = [create_tool_from_function(each) for each in (alike.thermometer, guide)]
    pipeline = Pipeline()
    pipeline.add_component(alike.HOST, Agent(chat_generator=make(alike.MODEL), tools=tools))
    provider.say(*alike.script())
    recorder.instrument(HaystackInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    pipeline.run({alike.HOST: {"messages": user(alike.ASK), "streaming_callback": heard}})
    assert alike.ANSWER in "".join(pieces)
    assert alike.shape(recorder.tree()) == alike.TREE
    chats = [span for span in recorder.spans if span.name.startswith("chat")]
    assert all((span.attributes or {}).get("gen_ai.request.stream") for span in chats)
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == len(chats)
    assert recorder.tree()[:4] == [
        "invoke_workflow",
        "  invoke_agent host",
        "    chat gpt-4o-mini",
        "      POST",
    ]
