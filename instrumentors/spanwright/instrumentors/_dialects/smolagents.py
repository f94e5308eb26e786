# SPDX-License-Identifier: Apache-2.0
"""What smolagents hands to its models and gets from them: messages like those of OpenAI's chat, with roles of its own."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects import openai_chat
from spanwright.instrumentors._dialects.wire import count, fields, get, items, string
from spanwright.semconv import names as n
from spanwright.semconv.model import (
    Content,
    Generic,
    Message,
    Part,
    Request,
    Response,
    Text,
    Tool,
    ToolCall,
    Usage,
)
from spanwright.semconv.serial import parsed

_ROLES = {"tool-call": "assistant", "tool-response": "user"}
# LiteLLM's names of providers whose names in the conventions are others.
_NAMES = {
    "azure": n.ProviderName.AZURE_AI_OPENAI,
    "bedrock": n.ProviderName.AWS_BEDROCK,
    "gemini": n.ProviderName.GCP_GEMINI,
    "mistral": n.ProviderName.MISTRAL_AI,
    "vertex_ai": n.ProviderName.GCP_VERTEX_AI,
    "watsonx": n.ProviderName.IBM_WATSONX_AI,
    "xai": n.ProviderName.X_AI,
}


def model(name: Any, *, routed: bool) -> str | None:
    """Return the model's name; `routed` by LiteLLM, it begins with its provider."""
    found = string(name)
    if not routed or found is None:
        return found
    _, slash, rest = found.partition("/")
    return rest if slash and rest else found


def provider(name: Any) -> str:
    """Return the provider that the name of a model begins with for LiteLLM."""
    named, slash, _ = (string(name) or "").partition("/")
    return _NAMES.get(named, named) if slash and named else n.ProviderName.OPENAI


def request(name: Any, given: dict[str, Any], *, routed: bool) -> Request:
    """Read what is asked for, by the names of OpenAI's chat."""
    found = openai_chat.request(given)
    found.model = model(name, routed=routed)
    return found


def response(value: Any) -> Response | None:
    """Read the facts of an answer, which may hold that of the provider as it came."""
    raw = get(value, "raw")
    found = openai_chat.response(raw) if items(get(raw, "choices")) else Response()
    used = get(value, "token_usage")
    if found.usage is None and used is not None:
        found.usage = Usage(count(get(used, "input_tokens")), count(get(used, "output_tokens")))
    return found


def content(messages: Any, tools: Any) -> Content:
    """Read the sensitive part of a request; the tools are objects of the framework, managed agents among them."""
    return Content(
        input=[message(each) for each in items(messages)],
        tools=[Tool(name) for each in items(tools) if (name := string(getattr(each, "name", None)))],
    )


def message(value: Any) -> Message:
    """Read one message."""
    role = string(get(value, "role"))
    role = str.__str__(role) if role is not None else "assistant"
    held = get(value, "content")
    parts = [Text(held)] if isinstance(held, str) and held else [_part(each) for each in items(held)]
    calls = [found for each in items(get(value, "tool_calls")) if (found := _call(each)) is not None]
    return Message(_ROLES.get(role, role), [*parts, *calls])


def output(value: Any) -> list[Message]:
    """Read the answer of a model."""
    found = message(value)
    if not found.parts:
        return []
    called = any(isinstance(each, ToolCall) for each in found.parts)
    found.finish_reason = "tool_call" if called else "stop"
    return [found]


def chunks(*, content: bool) -> Chunks:
    """Return a keeper of the pieces of a streamed answer."""
    return Chunks(content=content)


class Chunks:
    """Keeps what is needed of a stream: counts are added up, as the framework does; texts and calls only as content."""

    __slots__ = ("_calls", "_content", "_texts", "_used")

    def __init__(self, *, content: bool) -> None:
        self._content = content
        self._texts: list[str] = []
        self._calls: dict[Any, dict[str, Any]] = {}
        self._used: dict[str, int] = {}

    def add(self, chunk: Any) -> None:
        """Take one piece."""
        read = fields(chunk).get
        if (used := read("token_usage")) is not None:
            for name in ("input_tokens", "output_tokens"):
                if (number := count(get(used, name))) is not None:
                    self._used[name] = self._used.get(name, 0) + number
        if not self._content:
            return
        if isinstance(text := read("content"), str):
            self._texts.append(text)
        for call in items(read("tool_calls")):
            self._grow(call)

    def value(self) -> Any:
        """Return the answer in the shape of an unstreamed one."""
        calls = [
            {
                "id": call["id"],
                "function": {"name": "".join(call["name"]), "arguments": "".join(call["arguments"])},
            }
            for call in self._calls.values()
        ]
        return {"content": "".join(self._texts), "tool_calls": calls, "token_usage": self._used or None}

    def _grow(self, call: Any) -> None:
        index = get(call, "index")
        held = self._calls.setdefault(
            index if isinstance(index, int) else None, {"id": None, "name": [], "arguments": []}
        )
        held["id"] = string(get(call, "id")) or held["id"]
        function = get(call, "function")
        for name in ("name", "arguments"):
            if (piece := string(get(function, name))) is not None:
                held[name].append(piece)


def asked(task: Any) -> list[Message]:
    """Read the task of an agent."""
    return [Message("user", [Text(task)])] if isinstance(task, str) and task else []


def final(step: Any) -> Any:
    """Return the answer that the last step of a streamed run holds, None for a run that was left before."""
    return get(step, "output") if type(step).__name__ == "FinalAnswerStep" else None


def answer(value: Any) -> list[Message]:
    """Read the answer of an agent, which may be anything."""
    if value is None:
        return []
    part: Part = Text(str.__str__(value)) if isinstance(value, str) else Generic("object", {"content": value})
    return [Message("assistant", [part], None, "stop")]


def arguments(args: Any, kwargs: Any) -> Any:
    """Return the arguments of a tool: by name, or as they came."""
    if not args:
        return dict(kwargs)
    if len(args) == 1 and not kwargs:
        return parsed(args[0])
    return {"args": list(args), **kwargs}


def result(value: Any) -> Any:
    """Read what a tool returned; the framework has a class of its own for texts."""
    return parsed(str.__str__(value) if isinstance(value, str) else value)


def executed(value: Any) -> dict[str, Any]:
    """Read what executed code has printed, and what its last line was worth."""
    found = {name: get(value, name) for name in ("output", "logs")}
    return {name: each for name, each in found.items() if each is not None and each != ""}


def _part(value: Any) -> Part:
    text = get(value, "text")
    if isinstance(text, str):
        return Text(text)
    # An image is an object of a library of images, whose bytes are not made for a trace.
    return Generic(string(get(value, "type")) or "unknown", {})


def _call(value: Any) -> ToolCall | None:
    inner = get(value, "function")
    name = string(get(inner, "name"))
    return (
        ToolCall(name, string(get(value, "id")), parsed(get(inner, "arguments")))
        if name is not None
        else None
    )
