# SPDX-License-Identifier: Apache-2.0
"""Ollama's chat: JSON, streamed as lines of it, the last of which has `done` and the counts."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import count, fields, finish, get, items, string
from spanwright.semconv import names as n
from spanwright.semconv.model import (
    Blob,
    Content,
    Generic,
    Message,
    Part,
    Reasoning,
    Request,
    Response,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    Usage,
)
from spanwright.semconv.serial import parsed


def request(body: Any) -> Request:
    """Read what was asked for; what tunes the model stands in `options`."""
    read, tuned = body.get, fields(body.get("options")).get
    limit, thinking = count(tuned("num_predict")), read("think")
    return Request(
        model=read("model"),
        stream=read("stream"),
        # -1 is no limit, -2 is what the context has left.
        max_tokens=limit or None,
        temperature=tuned("temperature"),
        top_p=tuned("top_p"),
        top_k=tuned("top_k"),
        frequency_penalty=tuned("frequency_penalty"),
        presence_penalty=tuned("presence_penalty"),
        seed=tuned("seed"),
        stop=tuned("stop"),
        output_type=n.OutputType.JSON if read("format") else None,
        # On or off is no level.
        reasoning_level=string(thinking),
    )


def response(value: Any) -> Response:
    """Read the facts of an answer, whole or the last line of a stream."""
    read = fields(value).get
    reason = finish(read("done_reason"))
    return Response(model=read("model"), finish_reasons=[reason] if reason else None, usage=usage(value))


def usage(value: Any) -> Usage | None:
    """Read token counts. The prompt's is missing when the server had all of it in its cache."""
    read = fields(value).get
    asked, made = count(read("prompt_eval_count")), count(read("eval_count"))
    return Usage(input=asked, output=made) if asked is not None or made is not None else None


def content(body: Any) -> Content:
    """Read the sensitive part of a request."""
    return Content(
        input=[message(each) for each in items(body.get("messages"))],
        tools=[tool(each) for each in items(body.get("tools"))],
    )


def output(value: Any) -> list[Message]:
    """Read the message of an answer."""
    found = get(value, "message")
    if found is None:
        return []
    read = message(found)
    read.finish_reason = finish(get(value, "done_reason"))
    return [read] if read.parts or read.finish_reason else []


def message(value: Any) -> Message:
    """Read one message of a request or an answer."""
    read = fields(value).get
    role, held = string(read("role")) or "assistant", read("content")
    if role == "tool":
        told = parsed(held) if isinstance(held, str) else None
        return Message(role, [ToolResponse(told, string(read("tool_call_id")))], string(read("tool_name")))
    calls = [_call(each) for each in items(read("tool_calls"))]
    return Message(role, [*spoken(read("thinking"), held), *pictures(read("images")), *calls])


def spoken(thinking: Any, text: Any) -> list[Part]:
    """Return the parts of what was thought and said."""
    found: list[Part] = []
    if (thought := string(thinking)) is not None:
        found.append(Reasoning(thought))
    if (said := string(text)) is not None:
        found.append(Text(said))
    return found


def pictures(value: Any) -> list[Part]:
    """Return the parts of images, which are base64."""
    return [Blob("image", data) for each in items(value) if (data := string(each) or _data(each)) is not None]


def tool(value: Any) -> Tool:
    """Read a tool definition; description and parameters are left out, as the conventions recommend."""
    kind = string(get(value, "type")) or "function"
    return Tool(string(get(get(value, kind), "name")) or kind, kind)


def _data(image: Any) -> str | None:
    return string(get(image, "value"))


def _call(value: Any) -> Part:
    inner = get(value, "function")
    name = string(get(inner, "name"))
    if name is None:
        return Generic("function", value)
    return ToolCall(name, string(get(value, "id")), get(inner, "arguments"))


class Chunks:
    """Keeps what is needed of a stream: the last line, and with content what was thought, said and called."""

    __slots__ = ("_last", "_said")

    def __init__(self, *, content: bool) -> None:
        self._last: Any = None
        self._said: list[Any] | None = [] if content else None

    def add(self, chunk: Any) -> None:
        """Take one line."""
        self._last = chunk
        if self._said is not None:
            self._said.append(get(chunk, "message"))

    def value(self) -> dict[str, Any]:
        """Return the answer that the lines make up, in the shape of an unstreamed one."""
        whole = dict(fields(self._last))
        if self._said is not None:
            whole["message"] = {
                "role": next((role for each in self._said if (role := string(get(each, "role")))), None),
                "content": joined(self._said, "content"),
                "thinking": joined(self._said, "thinking"),
                "tool_calls": [call for each in self._said for call in items(get(each, "tool_calls"))],
            }
        return whole


def joined(pieces: list[Any], name: str) -> str:
    """Join the texts that the pieces have under one name."""
    return "".join(text for each in pieces if (text := string(get(each, name))) is not None)
