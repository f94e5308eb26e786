# SPDX-License-Identifier: Apache-2.0
"""xAI's chat over gRPC: requests, answers and streams, as protobuf messages or as their JSON."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.proto import chosen, get, items, single, word
from spanwright.instrumentors._dialects.wire import count, finish, media, string
from spanwright.semconv import names as n
from spanwright.semconv.model import (
    Blob,
    Content,
    File,
    Generic,
    Message,
    Part,
    Reasoning,
    Request,
    Response,
    ServerToolCall,
    ServerToolResponse,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    Usage,
)
from spanwright.semconv.serial import parsed

_ROLES = ("", "user", "assistant", "system", "function", "tool", "developer")
_EFFORTS = ("", "low", "medium", "high", "none", "xhigh")
_FORMATS = ("", "text", "json_object", "json_schema")
_REASONS = ("", "max_len", "max_context", "stop", "tool_calls", "time_limit")
_FINISH = {"max_len": "length", "max_context": "length"}
# The tools of the provider's own, by the number of a call's type; the others run in the application.
_SERVED = (
    "",
    "",
    "web_search",
    "x_search",
    "code_execution",
    "collections_search",
    "mcp",
    "attachment_search",
    "",
    "",
    "image_generation",
)
_TOOLS = (
    "function",
    "web_search",
    "x_search",
    "code_execution",
    "collections_search",
    "mcp",
    "attachment_search",
    "image_generation",
)


def request(body: Any) -> Request:
    """Read what was asked for."""
    form = word(get(get(body, "response_format"), "format_type"), _FORMATS, "FORMAT_TYPE_")
    return Request(
        model=string(get(body, "model")),
        max_tokens=get(body, "max_tokens"),
        temperature=single(get(body, "temperature")),
        top_p=single(get(body, "top_p")),
        frequency_penalty=single(get(body, "frequency_penalty")),
        presence_penalty=single(get(body, "presence_penalty")),
        seed=get(body, "seed"),
        choices=get(body, "n"),
        stop=list(items(get(body, "stop"))) or None,
        output_type=None if form is None else n.OutputType.TEXT if form == "text" else n.OutputType.JSON,
        reasoning_level=word(get(body, "reasoning_effort"), _EFFORTS, "EFFORT_"),
        previous_response_id=string(get(body, "previous_response_id")),
    )


def response(value: Any) -> Response:
    """Read the facts of an answer; with several choices one finish reason each, in their order."""
    reasons = [_reason(each[-1]) for each in _choices(value)]
    return Response(
        id=string(get(value, "id")),
        model=string(get(value, "model")),
        finish_reasons=[each or "error" for each in reasons] if any(reasons) else None,
        usage=usage(get(value, "usage")),
    )


def usage(value: Any) -> Usage | None:
    """Read token counts. The prompt's tokens include the cached ones; the reasoning's are beside the completion's."""
    if not _is_filled(value):
        return None
    given, made = count(get(value, "prompt_tokens")) or 0, count(get(value, "completion_tokens")) or 0
    thought, total = count(get(value, "reasoning_tokens")) or 0, count(get(value, "total_tokens")) or 0
    # Other providers count reasoning as a part of the completion: the total tells.
    beside = total != given + made
    return Usage(
        input=given,
        output=made + thought if beside else made,
        cache_read=count(get(value, "cached_prompt_text_tokens")),
        reasoning=thought,
        image_input=count(get(value, "prompt_image_tokens")),
    )


def _is_filled(used: Any) -> bool:
    """Tell usage from a message that nobody has filled: its numbers are defaults and say nothing."""
    # Nearly always the first one tells; there is one in every chunk of a stream.
    return bool(
        count(get(used, "prompt_tokens"))
        or count(get(used, "completion_tokens"))
        or count(get(used, "reasoning_tokens"))
    )


def content(body: Any) -> Content:
    """Read the sensitive part of a request. System messages stay in the history: this API has no separate place."""
    return Content(
        input=[_asked(each) for each in items(get(body, "messages"))],
        tools=[_offered(each) for each in items(get(body, "tools"))],
    )


def output(value: Any) -> list[Message]:
    """Read the messages of an answer, one a choice."""
    found: list[Message] = []
    for outputs in _choices(value):
        parts = [part for each in outputs for part in _answered(get(each, "message"))]
        reason = _reason(outputs[-1])
        if parts or reason:
            found.append(Message("assistant", parts, finish_reason=reason))
    return found


