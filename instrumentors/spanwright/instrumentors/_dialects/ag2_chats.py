# SPDX-License-Identifier: Apache-2.0
"""What the agents of AG2 before 1.0 say to each other: messages in OpenAI's shape, texts, results of chats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import openai_chat
from spanwright.instrumentors._dialects.wire import fields, get, items, string, texts

if TYPE_CHECKING:
    from spanwright.semconv.model import Message, Part


def model(config: Any) -> str | None:
    """Return the model that is asked first."""
    listed = items(_held(config, "config_list"))
    return string(_held(listed[0] if listed else config, "model"))


def described(config: Any, name: str) -> str | None:
    """Return what a function says of itself, if it is offered to this agent's model."""
    for tool in items(_held(config, "tools")):
        if get(get(tool, "function"), "name") == name:
            return string(get(get(tool, "function"), "description"))
    return None


def system(value: Any) -> list[Part]:
    """Read an agent's instructions."""
    return texts(value)


def messages(value: Any) -> list[Message]:
    """Read messages, of which a text is the user's, and one of tools holds what each of them returned."""
    found: list[Message] = []
    for each in items(value):
        told = {"content": each} if isinstance(each, str) else fields(each)
        found += [_message(one) for one in items(told.get("tool_responses")) or (told,) if fields(one)]
    return [each for each in found if each.parts]


def reply(value: Any) -> list[Message]:
    """Read what an agent replies: a text, or a message."""
    told = {"content": value} if isinstance(value, str) else fields(value)
    found = _message({**told, "role": "assistant"})
    found.finish_reason = "tool_call" if told.get("tool_calls") else "stop"
    return [found] if found.parts else []


def outcome(value: Any) -> list[Message]:
    """Read what was said last in a chat."""
    history = items(get(value, "chat_history"))
    return reply(history[-1]) if history else []


def _message(value: Any) -> Message:
    told = fields(value)
    return openai_chat.message(told if string(told.get("role")) else {**told, "role": "user"})


def _held(value: Any, name: str) -> Any:
    return get(value, name) if fields(value) else getattr(value, name, None)
