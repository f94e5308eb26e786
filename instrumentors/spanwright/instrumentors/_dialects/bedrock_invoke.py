# SPDX-License-Identifier: Apache-2.0
"""Amazon Bedrock's InvokeModel: each family of models has a body of its own, in an envelope that all share."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from spanwright.instrumentors._dialects import (
    anthropic_messages,
    bedrock_chat,
    bedrock_converse,
    bedrock_texts,
    bedrock_vectors,
)
from spanwright.instrumentors._dialects.kept import Kept
from spanwright.instrumentors._dialects.wire import count, fields, get, string
from spanwright.semconv import names as n
from spanwright.semconv.model import Usage
from spanwright.semconv.serial import parsed

if TYPE_CHECKING:
    from spanwright.semconv.model import Content, Message, Request, Response


class Dialect(Protocol):
    """What a family's body is read by."""

    Chunks: Any

    def request(self, body: Any) -> Request:
        """Read what was asked for."""
        ...

    def content(self, body: Any) -> Content:
        """Read the sensitive part of a request."""
        ...

    def response(self, value: Any) -> Response:
        """Read the facts of an answer."""
        ...

    def output(self, value: Any) -> list[Message]:
        """Read the content of an answer."""
        ...


_METRICS = "amazon-bedrock-invocationMetrics"
_ACTION = "amazon-bedrock-guardrailAction"
_HEADERS = ("x-amzn-bedrock-input-token-count", "x-amzn-bedrock-output-token-count")
_PARTS = re.compile(r"[./:]")
_CHAT, _TEXT = n.OperationName.CHAT, n.OperationName.TEXT_COMPLETION


def body(value: Any) -> dict[str, Any]:
    """Return the JSON of a request's body; of a file, which is not ours to read, nothing."""
    if isinstance(value, bytearray):
        value = bytes(value)
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return fields(parsed(value)) if isinstance(value, str) else {}


def family(model: Any, body: dict[str, Any]) -> Family:
    """Return the family of a model by its id, whatever profile or ARN stands before it, else by the body's shape."""
    vendor, name = _named(model) if isinstance(model, str) else (None, "")
    if "embed" in name:
        return Family(bedrock_vectors, n.OperationName.EMBEDDINGS)
    if "rerank" in name:
        return Family(bedrock_chat, None)
    if (vendor == "anthropic" and "messages" in body) or "anthropic_version" in body:
        return Family(anthropic_messages, _CHAT)
    if name.startswith("nova") or (vendor is None and ("inferenceConfig" in body or "schemaVersion" in body)):
        return Family(bedrock_converse, _CHAT)
    if "messages" in body:
        return Family(bedrock_chat, _CHAT)
    told = bedrock_texts.is_chat(body)
    return Family(bedrock_texts, _CHAT if told else _TEXT if bedrock_texts.prompt(body) else _made(body))


@lru_cache(maxsize=256)
def _named(model: str) -> tuple[str | None, str]:
    """Return vendor and name of a model by its id."""
    parts = _PARTS.split(model)
    vendor = next((each for each in parts if each in _VENDORS), None)
    return vendor, next(iter(parts[parts.index(vendor) + 1 :]), "") if vendor is not None else ""


def _made(body: dict[str, Any]) -> str:
    """Return the operation of what is neither messages nor text; with no body to be read, a chat is likeliest."""
    return n.OperationName.GENERATE_CONTENT if body else _CHAT


# Vendors whose models Bedrock has or had, as they stand in a model's id.
_VENDORS = frozenset(
    {
        *(
            "ai21",
            "amazon",
            "anthropic",
            "cohere",
            "deepseek",
            "google",
            "luma",
            "meta",
            "minimax",
            "mistral",
        ),
        *("moonshot", "moonshotai", "nvidia", "openai", "qwen", "stability", "twelvelabs", "writer", "zai"),
    }
)


class Family:
    """A family's dialect within the envelope: guardrail, metrics and headers are the same for all."""

    __slots__ = ("_dialect", "operation")

    def __init__(self, dialect: Dialect, operation: str | None) -> None:
        self._dialect = dialect
        self.operation = operation

    def request(self, body: dict[str, Any]) -> Request:
        """Read what was asked for."""
        return self._dialect.request(body)

    def content(self, body: dict[str, Any]) -> Content:
        """Read the sensitive part of a request."""
        return self._dialect.content(body)

    def response(self, value: Any) -> Response:
        """Read the facts of an answer; token counts are the family's where it gives any, else the envelope's."""
        found = self._dialect.response(value)
        if get(value, _ACTION) == "INTERVENED":
            found.finish_reasons = ["content_filter"]
        used = found.usage
        if used is None or (used.input is None and used.output is None):
            found.usage = _counted(value)
        return found

    def output(self, value: Any) -> list[Message]:
        """Read the messages of an answer."""
        found = self._dialect.output(value)
        if get(value, _ACTION) == "INTERVENED":
            for each in found:
                each.finish_reason = "content_filter"
        return found

    def Chunks(self, *, content: bool) -> Chunks:  # noqa: N802 - stands where a dialect has its class
        """Return a keeper of chunks."""
        return Chunks(self._dialect.Chunks(content=content), content=content)


class Chunks(Kept):
    """Keeps the chunks as they come, and takes their JSON apart for the family's own keeper at the end."""

    __slots__ = ("_inner",)

    def __init__(self, inner: Any, *, content: bool) -> None:
        super().__init__(content=content)
        self._inner = inner

    def value(self) -> dict[str, Any]:
        """Return what was received, in the shape of an unstreamed answer."""
        beside: dict[str, Any] = {}
        for chunk in self:
            data = get(get(chunk, "chunk"), "bytes")
            told = parsed(data.decode("utf-8", "replace") if isinstance(data, bytes) else data)
            beside.update({name: told[name] for name in (_METRICS, _ACTION) if name in fields(told)})
            self._inner.add(told)
        return {**fields(self._inner.value()), **beside}


def _counted(value: Any) -> Usage | None:
    metrics = get(value, _METRICS)
    given, made = count(get(metrics, "inputTokenCount")), count(get(metrics, "outputTokenCount"))
    if given is None and made is None:
        headers = get(get(value, "ResponseMetadata"), "HTTPHeaders")
        given, made = (_number(get(headers, name)) for name in _HEADERS)
    return Usage(input=given, output=made) if given is not None or made is not None else None


def _number(value: Any) -> int | None:
    text = string(value)
    return (
        int(text)
        if text is not None and text.isascii() and text.isdigit() and len(text) < len(_ACTION)
        else None
    )
