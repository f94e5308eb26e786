# SPDX-License-Identifier: Apache-2.0
"""The agent that every framework traces alike, in AG2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alike import agents as alike

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider


async def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(
    traced: Recorder, provider: Provider, make: Callable[..., Any]
) -> None:
    guide = make(alike.GUIDE, streaming=True).as_tool(description="Tells the way.", name=alike.GUIDE)
    host = make(alike.HOST, streaming=True, tools=[alike.thermometer, guide])
    provider.say(*alike.script(asking="objective"))
    reply = await host.ask(alike.ASK)
    assert reply.body == alike.ANSWER
    assert alike.shape(traced.tree()) == alike.TREE
    chats = [span for span in traced.spans if span.name.startswith("chat")]
    assert all((span.attributes or {}).get("gen_ai.request.stream") for span in chats)
    assert sum(point.count for point in traced.points("gen_ai.client.operation.duration")) == len(chats)
