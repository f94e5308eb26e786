# SPDX-License-Identifier: Apache-2.0
"""The agent that every framework is to trace alike: a tool, a sub-agent behind a tool, a streamed answer at the end.

A framework's tests build it with these words, let the provider answer by `script()`, run it and compare `shape` of
what was recorded with `TREE`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterable

HOST = "host"
GUIDE = "guide"
TOOL = "thermometer"
MODEL = "gpt-4o-mini"
ASK = "How warm is it in the hall, and where is it?"
ANSWER = "It is 21 degrees in the hall, which is to the left."
TREE = (
    "invoke_agent host",
    "  chat",
    "  execute_tool thermometer",
    "  chat",
    "  execute_tool guide",
    "    invoke_agent guide",
    "      chat",
    "  chat",
)
_TOLD = ("invoke_agent", "chat", "execute_tool")


def thermometer(room: str) -> str:
    """Tell the temperature of a room."""
    return f"21 degrees in the {room}"


def script(*, asking: str = "input", tool: str = GUIDE) -> list[Reply]:
    """Return the answers in turn; the sub-agent's tool is called `tool` and takes its question as `asking`."""
    return [
        Reply(tool_calls=[ToolCall(TOOL, {"room": "hall"})]),
        Reply(tool_calls=[ToolCall(tool, {asking: "Where is the hall?"})]),
        Reply("To the left."),
        Reply(ANSWER),
    ]


def shape(tree: Iterable[str]) -> tuple[str, ...]:
    """Return the lines of a tree that are agents, model calls and tools, without the model's name.

    What a framework has around and between them (workflows, steps, HTTP requests) is left out, and its children move
    to its own place.
    """
    lines: list[str] = []
    left_out: list[int] = []
    for line in tree:
        words = line.split()
        depth = (len(line) - len(line.lstrip())) // 2
        left_out = [each for each in left_out if each < depth]
        if not words or words[0] not in _TOLD:
            left_out.append(depth)
            continue
        shown = words[0] if words[0] == "chat" else " ".join(words)
        lines.append("  " * (depth - len(left_out)) + shown)
    return tuple(lines)


def answered(name: str, text: str) -> list[dict[str, Any]]:
    """Return what a text that an agent answers is on its span."""
    part = {"type": "text", "content": text}
    return [{"role": "assistant", "name": name, "parts": [part], "finish_reason": "stop"}]
