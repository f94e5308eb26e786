# SPDX-License-Identifier: Apache-2.0
"""What Agno hands to its models and gets from them and from runs: messages with calls in OpenAI's shape, its own counts."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects import openai_chat
from spanwright.instrumentors._dialects.wire import count, fields, get, items, media, string, texts
from spanwright.semconv import names as n
from spanwright.semconv.model import (
    Blob,
    Content,
    Document,
    Message,
    Part,
    Request,
    Response,
    Text,
    Usage,
)
from spanwright.semconv.serial import dumps

_SPOKEN = ("role", "content", "name", "tool_calls", "tool_call_id", "reasoning_content")
_MEDIA = (("images", "image"), ("audio", "audio"), ("videos", "video"), ("files", "document"))
_LIMITS = ("max_completion_tokens", "max_output_tokens", "max_tokens")
_STOPS = ("stop", "stop_sequences")
# By the folder of the model's class; others are called as their folder is.
_PROVIDERS = {
    "aws": n.ProviderName.AWS_BEDROCK,
    "azure": n.ProviderName.AZURE_AI_INFERENCE,
    "google": n.ProviderName.GCP_GEMINI,
    "ibm": n.ProviderName.IBM_WATSONX_AI,
    "mistral": n.ProviderName.MISTRAL_AI,
    "moonshot": n.ProviderName.MOONSHOT_AI,
    "together": "together_ai",
    "vertexai": n.ProviderName.GCP_VERTEX_AI,
    "xai": n.ProviderName.X_AI,
}
# Their input counts leave out what was read from the cache and written to it.
_BESIDE = (n.ProviderName.ANTHROPIC, n.ProviderName.AWS_BEDROCK)
_PACKAGE = "agno.models."
_LONGEST = 1 << 20
FAILED = "_OTHER"
_STATES = {"ERROR": FAILED, "CANCELLED": "cancelled"}
_ENDS = {
    "RunError": FAILED,
    "TeamRunError": FAILED,
    "RunCancelled": "cancelled",
    "TeamRunCancelled": "cancelled",
}


def provider(model: Any) -> str | None:
    """Return the provider by the place of the model's class, which may be a base of the application's own one."""
    for base in type(model).__mro__:
        if base.__module__.startswith(_PACKAGE):
            folder, _, module = base.__module__.removeprefix(_PACKAGE).partition(".")
            if folder == "azure" and "openai" in module:
                return n.ProviderName.AZURE_AI_OPENAI
            return _PROVIDERS.get(folder, folder) if module else None
    return None


def request(model: Any, form: Any) -> Request:
    """Read what is asked for: the settings stand on the model's object."""
    read = fields(model).get
    return Request(
        model=string(read("id")),
        max_tokens=_first(read, _LIMITS),
        temperature=read("temperature"),
        top_p=read("top_p"),
        top_k=read("top_k"),
        frequency_penalty=read("frequency_penalty"),
        presence_penalty=read("presence_penalty"),
        seed=read("seed"),
        stop=_first(read, _STOPS),
        output_type=n.OutputType.JSON if form is not None else None,
        reasoning_level=string(read("reasoning_effort")),
    )


def content(messages: Any, tools: Any) -> Content:
    """Read the sensitive part of a request."""
    return Content(
        input=[message(each) for each in items(messages)],
        tools=[openai_chat.tool(each) for each in items(tools) if isinstance(each, dict)],
    )


def message(value: Any) -> Message:
    """Read one message."""
    read = fields(value).get
    found = openai_chat.message({name: read(name) for name in _SPOKEN})
    for name, modality in _MEDIA:
        found.parts += [part for each in items(read(name)) if (part := _medium(modality, each)) is not None]
    return found


def response(answer: Any, asked: str | None) -> Response:
    """Read the facts of the assistant's message; `asked` is the provider."""
    about = get(answer, "provider_data")
    return Response(
        id=string(get(about, "id")) or string(get(about, "response_id")),
        usage=usage(get(answer, "metrics"), beside=asked in _BESIDE),
    )


