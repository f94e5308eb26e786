# SPDX-License-Identifier: Apache-2.0
"""Claude Code's stream of JSON messages: what the model answered piece by piece, tools and results, and how a run ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import anthropic_messages as anthropic
from spanwright.instrumentors._dialects.wire import finish, get, items, string
from spanwright.semconv.model import Response, Text, ToolResponse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.semconv.model import Part

# What Claude Code puts in the place of a model's name when it has made up a message itself.
_SYNTHETIC = "<synthetic>"
_SUB_AGENTS = frozenset(("Task", "Agent"))
_FAILED = "error"
LAUNCHED = "async_launched"


class Answer:
    """One answer of the model, which comes as one message a block, and before that as events when they are asked for.

    A message repeats the counts of the answer's start, so its output tokens are right only once it says why it stopped.
    """

    __slots__ = ("blocks", "error", "id", "model", "reason", "usage")

    def __init__(self, identity: str | None) -> None:
        self.id = identity
        self.model: str | None = None
        self.reason: str | None = None
        self.error: str | None = None
        self.usage: dict[str, Any] = {}
        self.blocks: list[Any] = []

    def add(self, message: Any) -> None:
        """Take an `assistant` message."""
        held = get(message, "message")
        self.blocks += items(get(held, "content"))
        self.error = string(get(message, "error")) or self.error
        self._take(held)

    def event(self, event: Any) -> None:
        """Take an event of the model's own stream."""
        if get(event, "type") == "message_start":
            self._take(get(event, "message"))
        elif get(event, "type") == "message_delta":
            self._take({**_mapping(get(event, "delta")), "usage": get(event, "usage")})

    def value(self) -> dict[str, Any]:
        """Return the answer in the shape of the Messages API, without counts that are not final."""
        used = self.usage if self.reason else {k: v for k, v in self.usage.items() if k != "output_tokens"}
        return {
            "id": self.id,
            "model": self.model,
            "content": self.blocks,
            "stop_reason": self.reason,
            "usage": used or None,
        }

    def response(self) -> Response:
        """Read the facts."""
        found = anthropic.response(self.value())
        found.error = self.error
        return found

    def _take(self, held: Any) -> None:
        model = string(get(held, "model"))
        self.model = model if model != _SYNTHETIC else None
        self.reason = string(get(held, "stop_reason")) or self.reason
        known = {k: v for k, v in _mapping(get(held, "usage")).items() if v is not None}
        self.usage = {**self.usage, **known}


def identity(message: Any) -> str | None:
    """Return the id of the answer that an `assistant` message is a piece of."""
    return string(get(get(message, "message"), "id"))


def is_made_up(message: Any) -> bool:
    """Tell whether Claude Code wrote this `assistant` message itself, without a failed call behind it."""
    return get(get(message, "message"), "model") == _SYNTHETIC and string(get(message, "error")) is None


def calls(message: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield id, name and input of each tool that is called by an `assistant` message."""
    for block in items(get(get(message, "message"), "content")):
        key, name = string(get(block, "id")), string(get(block, "name"))
        if get(block, "type") == "tool_use" and key is not None and name is not None:
            yield key, name, get(block, "input")


def results(message: Any) -> Iterator[tuple[str, Any]]:
    """Yield the call's id and the block of each result in a `user` message."""
    for block in items(get(get(message, "message"), "content")):
        key = string(get(block, "tool_use_id"))
        if get(block, "type") == "tool_result" and key is not None:
            yield key, block


def returned(block: Any) -> Any:
    """Return what a tool gave back."""
    (message,) = (anthropic.message({"role": "user", "content": [block]}),)
    return next((part.response for part in message.parts if isinstance(part, ToolResponse)), None)


def sub_agent(tool: str, asked: Any) -> tuple[str | None, str | None] | None:
    """Return kind and prompt of the sub-agent that a tool call starts; None when it starts none."""
    kind, prompt = string(get(asked, "subagent_type")), string(get(asked, "prompt"))
    return (kind, prompt) if tool in _SUB_AGENTS and (kind or prompt) else None


def goes_on(message: Any) -> bool:
    """Tell whether the sub-agent, whose tool has just returned, has only been started."""
    held = get(message, "tool_use_result")
    return get(held, "status") == LAUNCHED or get(held, "isAsync") is True


def ended(message: Any) -> tuple[str, str | None] | None:
    """Return the call's id of a sub-agent in the background that has ended, and how it failed, if it did."""
    key, status = string(get(message, "tool_use_id")), string(get(message, "status"))
    if get(message, "subtype") != "task_notification" or key is None:
        return None
    return key, None if status == "completed" else status


def result(message: Any) -> Response:
    """Read a `result` message: the whole run's usage, and the error that it ended with."""
    reason = finish(get(message, "stop_reason"))
    return Response(
        finish_reasons=[reason] if reason is not None else None,
        usage=anthropic.usage(get(message, "usage")),
        conversation_id=string(get(message, "session_id")),
        error=_error(message),
    )


def cost(message: Any) -> float | None:
    """Return what the process of Claude Code has cost so far, in US dollars."""
    found = get(message, "total_cost_usd")
    return float(found) if isinstance(found, (int, float)) and not isinstance(found, bool) else None


def said(message: Any) -> list[Any]:
    """Return the text that a run ended with, as a message's content."""
    text = string(get(message, "result"))
    return [{"type": "text", "text": text}] if text is not None else []


def instructions(prompt: Any) -> list[Part]:
    """Read the `system_prompt` of the options: a text, or what is appended to Claude Code's own."""
    text = string(prompt) or string(get(prompt, "append")) or string(get(prompt, "prompt"))
    return [Text(text)] if text is not None else []


def _error(message: Any) -> str | None:
    subtype = string(get(message, "subtype"))
    if get(message, "is_error") is not True and (subtype is None or not subtype.startswith(_FAILED)):
        return None
    if subtype is not None and subtype.startswith(_FAILED):
        return subtype
    status = get(message, "api_error_status")
    return str(status) if type(status) is int else string(status) or _FAILED


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType] - JSON