class Chunks:
    """Keeps a stream: the facts of the last chunk, and by output what came in pieces."""

    __slots__ = ("_content", "_last", "_outputs", "_usage")

    def __init__(self, *, content: bool) -> None:
        self._content = content
        self._last: Any = None
        self._usage: Any = None
        self._outputs: dict[int, dict[str, Any]] = {}

    def add(self, chunk: Any) -> None:
        """Take one chunk."""
        self._last = chunk
        used = get(chunk, "usage")
        if used is not None and _is_filled(used):
            self._usage = used
        for each in items(_outputs(chunk)):
            index, delta = get(each, "index"), get(each, "delta")
            index = index if isinstance(index, int) else 0
            if (held := self._outputs.get(index)) is None:
                held = self._outputs[index] = {"message": {"tool_calls": []}, "pieces": {}}
            if (reason := get(each, "finish_reason")) and _word(reason) is not None:
                held["finish_reason"] = reason
            if (role := get(delta, "role")) is not None:
                held["message"]["role"] = role
            if calls := items(get(delta, "tool_calls")):
                held["message"]["tool_calls"] += calls
            if self._content:
                for name in ("content", "reasoning_content"):
                    if (piece := string(get(delta, name))) is not None:
                        held["pieces"].setdefault(name, []).append(piece)

    def value(self) -> dict[str, Any]:
        """Return what was received, in the shape of an unstreamed answer."""
        for held in self._outputs.values():
            held["message"] |= {name: "".join(pieces) for name, pieces in held["pieces"].items()}
        return {
            "id": get(self._last, "id"),
            "model": get(self._last, "model"),
            "usage": self._usage,
            "outputs": [held for _, held in sorted(self._outputs.items())],
        }


def _outputs(value: Any) -> Any:
    """Return the outputs; before 1.3 they were called choices."""
    found = get(value, "outputs")
    return found if found is not None else get(value, "choices")


def _choices(value: Any) -> list[list[Any]]:
    """Group the outputs by choice.

    Where the provider runs tools itself, each turn of the model and each tool's result is an output of the same,
    only choice; the last one is the answer.
    """
    found = list(items(_outputs(value)))
    if any(_is_turn(get(each, "message")) for each in found):
        return [found]
    return [[each] for each in found]


def _is_turn(message: Any) -> bool:
    return word(get(message, "role"), _ROLES, "ROLE_") == "tool" or any(
        _served(each) for each in items(get(message, "tool_calls"))
    )


def _reason(value: Any) -> str | None:
    return _word(get(value, "finish_reason"))


def _word(reason: Any) -> str | None:
    found = word(reason, _REASONS, "REASON_")
    return finish(_FINISH.get(found or "", found))


def _answered(message: Any) -> list[Part]:
    calls, text = items(get(message, "tool_calls")), string(get(message, "content"))
    if word(get(message, "role"), _ROLES, "ROLE_") == "tool":
        # The provider's own tool: its result comes with the call that it belongs to.
        call = calls[0] if calls else None
        told: dict[str, Any] = {"type": _served(call) or "tool"}
        if text is not None:
            told["content"] = text
        return [ServerToolResponse(told, string(get(call, "id")))]
    parts: list[Part] = []
    if (thought := string(get(message, "reasoning_content"))) is not None:
        parts.append(Reasoning(thought))
    if text is not None:
        parts.append(Text(text))
    return [*parts, *map(_call, calls)]


def _served(call: Any) -> str | None:
    """Return the kind of a tool that the provider runs itself, None of one that the application runs."""
    kind = get(call, "type")
    if isinstance(kind, str):
        kind = kind.removesuffix("_TOOL")
    return word(kind, _SERVED, "TOOL_CALL_TYPE_")


def _call(value: Any) -> Part:
    called = get(value, "function")
    name, key = string(get(called, "name")), string(get(value, "id"))
    given = parsed(get(called, "arguments"))
    if (kind := _served(value)) is not None:
        return ServerToolCall(name or kind, {"type": kind, "arguments": given}, key)
    return Generic("function", {"id": key}) if name is None else ToolCall(name, key, given)


def _asked(value: Any) -> Message:
    role = word(get(value, "role"), _ROLES, "ROLE_") or "user"
    parts = [part for each in items(get(value, "content")) if (part := _part(each)) != Text("")]
    if role == "tool":
        text = "".join(part.content for part in parts if isinstance(part, Text))
        return Message(role, [ToolResponse(parsed(text), string(get(value, "tool_call_id")))])
    thought = string(get(value, "reasoning_content"))
    before: list[Part] = [] if thought is None else [Reasoning(thought)]
    calls = [_call(each) for each in items(get(value, "tool_calls"))]
    return Message(role, [*before, *parts, *calls], string(get(value, "name")))


def _part(value: Any) -> Part:
    found = chosen(value, ("text", "image_url", "file"))
    if found is None:
        return Generic("unknown", None)
    kind, held = found
    if kind == "text":
        return Text(held) if isinstance(held, str) else Generic(kind, None)
    if kind == "image_url":
        uploaded = string(get(held, "file_id"))
        return File("image", uploaded) if uploaded else media("image", get(held, "image_url"))
    mime = string(get(held, "mime_type"))
    if (uploaded := string(get(held, "file_id"))) is not None:
        return File("document", uploaded, mime)
    if data := get(held, "data"):
        return Blob("document", data, mime)
    return media("document", get(held, "url"))


def _offered(value: Any) -> Tool:
    """Read a tool definition; description and parameters are large and left out, as the conventions recommend."""
    found = chosen(value, _TOOLS)
    if found is None:
        return Tool("tool")
    kind, held = found
    name = get(held, "server_label") if kind == "mcp" else get(held, "name")
    return Tool(string(name) or kind, kind)
