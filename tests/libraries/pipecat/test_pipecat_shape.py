# SPDX-License-Identifier: Apache-2.0
"""The agent that every framework traces alike, in Pipecat: the sub-agent is a pipeline of its own behind a function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipecat.adapters.schemas.function_schema import FunctionSchema

from alike import agents as alike

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider


async def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(
    traced: Recorder, provider: Provider, talk: Callable[..., Any]
) -> None:
    async def thermometer(params: Any) -> None:
        await params.result_callback(alike.thermometer(params.arguments["room"]))

    async def guide(params: Any) -> None:
        messages = await talk(params.arguments["question"], tools=[], name=alike.GUIDE)
        await params.result_callback(messages[-1]["content"])

    tools = [(_schema(alike.TOOL, "room"), thermometer), (_schema(alike.GUIDE, "question"), guide)]
    provider.say(*alike.script(asking="question"))
    await talk(alike.ASK, 3, tools=tools, name=alike.HOST)
    assert alike.shape(traced.tree()) == alike.TREE
    chats = [span for span in traced.spans if span.name.startswith("chat")]
    assert all((span.attributes or {}).get("gen_ai.request.stream") for span in chats)
    assert sum(point.count for point in traced.points("gen_ai.client.operation.duration")) == len(chats)


def _schema(name: str, argument: str) -> FunctionSchema:
    return FunctionSchema(name, f"Ask the {name}.", {argument: {"type": "string"}}, [argument])
