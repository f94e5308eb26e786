# SPDX-License-Identifier: Apache-2.0
"""LlamaIndex's own shapes: messages of blocks, nodes, what tools, engines and agents return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.openai_chat import tool as read_tool
from spanwright.instrumentors._dialects.wire import fields, get, items, media, string, texts
from spanwright.semconv.model import (
    Blob,
    Content,
    Document,
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

if TYPE_CHECKING:
    from collections.abc import Callable

_ROLES = {"function": "tool", "chatbot": "assistant", "model": "assistant", "developer": "system"}
_PLAIN = (str, int, float, bool, dict, list, type(None))


def chat(messages: Any, asked: dict[str, Any]) -> Content:
    """Read what a chat model is sent; a plain text is the one message that some methods turn it into."""
    tools: list[Tool] = [read_tool(each) for each in items(asked.get("tools")) if isinstance(each, dict)]
    return Content(input=conversation(messages), tools=tools)


def conversation(value: Any) -> list[Message]:
    """Read a list of messages, one message, or a text of the user's."""
    if isinstance(value, str):
        return [Message("user", texts(value))] if value else []
    if isinstance(value, (list, tuple)):
        return [message(each) for each in items(value)]
    return [] if value is None else [message(value)]


def message(value: Any) -> Message:
    """Read a `ChatMessage`."""
    if isinstance(value, str):
        return Message("user", texts(value))
    held = fields(value)
    role = getattr(held.get("role"), "value", held.get("role"))
    role = _ROLES.get(role, role) if isinstance(role, str) and role else "user"
    extra = fields(held.get("additional_kwargs"))
    if role == "tool":
        call = string(extra.get("tool_call_id"))
        return Message(role, [ToolResponse(parsed(_words(held.get("blocks"))), call)])
    blocks = items(held.get("blocks"))
    parts = [_part(each) for each in blocks]
    if not any(get(each, "block_type") == "tool_call" for each in blocks):
        # Until blocks of calls came (0.14.6), providers' packages kept the calls beside them.
        parts += [_call(each) for each in items(extra.get("tool_calls"))]
    return Message(role, [each for each in parts if not (isinstance(each, Text) and not each.content)])


def document(value: Any) -> Document:
    """Read a node with its score."""
    node = get(value, "node")
    held = fields(node if node is not None else value)
    score = get(value, "score")
    return Document(
        id=string(held.get("id_")),
        score=float(score) if isinstance(score, (int, float)) and not isinstance(score, bool) else None,
        content=string(held.get("text")) or string(get(held.get("text_resource"), "text")),
        metadata=held.get("metadata") or None,
    )


def query(value: Any) -> str | None:
    """Read a query, which is a text or a bundle."""
    return string(value) or string(get(value, "query_str"))


def _is_plain(value: Any) -> bool:
    return isinstance(value, _PLAIN)


def result(value: Any) -> Any:
    """Read what a tool returned: plain data as it is, of anything else the text that a model is shown."""
    if get(value, "tool_name") is None:
        return parsed(value) if _is_plain(value) else None
    raw = get(value, "raw_output")
    if _is_plain(raw) and raw is not None:
        return parsed(raw)
    return parsed(_words(get(value, "blocks")))


def answer(value: Any) -> list[Message]:
    """Read what an agent, an engine or a workflow answers."""
    if isinstance(value, str):
        return [Message("assistant", texts(value))] if value else []
    held = get(value, "response")
    if isinstance(held, str):
        return [Message("assistant", texts(held))] if held else []
    if get(held, "blocks") is not None:
        return [message(held)]
    return [Message("assistant", [Generic("result", value)])] if _is_plain(value) and value else []


def _words(blocks: Any) -> str:
    return "\n".join(text for each in items(blocks) if isinstance(text := get(each, "text"), str))


def _part(block: Any) -> Part:
    kind = string(get(block, "block_type")) or "unknown"
    read = _BLOCKS.get(kind)
    return (read(block) if read is not None else None) or Generic(kind, block)


def _text(block: Any) -> Part | None:
    held = get(block, "text")
    return Text(held) if isinstance(held, str) else None


def _thought(block: Any) -> Part | None:
    held = string(get(block, "content"))
    return Reasoning(held) if held is not None else None


def _block_call(block: Any) -> Part | None:
    name = string(get(block, "tool_name"))
    if name is None:
        return None
    return ToolCall(name, string(get(block, "tool_call_id")), parsed(get(block, "tool_kwargs")))


def _call(value: Any) -> Part:
    function = get(value, "function")
    name = string(get(function, "name")) or string(get(value, "name"))
    if name is None:
        return Generic("tool_call", value)
    given = get(function, "arguments")
    return ToolCall(
        name, string(get(value, "id")), parsed(given if given is not None else get(value, "input"))
    )


def _medium(modality: str, data: str, mime: str) -> Callable[[Any], Part | None]:
    def read(block: Any) -> Part | None:
        kind = string(get(block, mime))
        if kind is not None and "/" not in kind:
            kind = f"{modality}/{kind}"
        if isinstance(held := get(block, data), (bytes, str)) and held:
            return Blob(modality, held.decode("ascii", "replace") if isinstance(held, bytes) else held, kind)
        address = get(block, "url")
        return media(modality, str(address)) if address is not None else None

    return read


_BLOCKS: dict[str, Callable[[Any], Part | None]] = {
    "text": _text,
    "thinking": _thought,
    "tool_call": _block_call,
    "image": _medium("image", "image", "image_mimetype"),
    "audio": _medium("audio", "audio", "format"),
    "video": _medium("video", "video", "video_mimetype"),
    "document": _medium("document", "data", "document_mimetype"),
}
