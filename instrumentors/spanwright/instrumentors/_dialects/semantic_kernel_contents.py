# SPDX-License-Identifier: Apache-2.0
"""What Semantic Kernel's agents and functions take and give: messages of content items, arguments, results."""

from __future__ import annotations

from typing import Any, cast

from spanwright.instrumentors._dialects.wire import fields, finish, get, items, media, string, texts
from spanwright.semconv.model import (
    Content,
    Generic,
    Message,
    Part,
    Reasoning,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
)
from spanwright.semconv.serial import parsed

_USER = "user"


def model(agent: Any) -> str | None:
    """Return the model of an agent that has one service, or one of its own."""
    service = get(agent, "service")
    return string(get(service, "ai_model_id")) or string(get(agent, "ai_model_id"))


def content(agent: Any, given: Any) -> Content:
    """Read the sensitive part of what an agent is asked."""
    plugins: dict[str, Any] = fields(get(get(agent, "kernel"), "plugins"))
    return Content(
        system=texts(get(agent, "instructions")),
        input=messages(given),
        tools=[
            tool(each) for plugin in plugins.values() for each in fields(get(plugin, "functions")).values()
        ],
    )


def tool(function: Any) -> Tool:
    """Read a function as what the model is offered."""
    said = get(function, "metadata")
    return Tool(name(said) or "tool", "function", string(get(said, "description")))


def name(metadata: Any) -> str | None:
    """Return the name by which a model calls a function."""
    plugin, own = string(get(metadata, "plugin_name")), string(get(metadata, "name"))
    return f"{plugin}-{own}" if plugin and own else own


def messages(given: Any) -> list[Message]:
    """Read a text, a message, or several."""
    several = items(given) or ([given] if given is not None else [])
    return [found for each in several if (found := message(each, _USER)) is not None]


def message(value: Any, role: str) -> Message | None:
    """Read one message; a text is one of `role`."""
    if isinstance(value, str):
        return Message(role, [Text(value)]) if value else None
    found = [part for each in items(get(value, "items")) if (part := _part(each)) is not None]
    said = get(value, "role")
    said = string(getattr(said, "value", said)) or role
    return Message(said, found, string(get(value, "name"))) if found else None


def answer(value: Any) -> list[Message]:
    """Read what an agent answers; `value` is the message, or what carries it."""
    said = get(value, "message")
    given = said if said is not None else value
    found = message(given, "assistant")
    if found is None:
        return []
    reason = get(given, "finish_reason")
    found.finish_reason = finish(getattr(reason, "value", reason)) or "stop"
    return [found]


def arguments(given: Any, metadata: Any) -> dict[str, Any]:
    """Read what a function is called with; what a kernel hands along for others is none of it."""
    held: dict[str, Any] = fields(given)
    wanted = [string(get(each, "name")) for each in items(get(metadata, "parameters"))]
    return {each: held[each] for each in wanted if each is not None and each in held}


def result(value: Any) -> Any:
    """Read what a function returned: a message is its text."""
    found = get(value, "value") if get(value, "function") is not None else value
    first = items(found)[0] if items(found) else found
    if get(first, "items") is None:
        return found
    return "".join(part.content for each in answer(first) for part in each.parts if isinstance(part, Text))


def _part(value: Any) -> Part | None:
    kind = get(value, "content_type")
    kind = string(getattr(kind, "value", kind)) or "unknown"
    read = _PARTS.get(kind)
    return read(value) if read is not None else Generic(kind, _plain(value))


def _plain(value: Any) -> dict[str, Any]:
    """Return what a part holds itself, without the SDK's objects that it was made of."""
    left_out = ("inner_content", "metadata", "data", "data_uri")
    return {
        key: each for key, each in fields(value).items() if key not in left_out and not key.startswith("_")
    }


def _text(value: Any) -> Part | None:
    text = string(get(value, "text"))
    return Text(text) if text is not None else None


def _reasoning(value: Any) -> Part | None:
    text = string(get(value, "text"))
    return Reasoning(text) if text is not None else None


def _call(value: Any) -> Part:
    return ToolCall(
        string(get(value, "name")) or "tool", string(get(value, "id")), parsed(get(value, "arguments"))
    )


def _response(value: Any) -> Part:
    return ToolResponse(result(get(value, "result")), string(get(value, "id")))


def _image(value: Any) -> Part:
    # The address of an image with data in it is a property, which encodes.
    address = get(value, "uri")
    return media(
        "image", str(cast("object", address)) if address is not None else getattr(value, "data_uri", None)
    )


_PARTS: dict[str, Any] = {
    "text": _text,
    "streaming_text": _text,
    "reasoning": _reasoning,
    "streaming_reasoning": _reasoning,
    "function_call": _call,
    "function_result": _response,
    "image": _image,
}
