# SPDX-License-Identifier: Apache-2.0
"""What one finished span has to say on its line, read from the attributes of the conventions."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from http import HTTPStatus
from math import isfinite
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from opentelemetry.trace import SpanKind, StatusCode

from spanwright.console import _keys as keys
from spanwright.console._figures import one_line
from spanwright.console._forest import ended, started
from spanwright.semconv import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.util.types import AttributeValue

    Attributes = Mapping[str, AttributeValue]

T = TypeVar("T", str, int, float)


class Kind(Enum):
    """What a span stands for, which decides its colour and what it counts as."""

    MODEL = "model"
    EMBEDDINGS = "embeddings"
    TOOL = "tool"
    AGENT = "agent"
    RETRIEVAL = "retrieval"
    HTTP = "http"
    OTHER = "other"


_KINDS = {
    "chat": Kind.MODEL,
    "generate_content": Kind.MODEL,
    "text_completion": Kind.MODEL,
    "embeddings": Kind.EMBEDDINGS,
    "execute_tool": Kind.TOOL,
    "invoke_agent": Kind.AGENT,
    "create_agent": Kind.AGENT,
    "invoke_workflow": Kind.AGENT,
    "plan": Kind.AGENT,
    "retrieval": Kind.RETRIEVAL,
    "search_memory": Kind.RETRIEVAL,
}
_TARGETS = {
    Kind.MODEL: (names.GEN_AI_REQUEST_MODEL, names.GEN_AI_RESPONSE_MODEL),
    Kind.EMBEDDINGS: (names.GEN_AI_REQUEST_MODEL, names.GEN_AI_RESPONSE_MODEL),
    Kind.TOOL: (names.GEN_AI_TOOL_NAME,),
    Kind.AGENT: (names.GEN_AI_AGENT_NAME, names.GEN_AI_WORKFLOW_NAME),
    Kind.RETRIEVAL: (names.GEN_AI_DATA_SOURCE_ID, names.GEN_AI_MEMORY_STORE_ID),
    Kind.OTHER: (names.GEN_AI_MEMORY_STORE_ID,),
}
_FINISHED_AS_USUAL = {"stop", "completed"}


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them; the parts in brackets are included in the wholes."""

    input: int = 0
    output: int = 0
    cached: int = 0
    written: int = 0
    reasoning: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input + other.input,
            self.output + other.output,
            self.cached + other.cached,
            self.written + other.written,
            self.reasoning + other.reasoning,
        )

    def __bool__(self) -> bool:
        return bool(self.input or self.output)

    def parts(self) -> Iterable[str]:
        """Name the counts that cost more or less than the rest."""
        if self.cached:
            yield f"{self.cached:,} cached"
        if self.written:
            yield f"{self.written:,} cache write"
        if self.reasoning:
            yield f"{self.reasoning:,} reasoning"


@dataclass(frozen=True, slots=True)
class Facts:
    """One span, ready to be laid out; durations in nanoseconds."""

    kind: Kind
    verb: str
    target: str
    detail: str
    """What follows the target when there is room, such as the path of a URL."""
    duration: int
    usage: Usage
    cost: Decimal | None
    """US dollars, where the span tells them."""
    first_chunk: int | None
    notes: tuple[str, ...]
    error: str | None


def read(span: ReadableSpan) -> Facts:
    """Read a span of any origin: what is missing or of an odd type is left out."""
    attributes: Attributes = span.attributes or {}
    kind, verb, target, detail = _name(span, attributes)
    error = _error(span, attributes)
    first_chunk = _first(attributes, (names.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK,), float)
    # An agent in this process repeats what its model calls said, and those have lines of their own.
    reports_usage = kind is not Kind.AGENT or span.kind is SpanKind.CLIENT
    return Facts(
        kind=kind,
        verb=verb,
        target=target,
        detail=detail,
        duration=ended(span) - started(span),
        usage=_usage(attributes) if reports_usage else Usage(),
        cost=_cost(attributes) if reports_usage else None,
        first_chunk=None if first_chunk is None else int(first_chunk * 1_000_000_000),
        notes=tuple(_notes(attributes, failed=error is not None, repeats=not reports_usage)),
        error=error,
    )


def text(attributes: Attributes, *names: str) -> str:
    """Return the first of these attributes that is a string with something in it, on one line."""
    return one_line(_first(attributes, names, str) or "")


