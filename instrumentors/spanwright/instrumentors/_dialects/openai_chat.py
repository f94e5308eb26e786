# SPDX-License-Identifier: Apache-2.0
"""OpenAI's chat completions, which most providers speak: requests, answers, and streams of deltas."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.openai_deltas import Chunks
from spanwright.instrumentors._dialects.wire import (
    count,
    counts,
    fields,
    finish,
    get,
    items,
    media,
    string,
    texts,
)
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

_LONGEST_CODE = 64
# The parameters whose values are facts as they are, and the model's names for them.
_PARAMETERS = {
    "model": "model",
    "stream": "stream",
    "max_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "seed": "seed",
    "n": "choices",
    "stop": "stop",
    "reasoning_effort": "reasoning_level",
}

__all__ = [
    "Chunks",
    "answered_refinements",
    "content",
    "failure",
    "message",
    "output",
    "refinements",
    "request",
    "response",
    "tool",
    "usage",
]


def request(body: Any) -> Request:
    """Read what was asked for; `body` is the JSON that goes over the wire."""
    read = body.get
    found = Request()
    # Of the many parameters a request has few.
    for name in body.keys() & _PARAMETERS.keys():
        setattr(found, _PARAMETERS[name], body[name])
    if (limit := read("max_completion_tokens")) is not None:
        found.max_tokens = limit
    form, modalities = read("response_format"), read("modalities")
    if form is not None or modalities is not None:
        found.output_type = _output_type(form, modalities)
    return found


def refinements(body: Any) -> dict[str, Any]:
    """Read what only OpenAI's own conventions name."""
    extra: dict[str, Any] = {n.OPENAI_API_TYPE: n.OpenaiApiType.CHAT_COMPLETIONS}
    given = body.get("service_tier")
    if given is not None and (tier := string(given)) is not None and tier != n.OpenaiServiceTier.AUTO:
        extra[n.OPENAI_REQUEST_SERVICE_TIER] = tier
    return extra


def response(value: Any) -> Response:
    """Read the facts of an answer; with several choices one finish reason each, in their order."""
    read = fields(value).get
    reasons: list[str] = []
    known = False
    for choice in items(read("choices")):
        reason = finish(fields(choice).get("finish_reason"))
        known = known or reason is not None
        reasons.append(reason or "error")
    return Response(
        id=read("id"),
        model=read("model"),
        finish_reasons=reasons if known else None,
        usage=usage(read("usage")),
        error=failure(error) if (error := read("error")) is not None else None,
    )


def failure(told: Any) -> str | None:
    """Return the type of an error that came inside a successful answer: its code where that is an identifier.

    Fireworks and OpenRouter send a body of an error, Groq a text that may say anything.
    """
    if not told:
        return None
    for given in (get(told, "code"), get(told, "type"), told):
        if type(given) is int:
            return str(given)
        if (
            isinstance(given, str)
            and len(given) <= _LONGEST_CODE
            and given.isascii()
            and given.isidentifier()
        ):
            return given
    return "_OTHER"


def answered_refinements(value: Any) -> dict[str, Any] | None:
    """Read what only OpenAI's own conventions name of an answer."""
    read = fields(value).get
    extra: dict[str, Any] = {}
    if isinstance(tier := read("service_tier"), str) and tier:
        extra[n.OPENAI_RESPONSE_SERVICE_TIER] = tier
    if isinstance(fingerprint := read("system_fingerprint"), str) and fingerprint:
        extra[n.OPENAI_RESPONSE_SYSTEM_FINGERPRINT] = fingerprint
    return extra


def usage(value: Any) -> Usage | None:
    """Read token counts; details may be missing or null with any provider."""
    if value is None:
        return None
    held = fields(value)
    read = held.get
    found = Usage(*counts(held, "prompt_tokens", "completion_tokens"))
    given = read("prompt_tokens_details")
    if given is None:
        # Writer's name for it lacks an s.
        given = read("prompt_token_details")
    if given is not None:
        found.cache_read, found.cache_write, found.audio_input = counts(
            given, "cached_tokens", "cache_write_tokens", "audio_tokens"
        )
    else:
        # DeepSeek and Together count cache hits beside the totals instead of in the details.
        found.cache_read = count(read("prompt_cache_hit_tokens", read("cached_tokens")))
    if (made := read("completion_tokens_details")) is not None:
        found.reasoning, found.audio_output = counts(made, "reasoning_tokens", "audio_tokens")
    return found


