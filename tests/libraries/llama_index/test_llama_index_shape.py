# SPDX-License-Identifier: Apache-2.0
"""The agent that every framework traces alike, in LlamaIndex."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.tools import FunctionTool

from alike import agents as alike
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.llama_index import LlamaIndexInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from llama_index.llms.openai import OpenAI

    from harness import Recorder
    from spanwright.console.provider import Provider


async def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(
    recorder: Recorder, provider: Provider, make: Callable[..., OpenAI]
) -> None:
    model = make(alike.MODEL)
    inner = FunctionAgent(name=alike.GUIDE, llm=model, tools=[])

    async def guide(input: str) -> str:  # noqa: A002 - the argument's name in every framework's agent
        """Tell the way."""
        return str(await inner.run(user_msg=input))

    host = FunctionAgent(
        name=alike.HOST, llm=model, tools=[alike.thermometer, FunctionTool.from_defaults(async_fn=guide)]
    )
    provider.say(*alike.script())
    recorder.instrument(LlamaIndexInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    handler = host.run(user_msg=alike.ASK)
    pieces = [getattr(event, "delta", "") async for event in handler.stream_events()]
    assert alike.ANSWER in "".join(pieces)
    assert str(await handler) == alike.ANSWER
    assert alike.shape(recorder.tree()) == alike.TREE
    chats = [span for span in recorder.spans if span.name.startswith("chat")]
    assert all((span.attributes or {}).get("gen_ai.request.stream") for span in chats)
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == len(chats)
    assert recorder.tree()[:3] == ["invoke_agent host", "  chat gpt-4o-mini", "    POST"]