def finish_reasons(answer: Any) -> list[str] | None:
    """Return why an answer ended: Agno's own says no more than whether there are calls in it."""
    if items(get(answer, "tool_calls")):
        return ["tool_call"]
    return ["stop"] if get(answer, "content") is not None else None


def usage(value: Any, *, beside: bool = False) -> Usage | None:
    """Read token counts; Agno counts what it knows nothing of as zeros."""
    read = fields(value).get
    found = Usage(
        input=count(read("input_tokens")),
        output=count(read("output_tokens")),
        cache_read=count(read("cache_read_tokens")) or None,
        cache_write=count(read("cache_write_tokens")) or None,
        reasoning=count(read("reasoning_tokens")) or None,
        audio_input=count(read("audio_input_tokens")) or None,
        audio_output=count(read("audio_output_tokens")) or None,
    )
    if not (found.input or found.output):
        return None
    if beside:
        found.input = (found.input or 0) + (found.cache_read or 0) + (found.cache_write or 0)
    return found


def output(answer: Any, pieces: Any = None) -> list[Message]:
    """Read the assistant's message; of a stream that was left early only the pieces are there."""
    found = message(answer)
    if not found.parts and pieces is not None:
        found.parts = texts(get(pieces, "response_content"))
    found.finish_reason = (finish_reasons(answer) or [None])[0]
    return [found] if found.parts else []


def given(value: Any) -> list[Message]:
    """Read the input of a run: a text, a message, a list of either, or an object."""
    if (inner := get(value, "input_content")) is not None:
        value = inner
    if isinstance(value, (list, tuple)):
        return [message(each) if get(each, "role") else _said(each) for each in items(value)]
    if get(value, "role") and get(value, "content") is not None:
        return [message(value)]
    return [_said(value)] if value is not None else []


def answer(value: Any) -> list[Message]:
    """Read what a run answered."""
    held = get(value, "content")
    return [Message("assistant", [Text(_text(held))])] if held is not None else []


def failure(value: Any) -> str | None:
    """Return the `error.type` of a run that failed or was cancelled: Agno answers so, and raises nothing."""
    status = get(value, "status")
    return _STATES.get(str(getattr(status, "value", status))) or ended(value)


def ended(event: Any) -> str | None:
    """Return the `error.type` of the event that ends a failed or cancelled stream; None for any other event."""
    name = get(event, "event")
    if not isinstance(name, str) or (kind := _ENDS.get(name)) is None:
        return None
    return kind


def memories(value: Any) -> list[Document]:
    """Read what is known of a user."""
    return [
        Document(id=string(get(each, "memory_id")), content=text)
        for each in items(value)
        if (text := string(get(each, "memory"))) is not None
    ]


def document(value: Any) -> Document:
    """Read a document of a search."""
    score = get(value, "reranking_score")
    return Document(
        id=string(get(value, "id")),
        score=score if isinstance(score, (int, float)) else None,
        content=string(get(value, "content")),
        metadata=get(value, "meta_data") or None,
    )


def result(value: Any) -> Any:
    """Read what a tool returned; a `ToolResult` has media beside its text."""
    if type(value).__name__ == "ToolResult" and (held := get(value, "content")) is not None:
        return held
    return value


def piece(item: Any) -> str | None:
    """Return the text of one step of a tool that answers step by step: its own, or that of an agent's event."""
    if isinstance(item, str):
        return item
    name = get(item, "event")
    if isinstance(name, str):
        return string(get(item, "content")) if name.endswith("RunContent") else None
    return None


def _said(value: Any) -> Message:
    return Message("user", [Text(_text(value))])


def _text(value: Any) -> str:
    """Return a text as it is, and what a model of pydantic, a dataclass or a mapping holds as JSON."""
    return value if isinstance(value, str) else dumps(fields(value) or value, _LONGEST)


def _medium(modality: str, value: Any) -> Part | None:
    if (url := string(get(value, "url"))) is not None:
        return media(modality, url)
    held = get(value, "content")
    if isinstance(held, (bytes, str)) and held:
        return Blob(modality, held, string(get(value, "mime_type")))
    return None


def _first(read: Any, names: tuple[str, ...]) -> Any:
    for name in names:
        if (found := read(name)) is not None:
            return found
    return None
