# SPDX-License-Identifier: Apache-2.0
"""A prompt as the model sees it, whether it came as chat messages or as the input items of a response."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spanwright.console.provider.shape import Json, dump, mapping, sequence, string
from spanwright.console.provider.tokens import IMAGE, MESSAGE, PRIMING, count

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True)
class Line:
    """One message: who said it, and its text."""

    role: str
    text: str
    images: int = 0
    audio: int = 0
    """Audio tokens."""


@dataclass(slots=True)
class Offer:
    """A tool that the model may call."""

    name: str
    description: str
    parameters: Json
    kind: str = "function"


@dataclass(slots=True)
class Prompt:
    """Everything that decides an answer."""

    model: str
    lines: list[Line] = field(default_factory=list[Line])
    offers: list[Offer] = field(default_factory=list[Offer])
    made: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """The calls made since the user last spoke: name and arguments."""
    choice: str = "auto"
    """`auto`, `none`, `required`, `all` (ours: call every tool), or the name of the tool to call."""
    parallel: bool = True
    schema: Json | None = None
    """The JSON schema that the answer must be valid for; an empty one means any object."""
    tool_text: str = ""

    @property
    def question(self) -> str:
        """What the user said last."""
        return next((line.text for line in reversed(self.lines) if line.role == "user"), "")

    @property
    def results(self) -> list[str]:
        """The tool results that came since the user last spoke."""
        found: list[str] = []
        for line in reversed(self.lines):
            if line.role == "user":
                break
            if line.role == "tool":
                found.append(line.text)
        return found[::-1]

    @property
    def audio(self) -> int:
        """Audio tokens in the prompt."""
        return sum(line.audio for line in self.lines)

    @property
    def size(self) -> int:
        """Tokens of the whole prompt."""
        spoken = sum(MESSAGE + count(line.text) + IMAGE * line.images + line.audio for line in self.lines)
        return PRIMING + spoken + count(self.tool_text)

    @property
    def texts(self) -> list[str]:
        """The prompt in the order in which it is cached."""
        return [self.tool_text, *(f"{line.role}: {line.text}" for line in self.lines)]


def from_chat(body: Json, model: str) -> Prompt:
    """The prompt of a chat completion."""
    prompt = Prompt(model)
    for message in map(mapping, sequence(body.get("messages"))):
        role = string(message.get("role"))
        if role == "user":
            prompt.made.clear()
        line = _line("tool" if role in ("tool", "function") else role, message.get("content"))
        prompt.lines.append(line)
        for call in map(mapping, sequence(message.get("tool_calls"))):
            told = mapping(call.get("function") or call.get("custom"))
            _note(prompt, line, told, told.get("arguments", told.get("input")))
        legacy = mapping(message.get("function_call"))
        if legacy:
            _note(prompt, line, legacy, legacy.get("arguments"))
    for tool in map(mapping, sequence(body.get("tools"))):
        kind = string(tool.get("type")) or "function"
        prompt.offers.append(_offer(mapping(tool.get(kind)), kind))
    for function in map(mapping, sequence(body.get("functions"))):
        prompt.offers.append(_offer(function, "legacy"))
    prompt.tool_text = _tool_text(body, "tools", "functions")
    prompt.choice = _choice(body.get("tool_choice", body.get("function_call")))
    prompt.parallel = body.get("parallel_tool_calls") is not False and "functions" not in body
    prompt.schema = _schema(mapping(body.get("response_format")), "json_schema")
    return prompt


def from_response(body: Json, model: str, before: Iterable[Any] = ()) -> Prompt:
    """The prompt of a response; `before` are the items of the responses that it continues."""
    prompt = Prompt(model)
    if isinstance(body.get("instructions"), str):
        prompt.lines.append(Line("system", body["instructions"]))
    given = body.get("input")
    items = [{"role": "user", "content": given}] if isinstance(given, str) else sequence(given)
    for item in map(mapping, [*before, *items]):
        kind = string(item.get("type")) or "message"
        if kind == "message":
            role = string(item.get("role")) or "user"
            if role == "user":
                prompt.made.clear()
            prompt.lines.append(_line(role, item.get("content")))
        elif kind in ("function_call", "custom_tool_call"):
            line = Line("assistant", "")
            prompt.lines.append(line)
            _note(prompt, line, item, item.get("arguments", item.get("input")))
        elif kind in ("function_call_output", "custom_tool_call_output"):
            prompt.lines.append(_line("tool", item.get("output")))
    for tool in map(mapping, sequence(body.get("tools"))):
        if tool.get("type") in ("function", "custom"):
            prompt.offers.append(_offer(tool, string(tool.get("type"))))
    prompt.tool_text = _tool_text(body, "tools")
    prompt.choice = _choice(body.get("tool_choice"))
    prompt.parallel = body.get("parallel_tool_calls") is not False
    prompt.schema = _schema(mapping(mapping(body.get("text")).get("format")), "")
    return prompt


def _note(prompt: Prompt, line: Line, told: Json, arguments: object) -> None:
    made = (string(told.get("name")), string(arguments))
    prompt.made.append(made)
    line.text = f"{line.text} {made[0]} {made[1]}".strip()


def _line(role: str, content: object) -> Line:
    """A line from a text or from typed parts; parts of unknown type say nothing."""
    if isinstance(content, str):
        return Line(role, content)
    line = Line(role, "")
    texts: list[str] = []
    for part in sequence(content):
        if isinstance(part, str):
            texts.append(part)
        read = mapping(part)
        texts.extend(read[key] for key in ("text", "refusal") if isinstance(read.get(key), str))
        line.images += read.get("type") in ("image_url", "input_image")
        line.audio += -(-len(string(mapping(read.get("input_audio")).get("data"))) // 1000)
    line.text = "\n".join(texts)
    return line


def _offer(tool: Json, kind: str) -> Offer:
    return Offer(
        string(tool.get("name")), string(tool.get("description")), mapping(tool.get("parameters")), kind
    )


def _tool_text(body: Json, *keys: str) -> str:
    return "\n".join(dump(tool) for key in keys for tool in sequence(body.get(key)))


def _choice(value: object) -> str:
    if isinstance(value, str):
        return {"any": "required"}.get(value, value)
    told = mapping(value)
    if not told:
        return "auto"
    if told.get("type") == "allowed_tools":
        return string(mapping(told.get("allowed_tools", told)).get("mode")) or "auto"
    named = mapping(told.get("function")) or mapping(told.get("custom")) or told
    return string(named.get("name")) or "required"


def _schema(told: Json, key: str) -> Json | None:
    if told.get("type") == "json_schema":
        return mapping((mapping(told.get(key)) if key else told).get("schema"))
    return {} if told.get("type") == "json_object" else None
