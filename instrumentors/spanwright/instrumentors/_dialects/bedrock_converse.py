# SPDX-License-Identifier: Apache-2.0
"""Amazon Bedrock's Converse: requests, answers made of content blocks, and streams of events."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.bedrock_events import Chunks
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
    ServerToolCall,
    ServerToolResponse,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    Uri,
    Usage,
)

__all__ = ["Chunks", "content", "guarded", "output", "request", "response", "usage"]

_FINISH = {
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "model_context_window_exceeded": "length",
    "malformed_model_output": "error",
    "malformed_tool_use": "error",
}
_MEDIA = ("image", "video", "audio", "document")
# Kind of media -> the word before the slash of its MIME type.
_FAMILIES = {"image": "image", "video": "video", "audio": "audio", "document": "application"}
_SERVER = "server_tool_use"


def request(body: Any) -> Request:
    """Read what was asked for; `body` are the parameters of the call, or the body of a Nova invocation."""
    read = body.get
    config, more = read("inferenceConfig"), read("additionalModelRequestFields")
    given, extra, output = fields(config).get, fields(more).get, fields(read("outputConfig")).get
    top_k = given("topK")
    for each in (extra("top_k"), extra("topK"), get(extra("inferenceConfig"), "topK")):
        top_k = each if top_k is None else top_k
    return Request(
        model=read("modelId"),
        max_tokens=_first(given("maxTokens"), given("max_new_tokens")),
        temperature=given("temperature"),
        top_p=_first(given("topP"), given("top_p")),
        top_k=top_k,
        stop=given("stopSequences"),
        output_type=n.OutputType.JSON if get(output("textFormat"), "type") == "json_schema" else None,
        reasoning_level=_first(output("effort"), get(extra("output_config"), "effort")),
        extra=guarded(get(read("guardrailConfig"), "guardrailIdentifier")),
    )


def guarded(identifier: Any) -> dict[str, Any] | None:
    """Return the attribute of a guardrail that watches the call."""
    found = string(identifier)
    return {n.AWS_BEDROCK_GUARDRAIL_ID: found} if found is not None else None


def response(value: Any) -> Response:
    """Read the facts of an answer; a prompt router tells which model it took."""
    read = fields(value).get
    reason = _reason(read("stopReason"))
    return Response(
        model=string(get(get(read("trace"), "promptRouter"), "invokedModelId")),
        finish_reasons=[reason] if reason is not None else None,
        usage=usage(read("usage")),
    )


def usage(value: Any) -> Usage | None:
    """Read token counts. The wire counts cached tokens beside the input, the conventions count them in it."""
    if value is None:
        return None
    read = fields(value).get
    cached = count(_first(read("cacheReadInputTokens"), read("cacheReadInputTokenCount")))
    written = count(_first(read("cacheWriteInputTokens"), read("cacheWriteInputTokenCount")))
    known = [each for each in (count(read("inputTokens")), cached, written) if each is not None]
    return Usage(
        input=sum(known) if known else None,
        output=count(read("outputTokens")),
        cache_read=cached,
        cache_write=written,
    )


def content(body: Any) -> Content:
    """Read the sensitive part of a request; the system prompt is separate from the history here."""
    return Content(
        system=_parts(body.get("system")),
        input=[message(each) for each in items(body.get("messages"))],
        tools=[
            found
            for each in items(get(body.get("toolConfig"), "tools"))
            if (found := _tool(each)) is not None
        ],
    )


def output(value: Any) -> list[Message]:
    """Read the answer's blocks as the one message that they make up."""
    told, reason = get(get(value, "output"), "message"), _reason(get(value, "stopReason"))
    parts = _parts(get(told, "content"))
    if not parts and reason is None:
        return []
    return [Message(string(get(told, "role")) or "assistant", parts, finish_reason=reason)]


def message(value: Any) -> Message:
    """Read one message of a request."""
    return Message(string(get(value, "role")) or "user", _parts(get(value, "content")))


def _reason(value: Any) -> str | None:
    return _FINISH.get(value, finish(value)) if isinstance(value, str) else None


def _first(*values: Any) -> Any:
    return next((each for each in values if each is not None), None)


def _tool(value: Any) -> Tool | None:
    """Read a tool definition; None of a cache point, which stands among them."""
    if (name := string(get(get(value, "toolSpec"), "name"))) is not None:
        return Tool(name)
    name = string(get(get(value, "systemTool"), "name"))
    return Tool(name, "system") if name is not None else None


def _parts(held: Any) -> list[Part]:
    return [part for each in items(held) if (part := _part(each)) is not None]


def _part(value: Any) -> Part | None:
    """Read one block, a mapping with a single member that names its kind; None of what says nothing."""
    read = fields(value).get
    if isinstance(text := read("text"), str):
        return Text(text)
    if (call := read("toolUse")) is not None:
        return _call(call)
    if (result := read("toolResult")) is not None:
        return _result(result)
    if (reasoning := read("reasoningContent")) is not None:
        thought = string(get(get(reasoning, "reasoningText"), "text"))
        # What is redacted is encrypted.
        return Reasoning(thought) if thought is not None else Generic("redacted_reasoning", {})
    if (cited := read("citationsContent")) is not None:
        return Text("".join(_texts(get(cited, "content"))))
    if (watched := read("guardContent")) is not None:
        text = string(get(get(watched, "text"), "text"))
        return Text(text) if text is not None else Generic("guardContent", {})
    if read("cachePoint") is not None:
        return None
    for kind in _MEDIA:
        if (held := read(kind)) is not None:
            return _media(kind, held)
    return Generic(_kind(value), value)


def _call(value: Any) -> Part:
    read = fields(value).get
    name, key = string(read("name")), string(read("toolUseId"))
    if name is None:
        return Generic("toolUse", value)
    if read("type") == _SERVER:
        return ServerToolCall(name, {"type": _SERVER, "input": read("input")}, key)
    return ToolCall(name, key, read("input"))


def _result(value: Any) -> Part:
    """Read what a tool answered: text or JSON as it is, several texts joined; of media only the kind."""
    read = fields(value).get
    key, held = string(read("toolUseId")), items(read("content"))
    told = [_told(each) for each in held]
    if string(kind := read("type")) is not None:
        return ServerToolResponse({"type": kind, "content": told}, key)
    if len(_texts(held)) == len(held):
        return ToolResponse("".join(_texts(held)), key)
    return ToolResponse(told[0] if len(told) == 1 else told, key)


def _told(value: Any) -> Any:
    read = fields(value).get
    if (found := read("json")) is not None:
        return found
    text = string(read("text"))
    return text if text is not None else {"type": _kind(value)}


def _kind(value: Any) -> str:
    """Return the name of a block's single member, which is its kind."""
    return string(next(iter(fields(value)), None)) or "unknown"


def _texts(held: Any) -> list[str]:
    return [text for each in items(held) if (text := string(get(each, "text"))) is not None]


def _media(kind: str, held: Any) -> Part:
    read, form = fields(get(held, "source")).get, string(get(held, "format"))
    mime = f"{_FAMILIES[kind]}/{form}" if form is not None else None
    data = read("bytes")
    if isinstance(data, (str, bytes)):
        return Blob(kind, data, mime)
    if isinstance(data, bytearray):
        return Blob(kind, bytes(data), mime)
    if (address := string(get(read("s3Location"), "uri"))) is not None:
        return Uri(kind, address, mime)
    if (text := string(read("text"))) is not None:
        return Text(text)
    return Generic(kind, {"format": form} if form is not None else {})
