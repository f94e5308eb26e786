# SPDX-License-Identifier: Apache-2.0
"""The agent that every framework traces alike, in LangChain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

from alike import agents as alike
from libraries.langchain.agents import create_agent
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.langchain import LangChainInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.console.provider import Provider


def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(recorder: Recorder, provider: Provider) -> None:
    model = ChatOpenAI(model=alike.MODEL, base_url=provider.base_url, api_key="test", streaming=True)
    inner = create_agent(model, [], name=alike.GUIDE)

    @tool(alike.GUIDE)
    def guide(input: str) -> str:  # noqa: A002 - the argument's name in every framework's agent
        """Tell the way."""
        return inner.invoke({"messages": [("user", input)]})["messages"][-1].content

    host = create_agent(model, [tool(alike.thermometer), guide], name=alike.HOST)
    provider.say(*alike.script())
    recorder.instrument(LangChainInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    pieces = [
        piece.content
        for piece, _ in host.stream({"messages": [("user", alike.ASK)]}, stream_mode="messages")
        if piece.type == "AIMessageChunk"
    ]
    assert alike.ANSWER in "".join(pieces)
    assert alike.shape(recorder.tree()) == alike.TREE
    chats = [span for span in recorder.spans if span.name.startswith("chat")]
    assert all((span.attributes or {}).get("gen_ai.request.stream") for span in chats)
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == len(chats)
