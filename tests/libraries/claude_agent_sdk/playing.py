# SPDX-License-Identifier: Apache-2.0
"""Scripts for the program that stands for Claude Code: what it writes when it thinks, calls tools and ends."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claude_agent_sdk import ClaudeAgentOptions

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator

MODEL = "claude-sonnet-4-5-20250929"
PROGRAM = Path(__file__).with_name("program.py")
USED = {
    "input_tokens": 3,
    "cache_creation_input_tokens": 20,
    "cache_read_input_tokens": 100,
    "output_tokens": 1,
    "service_tier": "standard",
}
TOTAL = {**USED, "output_tokens": 40}


@dataclass
class Play:
    """The program with a script; `options` are the SDK's, and `notes` what the program has seen."""

    folder: Path
    turns: list[list[dict[str, Any]]] = field(default_factory=list)

    @property
    def log(self) -> Path:
        """The file that the program writes to."""
        return self.folder / "log.jsonl"

    def options(self, **given: Any) -> ClaudeAgentOptions:
        """Return options that have the program started in the place of Claude Code."""
        script = self.folder / "script.json"
        script.write_text(json.dumps({"turns": self.turns, "log": str(self.log)}), "utf-8")
        program = self.folder / "claude"
        program.write_text(f"#!{sys.executable} -IS\n" + PROGRAM.read_text("utf-8"), "utf-8")
        program.chmod(0o755)
        environ = {"PLAYED": str(script), **given.pop("env", {})}
        return ClaudeAgentOptions(cli_path=str(program), env=environ, **given)

    def notes(self, kind: str) -> list[Any]:
        """Return what the program has noted of this kind."""
        lines = self.log.read_text("utf-8").splitlines()
        return [note[kind] for line in lines if kind in (note := json.loads(line))]

    @property
    def environ(self) -> dict[str, str]:
        """The environment that the program was started with."""
        return self.notes("env")[-1]


def init(**more: Any) -> dict[str, Any]:
    """Return what Claude Code says first in a turn."""
    return {
        "emit": {
            "type": "system",
            "subtype": "init",
            "model": MODEL,
            "claude_code_version": "2.1.900",
            "tools": [],
            **more,
        }
    }


def assistant(
    *blocks: Any, key: str = "msg_1", parent: str | None = None, model: str = MODEL, **more: Any
) -> dict[str, Any]:
    """Return a piece of an answer; a text is a block."""
    content = [{"type": "text", "text": each} if isinstance(each, str) else each for each in blocks]
    held = {
        "id": key,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": more.pop("stop_reason", None),
        "stop_sequence": None,
        "usage": more.pop("usage", USED),
    }
    return {"emit": {"type": "assistant", "message": held, "parent_tool_use_id": parent, **more}}


def use(name: str, key: str, **given: Any) -> dict[str, Any]:
    """Return the block of a tool call."""
    return {"type": "tool_use", "id": key, "name": name, "input": given}


def returned(key: str, content: Any = "done", parent: str | None = None, **more: Any) -> dict[str, Any]:
    """Return what a tool that Claude Code runs itself gave back."""
    block = {"type": "tool_result", "tool_use_id": key, "content": content}
    if more.pop("is_error", False):
        block["is_error"] = True
    held = {"role": "user", "content": [block]}
    return {"emit": {"type": "user", "message": held, "parent_tool_use_id": parent, **more}}


def event(**event: Any) -> dict[str, Any]:
    """Return an event of the model's stream."""
    return {"emit": {"type": "stream_event", "event": event, "parent_tool_use_id": None}}


def streamed(key: str, block: Any) -> list[dict[str, Any]]:
    """Return an answer of one block with the events of the model's stream around it."""
    text = [{"type": "text_delta", "text": block}] if isinstance(block, str) else []
    return [
        event(type="message_start", message={"id": key, "model": MODEL, "usage": USED}),
        *[event(type="content_block_delta", index=0, delta=each) for each in text],
        assistant(block, key=key),
        event(type="message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 10}),
        event(type="message_stop"),
    ]


def result(text: str | None = "Done.", **more: Any) -> dict[str, Any]:
    """Return the end of a turn."""
    return {
        "emit": {
            "type": "result",
            "subtype": "success",
            "duration_ms": 12,
            "duration_api_ms": 10,
            "is_error": False,
            "num_turns": 1,
            "total_cost_usd": 0.0125,
            "usage": TOTAL,
            "result": text,
            **more,
        }
    }


def turn(*steps: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a turn from its first word to its result."""
    return [init(), *steps, result()]


async def prompts(*texts: str, until: asyncio.Event | None = None) -> AsyncIterator[dict[str, Any]]:
    """Return prompts as a stream, which ends when the event is set."""
    for text in texts:
        held = {"role": "user", "content": text}
        yield {"type": "user", "message": held, "parent_tool_use_id": None, "session_id": ""}
    if until is not None:
        await until.wait()
