# SPDX-License-Identifier: Apache-2.0
"""What Qwen-Agent hands to its models and gets from them: messages with one function call each, and contents in items."""

from __future__ import annotations

import re
from typing import Any

from spanwright.instrumentors._dialects import dashscope_generation, openai_chat
from spanwright.instrumentors._dialects.wire import fields, get, items, media, string, texts
from spanwright.semconv.model import (
    Content,
    Document,
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
)
from spanwright.semconv.serial import parsed

_ASSISTANT = "assistant"
_FUNCTION = "function"
_MEDIA = ("image", "audio", "video")
# What the framework answers in the place of a tool that raised, or that it does not have.
_RAISED = re.compile(r"An error occurred when calling tool `[^`]*`:\n(\w+): ")
_MISSING = re.compile(r"Tool .* does not exists\.$", re.DOTALL)
_TOOL_ERROR = "tool_error"


def request(model: Any, settings: dict[str, Any]) -> Request:
    """Read what is asked for, by the names of OpenAI's chat."""
    found = openai_chat.request(settings)
    found.model = string(model)
    return found


def content(messages: Any, functions: Any) -> Content:
    """Read the sensitive part of a request."""
    return Content(
        input=conversation(messages), tools=[each for each in map(_tool, items(functions)) if each]
    )


def conversation(messages: Any) -> list[Message]:
    """Read messages; what one turn of the model says in several is one."""
    found: list[Message] = []
    for each in items(messages):
        read = _message(each)
        if found and read.role == found[-1].role == _ASSISTANT and read.name == found[-1].name:
            found[-1].parts += read.parts
        else:
            found.append(read)
    return found


def response(value: Any) -> Response | None:
    """Read the facts of an answer, in which messages from DashScope hold what the service said."""
    said = items(value)
    if not said:
        return None
    told = next((info for each in said if (info := get(get(each, "extra"), "model_service_info"))), None)
    found = dashscope_generation.response(told) if told is not None else Response()
    if any(get(each, "function_call") is not None for each in said):
        found.finish_reasons = ["tool_call"]
    return found


def output(value: Any) -> list[Message]:
    """Read an answer: what the model said since the last tool answered."""
    said: list[Any] = []
    for each in reversed(items(value)):
        if get(each, "role") != _ASSISTANT:
            break
        said.insert(0, each)
    parts = [part for each in said for part in _message(each).parts]
    if not parts:
        return []
    called = any(isinstance(part, ToolCall) for part in parts)
    return [Message(_ASSISTANT, parts, None, "tool_call" if called else "stop")]


def chunks(*, content: bool) -> Chunks:
    """Return a keeper of the pieces of a streamed answer."""
    del content
    return Chunks()


class Chunks:
    """Keeps the last piece, which holds everything up to it."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: Any = None

    def add(self, chunk: Any) -> None:
        """Take one piece."""
        self._last = chunk or self._last

    def value(self) -> Any:
        """Return the answer."""
        return self._last


class Deltas(Chunks):
    """Keeps the texts of a stream whose pieces are but what is new."""

    __slots__ = ("_content", "_texts")

    def __init__(self, *, content: bool) -> None:
        super().__init__()
        self._content = content
        self._texts: list[str] = []

    def add(self, chunk: Any) -> None:
        """Take one piece."""
        super().add(chunk)
        if self._content:
            self._texts += [
                part.content
                for each in items(chunk)
                for part in _contents(get(each, "content"))
                if isinstance(part, Text)
            ]

    def value(self) -> Any:
        """Return the answer."""
        last = items(self._last)
        if not last:
            return None
        return [{"role": _ASSISTANT, "content": "".join(self._texts), "extra": get(last[-1], "extra")}]


def call_id(messages: Any, name: Any, arguments: Any) -> str | None:
    """Return the id of the first call of a tool with these arguments that is not answered yet; ids may come again."""
    waiting: list[tuple[str | None, Any, Any]] = []
    for each in items(messages):
        if get(each, "role") == _FUNCTION:
            answered = next((call for call in waiting if call[0] == _id(each)), None)
            if answered is not None:
                waiting.remove(answered)
        elif (call := get(each, "function_call")) is not None:
            waiting.append((_id(each), get(call, "name"), get(call, "arguments")))
    return next((found for found, *called in waiting if called == [name, arguments]), None)


def failure(result: Any) -> str | None:
    """Return the error that the framework answers instead of raising it."""
    if not isinstance(result, str):
        return None
    if (raised := _RAISED.match(result)) is not None:
        return raised[1]
    return _TOOL_ERROR if _MISSING.match(result) is not None else None


def result(value: Any) -> Any:
    """Read what a tool returned: a text, or items."""
    if isinstance(value, str):
        return parsed(value)
    return [
        each if isinstance(each, dict) else {key: held for key, held in fields(each).items() if held}
        for each in items(value)
    ]


def query(params: Any) -> str | None:
    """Read what is searched for: a text, or keywords beside it."""
    asked = get(parsed(params), "query")
    return string(get(parsed(asked), "text")) or string(asked)


def documents(value: Any) -> list[Document]:
    """Read what was found: texts by the address of their file."""
    return [
        Document(
            string(get(each, "url")),
            None,
            "\n".join(text for text in items(get(each, "text")) if isinstance(text, str)),
        )
        for each in items(value)
    ]


def _message(value: Any) -> Message:
    read = fields(value).get
    role = string(read("role")) or _ASSISTANT
    name = string(read("name"))
    if role == _FUNCTION:
        answer = read("content")
        return Message(
            "tool", [ToolResponse(parsed(answer) if isinstance(answer, str) else result(answer), _id(value))]
        )
    thought = read("reasoning_content")
    parts: list[Part] = [Reasoning(part.content) for part in _contents(thought) if isinstance(part, Text)]
    parts += _contents(read("content"))
    if (call := string(get(read("function_call"), "name"))) is not None:
        parts.append(ToolCall(call, _id(value), parsed(get(read("function_call"), "arguments"))))
    return Message(role, parts, name)


def _contents(value: Any) -> list[Part]:
    return texts(value) if isinstance(value, str) else [_item(each) for each in items(value)]


def _item(value: Any) -> Part:
    read = fields(value).get
    if isinstance(text := read("text"), str):
        return Text(text)
    for kind in _MEDIA:
        if isinstance(address := read(kind), str):
            return media(kind, address)
    if isinstance(address := read("file"), str):
        return media("document", address)
    return Generic(next((kind for kind in _MEDIA if read(kind)), "unknown"), {})


def _tool(value: Any) -> Tool | None:
    read = fields(get(value, "function") or value).get
    name = string(read("name"))
    if name is None:
        return None
    schema = read("parameters")
    # An older form of theirs is a list of parameters.
    return Tool(
        name,
        description=string(read("description")),
        parameters=schema if isinstance(schema, dict) else None,
    )


def _id(value: Any) -> str | None:
    return string(get(get(value, "extra"), "function_id"))
