# SPDX-License-Identifier: Apache-2.0
"""What the BeeAI framework hands to its models and gets from them: messages of typed contents, and outputs with usage."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import count, fields, finish, get, items, media, string
from spanwright.semconv import names as n
from spanwright.semconv.model import (
    Content,
    File,
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

# Their names of providers whose names in the conventions are others.
_PROVIDERS = {
    "amazon_bedrock": n.ProviderName.AWS_BEDROCK,
    "azure_openai": n.ProviderName.AZURE_AI_OPENAI,
    "gemini": n.ProviderName.GCP_GEMINI,
    "mistralai": n.ProviderName.MISTRAL_AI,
    "qwen": "dashscope",
    "vertexai": n.ProviderName.GCP_VERTEX_AI,
    "watsonx": n.ProviderName.IBM_WATSONX_AI,
    "xai": n.ProviderName.X_AI,
}


def provider(name: Any) -> str | None:
    """Return the provider of a model."""
    found = string(name)
    return _PROVIDERS.get(found, found) if found is not None else None


def request(model: Any, asked: Any, defaults: Any) -> Request:
    """Read what is asked for: what the call says, else what the model was made with."""
    said, held = fields(asked), fields(defaults)

    def read(name: str) -> Any:
        return said[name] if said.get(name) is not None else held.get(name)

    return Request(
        model=string(model),
        stream=read("stream") or None,
        max_tokens=read("max_tokens"),
        temperature=read("temperature"),
        top_p=read("top_p"),
        top_k=read("top_k"),
        frequency_penalty=read("frequency_penalty"),
        presence_penalty=read("presence_penalty"),
        seed=read("seed"),
        choices=read("n"),
        stop=read("stop_sequences"),
        output_type=n.OutputType.JSON if said.get("response_format") is not None else None,
        reasoning_level=string(read("reasoning_effort")),
    )


def response(value: Any) -> Response:
    """Read the facts of a model's answer; where nothing was counted, all counts are 0."""
    reason = _reason(value)
    return Response(
        finish_reasons=[reason] if reason is not None else None, usage=_usage(get(value, "usage"))
    )


def embedded(value: Any) -> Response:
    """Read the facts of embeddings."""
    return Response(usage=_usage(get(value, "usage")))


def content(messages: Any, tools: Any) -> Content:
    """Read the sensitive part of a request; of a tool its name is read and no more, for its schema would be made."""
    named = [string(getattr(each, "name", None)) for each in items(tools)]
    return Content(input=conversation(messages), tools=[Tool(name) for name in named if name is not None])


def conversation(value: Any) -> list[Message]:
    """Read what an agent or a model is given: a text or messages."""
    if isinstance(value, str):
        return [Message("user", [Text(value)])] if value else []
    return [_message(each) for each in items(value)]


def output(value: Any) -> list[Message]:
    """Read an answer: what the assistant says last, in however many messages."""
    said: list[Part] = []
    for each in reversed(items(get(value, "output")) or [get(value, "result")]):
        read = _message(each)
        if read.role != "assistant":
            break
        said = [*read.parts, *said]
    if not said:
        return []
    return [Message("assistant", said, None, _reason(value) or "stop")]


def call_id(context: Any, tool: Any) -> str | None:
    """Return the id of the call that an agent runs a tool for."""
    asked = get(context, "tool_call_msg")
    return string(get(asked, "id")) if get(asked, "tool_name") == tool else None


def arguments(value: Any) -> Any:
    """Read what a tool is called with: a mapping, or a model of pydantic."""
    return None if value is None else dict(fields(value))


def result(value: Any) -> Any:
    """Read what a tool returned: an output that holds it."""
    held = fields(value)
    found = held["result"] if "result" in held else held.get("results", value)
    return parsed(found)


def _message(value: Any) -> Message:
    role = get(value, "role") or getattr(value, "role", None)
    held = get(value, "content")
    parts: list[Part] = (
        [Text(held)] if isinstance(held, str) and held else [_part(each) for each in items(held)]
    )
    return Message(str.__str__(role) if isinstance(role, str) and role else "user", parts)


def _part(value: Any) -> Part:
    read = fields(value).get
    kind = string(read("type"))
    if kind == "text" and isinstance(text := read("text"), str):
        return Text(text)
    if kind == "reasoning" and isinstance(text := read("text"), str):
        return Reasoning(text)
    if kind == "tool-call" and (name := string(read("tool_name"))) is not None:
        return ToolCall(name, string(read("id")), parsed(read("args")))
    if kind == "tool-result":
        return ToolResponse(parsed(read("result")), string(read("tool_call_id")))
    if kind == "image_url":
        return media("image", get(read("image_url"), "url"))
    if (held := string(read("file_id"))) is not None:
        return File("document", held, string(read("format")))
    if (held := string(read("file_data"))) is not None:
        return media("document", held)
    return Generic(kind or "unknown", {})


def _reason(value: Any) -> str | None:
    """Return why an answer ended; of a stream that calls tools the framework says that it just stopped."""
    held = (part for each in items(get(value, "output")) for part in items(get(each, "content")))
    if any(get(part, "type") == "tool-call" for part in held):
        return "tool_call"
    return finish(get(value, "finish_reason"))


def _usage(value: Any) -> Usage | None:
    read = fields(value).get
    asked, made = count(read("prompt_tokens")), count(read("completion_tokens"))
    if not asked and not made:
        return None
    return Usage(
        asked,
        made,
        cache_read=count(read("cached_prompt_tokens")) or None,
        cache_write=count(read("cached_creation_tokens")) or None,
    )
