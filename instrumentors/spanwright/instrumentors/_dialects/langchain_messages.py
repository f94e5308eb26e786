# SPDX-License-Identifier: Apache-2.0
"""LangChain's own shapes: messages with content blocks, the states that hold them, tools' answers and documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import openai_chat
from spanwright.instrumentors._dialects.wire import fields, get, items, media, string, texts
from spanwright.semconv.model import (
    Blob,
    Document,
    File,
    Generic,
    Message,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResponse,
    Uri,
)
from spanwright.semconv.serial import parsed

if TYPE_CHECKING:
    from collections.abc import Callable

_ROLES = {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant", "function": "tool"}
_TYPES = frozenset({*_ROLES, "system", "chat", "tool"})
_PAIR = 2
_CALLS = frozenset(
    {"tool_use", "tool_call", "tool_call_chunk", "function_call", "invalid_tool_call", "input_json_delta"}
)
_MEDIA = {"image": "image", "audio": "audio", "video": "video", "file": "document", "document": "document"}


def conversation(value: Any, role: str = "user") -> list[Message]:
    """Read the messages of a graph's or an agent's state: `{"messages": [...]}`, a list, one message, a string.

    A state without messages is shown as it is, as one message of `role`.
    """
    keyed = _is(value, dict)
    held = get(value, "messages") if keyed else value
    if _is(held, str):
        return [Message(role, texts(held))]
    if held is None:
        shown = {key: item for key, item in value.items() if not str(key).startswith("__")} if keyed else None
        return [Message(role, [Generic("state", shown)])] if shown else []
    return [message(each) for each in (held if _is(held, list) else [held])]


def last(value: Any) -> list[Message]:
    """Read what a run answers with: its last message, or its state when that holds no messages."""
    return conversation(value, "assistant")[-1:]


def message(value: Any) -> Message:
    """Read one message: LangChain's own, or a pair, a string or a dict that LangChain would turn into one."""
    if _is(value, str):
        return Message("user", texts(value))
    if _is(value, tuple, list) and len(value) == _PAIR and _is(value[0], str):
        word: str = value[0]
        return Message(_ROLES.get(word, word), _parts(value[1], calls=False))
    kind = string(get(value, "type"))
    if _is(value, dict) and kind not in _TYPES:
        known = get(value, "role") is not None
        return openai_chat.message(value) if known else Message("user", [Generic(kind or "state", value)])
    if kind is None:
        return Message("user", [Generic("state", value)])
    role = string(get(value, "role")) if kind in ("chat", "ChatMessageChunk") else None
    role = role or _ROLES.get(kind) or kind.removesuffix("MessageChunk").lower()
    if role == "tool":
        return Message(role, [ToolResponse(answer(value), string(get(value, "tool_call_id")))])
    calls = [*items(get(value, "tool_calls")), *items(get(value, "invalid_tool_calls"))]
    parts: list[Part] = []
    if (thought := string(get(get(value, "additional_kwargs"), "reasoning_content"))) is not None:
        parts.append(Reasoning(thought))
    parts += _parts(get(value, "content"), calls=bool(calls))
    parts += [_call(each) for each in calls]
    return Message(role, parts, string(get(value, "name")))


def answer(value: Any) -> Any:
    """Read what a tool returned, parsed when it is JSON; of a tool's message what it says."""
    if get(value, "type") != "tool" or _is(value, dict):
        return parsed(value)
    held = get(value, "content")
    if _is(held, str):
        return parsed(held)
    words = [string(each) or string(get(each, "text")) for each in items(held)]
    return "".join(word for word in words if word)


def document(value: Any) -> Document:
    """Read a retrieved document."""
    metadata = get(value, "metadata")
    score = get(metadata, "score")
    return Document(
        id=string(get(value, "id")),
        score=score if isinstance(score, (int, float)) and not isinstance(score, bool) else None,
        content=string(get(value, "page_content")),
        metadata=metadata or None,
    )


def _is(value: Any, *kinds: type) -> bool:
    """Tell a kind by the value's class, and leave the value to the type checker as what it is: anything."""
    return issubclass(type(value), kinds)


def _parts(held: Any, *, calls: bool) -> list[Part]:
    """Read content; blocks that repeat a tool call are left out when the message lists its calls (`calls`)."""
    found = texts(held)
    for block in items(held):
        kind = string(get(block, "type"))
        if _is(block, str):
            found += texts(block)
        elif not (calls and kind in _CALLS):
            found.append(_block(kind or "unknown", block))
    return found


def _block(kind: str, block: Any) -> Part:
    read = _BLOCKS.get(kind)
    if read is None and kind in _MEDIA:
        read = _medium
    return (read(block) if read is not None else None) or Generic(kind, block)


def first(held: dict[str, Any], names: tuple[str, ...]) -> str | None:
    """Return the first of several fields that is a text."""
    for name in names:
        found = held.get(name)
        if isinstance(found, str) and found:
            return found
    return None


def _text(block: Any) -> Part | None:
    held = get(block, "text")
    return Text(held) if isinstance(held, str) else None


def _thought(block: Any) -> Part | None:
    """Read reasoning: LangChain's blocks, Anthropic's `thinking`, and OpenAI's list of summaries."""
    held = first(fields(block), ("reasoning", "thinking"))
    if held is None:
        held = (
            "\n".join(t for each in items(get(block, "summary")) if (t := string(get(each, "text")))) or None
        )
    return Reasoning(held) if held is not None else None


def _call(value: Any) -> Part:
    name = string(get(value, "name"))
    if name is None:
        return Generic("tool_call", value)
    given = get(value, "args")
    return ToolCall(
        name, string(get(value, "id")), parsed(given if given is not None else get(value, "input"))
    )


def _image_url(block: Any) -> Part:
    held = get(block, "image_url")
    return media("image", held if isinstance(held, str) else get(held, "url"))


def _sound(block: Any) -> Part | None:
    held = get(block, "input_audio")
    data, form = get(held, "data"), string(get(held, "format"))
    return Blob("audio", data, f"audio/{form}" if form else None) if isinstance(data, str) else None


def _medium(block: Any) -> Part | None:
    """Read a block of media: flat (LangChain), under `source` (Anthropic) or under its own name (OpenAI)."""
    kind = string(get(block, "type")) or ""
    modality, held = _MEDIA[kind], block
    for inner in (get(block, "source"), get(block, kind)):
        if _is(inner, dict):
            held = inner
            break
    mime = first(fields(held), ("mime_type", "media_type"))
    if (data := get(held, "base64") or get(held, "data")) and isinstance(data, (str, bytes)):
        return Blob(modality, data, mime)
    if (uploaded := first(fields(held), ("file_id", "id"))) and not get(held, "url"):
        return File(modality, uploaded, mime)
    if isinstance(url := get(held, "url") or get(held, "file_data"), str):
        found = media(modality, url)
        return Uri(modality, url, mime) if isinstance(found, Uri) else found
    return None


_BLOCKS: dict[str, Callable[[Any], Part | None]] = {
    "text": _text,
    "input_text": _text,
    "output_text": _text,
    "reasoning": _thought,
    "thinking": _thought,
    "image_url": _image_url,
    "input_audio": _sound,
    **dict.fromkeys(_CALLS, _call),
}
