# SPDX-License-Identifier: Apache-2.0
"""What AutoGen's agents and teams are asked and answer: tasks, chat messages and the result of a run."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import fields, get, items, string
from spanwright.semconv.model import Blob, Content, Generic, Message, Part, Text

_USER, _ASSISTANT = "user", "assistant"
# What an application sees of a run beside its messages: chunks, calls of tools, thoughts.
_EVENT = "Event"


def model(agent: Any) -> str | None:
    """Return the model of an agent that has one client, as the clients of the extensions hold it."""
    client = get(agent, "_model_client")
    return string(get(get(client, "_create_args"), "model")) or string(
        get(get(client, "_raw_config"), "model")
    )


def content(task: Any, system: Any = None) -> Content:
    """Read the sensitive part of what an agent or a team is asked; `system` are the system messages of an agent."""
    return Content(
        system=[part for each in items(system) for part in parts(get(each, "content"))],
        input=messages(task),
    )


def messages(task: Any) -> list[Message]:
    """Read a task: a text, a message, or several."""
    given = [task] if isinstance(task, str) or fields(task) else items(task)
    return [found for each in given if (found := _asked(each)) is not None]


def output(result: Any) -> list[Message]:
    """Read what a run answers: the last message of its result."""
    for each in reversed(items(get(result, "messages"))):
        if (found := answered(each)) is not None:
            return [found]
    return []


def answered(value: Any) -> Message | None:
    """Read a message of an agent; an event is none."""
    if (string(get(value, "type")) or type(value).__name__).endswith(_EVENT):
        return None
    found = parts(get(value, "content"))
    return Message(_ASSISTANT, found, string(get(value, "source")), "stop") if found else None


def result(value: Any) -> Any:
    """Read what a tool returned; an agent or a team behind a tool returns the result of its run."""
    if get(value, "messages") is None:
        return value
    return next(
        (part.content for each in output(value) for part in each.parts if isinstance(part, Text)), None
    )


def parts(value: Any) -> list[Part]:
    """Read a message's content: text, text and images, or an object of the application's own."""
    if isinstance(value, str):
        return [Text(value)] if value else []
    if isinstance(value, (list, tuple)):
        return [part for each in items(value) if (part := _piece(each)) is not None]
    return [Generic("structured", value)] if value is not None else []


def _asked(value: Any) -> Message | None:
    if isinstance(value, str):
        return Message(_USER, [Text(value)]) if value else None
    found, source = parts(get(value, "content")), string(get(value, "source"))
    return Message(_USER, found, None if source == _USER else source) if found else None


def _piece(value: Any) -> Part | None:
    if isinstance(value, str):
        return Text(value) if value else None
    encode = getattr(value, "to_base64", None)
    data: Any = encode() if callable(encode) else None
    return Blob("image", data, "image/png") if isinstance(data, str) else Generic("unknown", value)