def content(body: Any) -> Content:
    """Read the sensitive part of a request. System messages stay in the history: this API has no separate place."""
    return Content(
        input=[message(each) for each in items(body.get("messages"))],
        tools=[*map(tool, items(body.get("tools"))), *map(tool, items(body.get("functions")))],
    )


def output(value: Any) -> list[Message]:
    """Read the messages of an answer, one a choice."""
    found: list[Message] = []
    for choice in items(get(value, "choices")):
        read = message(get(choice, "message"))
        read.finish_reason = finish(get(choice, "finish_reason"))
        if read.parts or read.finish_reason:
            found.append(read)
    return found


def message(value: Any) -> Message:
    """Read one message of a request or an answer."""
    read = fields(value).get
    role, held = string(read("role")) or "assistant", read("content")
    if role == "tool":
        return Message(role, [ToolResponse(_told(held), string(read("tool_call_id")))])
    parts: list[Part] = []
    if (thought := string(read("reasoning_content")) or string(read("reasoning"))) is not None:
        parts.append(Reasoning(thought))
    for done in items(read("executed_tools")):
        parts += _executed(done)
    parts += texts(held) or [_part(each) for each in items(held)]
    if (refusal := string(read("refusal"))) is not None:
        parts.append(Generic("refusal", {"content": refusal}))
    if (audio := read("audio")) is not None:
        parts += texts(get(audio, "transcript")) or [Generic("audio", {"id": string(get(audio, "id"))})]
    if (calls := read("tool_calls")) is not None:
        parts += [_tool_call(each) for each in items(calls)]
    if (legacy := read("function_call")) is not None:
        parts.append(_tool_call({"type": "function_call", "function_call": legacy}))
    return Message(role, parts, string(read("name")))


def _told(held: Any) -> Any:
    """Return what a tool answered: parsed when it is JSON, texts joined when it came in parts."""
    if isinstance(held, str):
        return parsed(held)
    return "".join(part.content for each in items(held) if isinstance(part := _part(each), Text))


def tool(value: Any) -> Tool:
    """Read a tool definition; description and parameters are large and left out, as the conventions recommend."""
    kind = string(get(value, "type")) or "function"
    inner = get(value, kind) or value
    return Tool(string(get(inner, "name")) or kind, kind)


def _tool_call(value: Any) -> Part:
    kind = string(get(value, "type")) or "function"
    inner = get(value, kind)
    name = string(get(inner, "name"))
    if name is None:
        return Generic(kind, value)
    given = get(inner, "arguments")
    return ToolCall(
        name, string(get(value, "id")), parsed(given if given is not None else get(inner, "input"))
    )


def _executed(value: Any) -> list[Part]:
    """Read a tool that Groq's compound systems ran themselves; it has no id and no name but its type."""
    kind = string(get(value, "type")) or "tool"
    given = parsed(get(value, "arguments"))
    found: list[Part] = [ServerToolCall(kind, {"type": kind, "arguments": given})]
    if (told := string(get(value, "output"))) is not None:
        found.append(ServerToolResponse({"type": kind, "output": told}))
    return found


def _part(value: Any) -> Part:
    if isinstance(value, str):
        return Text(value)
    kind = string(get(value, "type"))
    if kind in ("text", "input_text", "output_text") and isinstance(get(value, "text"), str):
        return Text(get(value, "text"))
    if kind == "image_url":
        image = get(value, "image_url")
        return media("image", image if isinstance(image, str) else get(image, "url"))
    if kind == "thinking":
        # Mistral's reasoning: a list of texts and references.
        return Reasoning("".join(_thoughts(get(value, "thinking"))))
    if kind == "document_url":
        return media("document", get(value, "document_url"))
    if kind == "input_audio" and isinstance(get(value, "input_audio"), str):
        return media("audio", get(value, "input_audio"))
    if kind == "input_audio" and isinstance(data := get(get(value, "input_audio"), "data"), str):
        form = string(get(get(value, "input_audio"), "format"))
        return Blob("audio", data, f"audio/{form}" if form else None)
    if kind == "file":
        file = get(value, "file")
        if (uploaded := string(get(file, "file_id")) or string(get(value, "file_id"))) is not None:
            return File("document", uploaded)
        return media("document", get(file, "file_data"))
    return Generic(kind or "unknown", value)


def _thoughts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for each in items(value) if (text := string(get(each, "text"))) is not None]


def _output_type(form: Any, modalities: Any) -> str | None:
    kind = string(get(form, "type")) if form is not None else None
    if kind is not None:
        return n.OutputType.TEXT if kind == "text" else n.OutputType.JSON
    return n.OutputType.SPEECH if "audio" in items(modalities) else None