def _first(attributes: Attributes, names: Iterable[str], wanted: type[T]) -> T | None:
    accepted = (int, float) if wanted is float else (wanted,)
    for name in names:
        value = attributes.get(name)
        if isinstance(value, accepted) and not isinstance(value, bool) and value != "":
            return wanted(value)
    return None


def _name(span: ReadableSpan, attributes: Attributes) -> tuple[Kind, str, str, str]:
    if operation := text(attributes, names.GEN_AI_OPERATION_NAME):
        kind = _KINDS.get(operation, Kind.OTHER)
        target = text(attributes, *_TARGETS[kind])
        # An operation of somebody's own: its span's name is all that is known of it.
        return (
            (kind, operation, target, "")
            if target or kind is not Kind.OTHER
            else (kind, "", one_line(span.name), "")
        )
    if method := text(attributes, names.MCP_METHOD_NAME):
        return Kind.OTHER, method, text(attributes, names.GEN_AI_TOOL_NAME, names.GEN_AI_PROMPT_NAME), ""
    if method := text(attributes, *keys.HTTP_METHOD):
        return _http_name(span, method, attributes)
    return Kind.OTHER, "", one_line(span.name), ""


def _http_name(span: ReadableSpan, method: str, attributes: Attributes) -> tuple[Kind, str, str, str]:
    if span.kind is not SpanKind.CLIENT:
        # A request that this process answers: its route says more than its host.
        return Kind.OTHER, method, text(attributes, *keys.HTTP_ROUTE) or one_line(span.name), ""
    host, port, path = _address(text(attributes, *keys.HTTP_URL))
    host = host or text(attributes, *keys.HTTP_HOST)
    port = port or _first(attributes, keys.HTTP_PORT, int)
    if port and port not in {80, 443} and ":" not in host:
        host = f"{host}:{port}"
    return Kind.HTTP, method, host, path


def _address(url: str) -> tuple[str, int | None, str]:
    """Take host, port and path from a URL, never its user name, password or query."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "", None, ""
    return host, port, parts.path


def _usage(attributes: Attributes) -> Usage:
    def number(name: str) -> int:
        return max(_first(attributes, (name,), int) or 0, 0)

    return Usage(
        number(names.GEN_AI_USAGE_INPUT_TOKENS),
        number(names.GEN_AI_USAGE_OUTPUT_TOKENS),
        number(names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS),
        number(names.GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS),
        number(names.GEN_AI_USAGE_REASONING_OUTPUT_TOKENS),
    )


def _cost(attributes: Attributes) -> Decimal | None:
    told = _first(attributes, keys.COST, float)
    return Decimal(str(told)) if told is not None and isfinite(told) and told >= 0 else None


def _notes(attributes: Attributes, *, failed: bool, repeats: bool) -> Iterable[str]:
    status = _first(attributes, keys.HTTP_STATUS, int)
    if status is not None and not failed:
        yield str(status)
    if resends := _first(attributes, (names.HTTP_REQUEST_RESEND_COUNT,), int):
        yield f"resend {resends}"
    if not repeats:
        yield from _finish(attributes)
        yield from _usage(attributes).parts()


def _finish(attributes: Attributes) -> Iterable[str]:
    reasons = attributes.get(names.GEN_AI_RESPONSE_FINISH_REASONS)
    found = (
        [reason for reason in reasons if isinstance(reason, str)] if isinstance(reasons, tuple | list) else []
    )
    found.append(text(attributes, names.GEN_AI_RESPONSE_STATUS))
    for reason in dict.fromkeys(found):
        if reason and reason not in _FINISHED_AS_USUAL:
            times = found.count(reason)
            yield one_line(reason if times == 1 else f"{times} x {reason}")


def _error(span: ReadableSpan, attributes: Attributes) -> str | None:
    kind = text(attributes, names.ERROR_TYPE)
    if span.status.status_code is not StatusCode.ERROR and not kind:
        return None
    message = one_line(span.status.description or _exception_message(span), 300)
    kind = _reason_phrase(kind) or kind.rpartition(".")[2]
    if kind and message and not message.startswith(kind):
        return f"{kind}: {message}"
    return message or kind or "error"


def _reason_phrase(kind: str) -> str:
    """`503 Service Unavailable`, because an HTTP span has the bare number for its `error.type`."""
    try:
        status = HTTPStatus(int(kind))
    except ValueError:
        return kind if kind.isdecimal() else ""
    return f"{status.value} {status.phrase}"


def _exception_message(span: ReadableSpan) -> str:
    for event in reversed(span.events):
        if message := text(event.attributes or {}, names.EXCEPTION_MESSAGE):
            return message
    return ""
