# SPDX-License-Identifier: Apache-2.0
"""The agent that every framework traces alike, in Semantic Kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from semantic_kernel.functions import KernelPlugin, kernel_function

from alike import agents as alike
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

# A function of a plugin is called by both names.
_CALLED = {f"hall-{alike.TOOL}": alike.TOOL, f"{alike.GUIDE}-{alike.GUIDE}": alike.GUIDE}


async def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(
    traced: Recorder, provider: Provider, make: Callable[..., Any]
) -> None:
    @kernel_function(name=alike.TOOL)
    def measure(room: Annotated[str, "The room"]) -> str:
        return alike.thermometer(room)

    plugins = [KernelPlugin(name="hall", functions=[measure]), make(alike.GUIDE)]
    host = make(alike.HOST, plugins=plugins)
    _, *rest = alike.script(asking="messages", tool=f"{alike.GUIDE}-{alike.GUIDE}")
    provider.say(Reply(tool_calls=[ToolCall(f"hall-{alike.TOOL}", {"room": "hall"})]), *rest)
    said = [item.message.content async for item in host.invoke_stream(alike.ASK)]
    assert alike.ANSWER in "".join(said)
    tree = traced.tree()
    for called, name in _CALLED.items():
        tree = [line.replace(called, name) for line in tree]
    assert alike.shape(tree) == alike.TREE
    chats = [span for span in traced.spans if span.name.startswith("chat")]
    assert [(span.attributes or {}).get("gen_ai.request.stream") for span in chats] == [
        True,
        True,
        None,
        True,
    ]
    assert sum(point.count for point in traced.points("gen_ai.client.operation.duration")) == len(chats)
