# SPDX-License-Identifier: Apache-2.0
"""From the model to telemetry: span name, kind, attributes, content and metric points. Pure functions.

Missing data is an absent attribute; odd data is skipped, never raised. Rules: the conventions pinned in `registry/`.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from spanwright.semconv import names as n
from spanwright.semconv.clean import flag, integer, number, text, texts
from spanwright.semconv.model import (
    AgentRun,
    Embeddings,
    FetchResponse,
    HttpRequest,
    Inference,
    McpMessage,
    Memory,
    Retrieval,
    Step,
    Subject,
    ToolRun,
    Usage,
    WorkflowRun,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.semconv.model import Request, Response

    Row = tuple[str, str, Callable[[Any], Any]]


class _Rows:
    """Fields of one dataclass with their attribute keys; all fields are fetched in one call, most being unknown."""

    __slots__ = ("fetch", "keys", "unknown")

    def __init__(self, *rows: Row) -> None:
        self.fetch: Callable[[Any], tuple[Any, ...]] = attrgetter(*(slot for slot, _, _ in rows))
        self.keys = tuple((key, clean) for _, key, clean in rows)
        self.unknown = (None,) * len(rows)

    def take(self, found: dict[str, Any], source: object) -> None:
        """Add what is known and clean to `found`."""
        values = self.fetch(source)
        if values == self.unknown:
            return
        for value, (key, clean) in zip(values, self.keys):  # noqa: B905 - equal by construction, and hot
            if value is not None and (value := clean(value)) is not None:
                found[key] = value


_REQUEST = _Rows(
    ("max_tokens", n.GEN_AI_REQUEST_MAX_TOKENS, integer),
    ("temperature", n.GEN_AI_REQUEST_TEMPERATURE, number),
    ("top_p", n.GEN_AI_REQUEST_TOP_P, number),
    ("top_k", n.GEN_AI_REQUEST_TOP_K, integer),
    ("frequency_penalty", n.GEN_AI_REQUEST_FREQUENCY_PENALTY, number),
    ("presence_penalty", n.GEN_AI_REQUEST_PRESENCE_PENALTY, number),
    ("seed", n.GEN_AI_REQUEST_SEED, integer),
    ("stop", n.GEN_AI_REQUEST_STOP_SEQUENCES, texts),
    ("output_type", n.GEN_AI_OUTPUT_TYPE, text),
    ("reasoning_level", n.GEN_AI_REQUEST_REASONING_LEVEL, text),
    ("previous_response_id", n.GEN_AI_REQUEST_PREVIOUS_RESPONSE_ID, text),
    ("encoding_formats", n.GEN_AI_REQUEST_ENCODING_FORMATS, texts),
    ("prompt_name", n.GEN_AI_PROMPT_NAME, text),
    ("prompt_version", n.GEN_AI_PROMPT_VERSION, text),
)
# Subsets of the totals; a zero says nothing and is left out, as the reference implementation does.
_SUBSET_KEYS = {
    "cache_read": n.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
    "cache_write": n.GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS,
    "reasoning": n.GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
    "text_input": n.GEN_AI_USAGE_TEXT_INPUT_TOKENS,
    "text_output": n.GEN_AI_USAGE_TEXT_OUTPUT_TOKENS,
    "text_cache_read": n.GEN_AI_USAGE_TEXT_CACHE_READ_INPUT_TOKENS,
    "image_input": n.GEN_AI_USAGE_IMAGE_INPUT_TOKENS,
    "image_output": n.GEN_AI_USAGE_IMAGE_OUTPUT_TOKENS,
    "image_cache_read": n.GEN_AI_USAGE_IMAGE_CACHE_READ_INPUT_TOKENS,
    "audio_input": n.GEN_AI_USAGE_AUDIO_INPUT_TOKENS,
    "audio_output": n.GEN_AI_USAGE_AUDIO_OUTPUT_TOKENS,
    "audio_cache_read": n.GEN_AI_USAGE_AUDIO_CACHE_READ_INPUT_TOKENS,
}
_SUBSETS = attrgetter(*_SUBSET_KEYS)
_SERVER: tuple[Row, ...] = (
    ("address", n.SERVER_ADDRESS, text),
    ("port", n.SERVER_PORT, integer),
)
_OWN: dict[type, _Rows | None] = {
    Embeddings: _Rows(("provider", n.GEN_AI_PROVIDER_NAME, text), *_SERVER),
    Retrieval: _Rows(
        ("provider", n.GEN_AI_PROVIDER_NAME, text),
        ("data_source_id", n.GEN_AI_DATA_SOURCE_ID, text),
        ("top_k", n.GEN_AI_RETRIEVAL_TOP_K, integer),
        *_SERVER,
    ),
    Memory: _Rows(
        ("provider", n.GEN_AI_PROVIDER_NAME, text),
        ("store_id", n.GEN_AI_MEMORY_STORE_ID, text),
        ("record_id", n.GEN_AI_MEMORY_RECORD_ID, text),
        *_SERVER,
    ),
    FetchResponse: _Rows(
        ("provider", n.GEN_AI_PROVIDER_NAME, text),
        ("response_id", n.GEN_AI_RESPONSE_ID, text),
        ("stream_cursor", n.GEN_AI_REQUEST_STREAM_CURSOR, text),
        *_SERVER,
    ),
    AgentRun: _Rows(
        ("name", n.GEN_AI_AGENT_NAME, text),
        ("description", n.GEN_AI_AGENT_DESCRIPTION, text),
        ("conversation_id", n.GEN_AI_CONVERSATION_ID, text),
        ("data_source_id", n.GEN_AI_DATA_SOURCE_ID, text),
    ),
    WorkflowRun: _Rows(
        ("name", n.GEN_AI_WORKFLOW_NAME, text),
        ("conversation_id", n.GEN_AI_CONVERSATION_ID, text),
    ),
    ToolRun: _Rows(
        ("name", n.GEN_AI_TOOL_NAME, text),
        ("type", n.GEN_AI_TOOL_TYPE, text),
        ("description", n.GEN_AI_TOOL_DESCRIPTION, text),
        ("call_id", n.GEN_AI_TOOL_CALL_ID, text),
        ("agent_name", n.GEN_AI_AGENT_NAME, text),
        ("conversation_id", n.GEN_AI_CONVERSATION_ID, text),
    ),
    McpMessage: _Rows(
        ("method", n.MCP_METHOD_NAME, text),
        ("tool", n.GEN_AI_TOOL_NAME, text),
        ("prompt", n.GEN_AI_PROMPT_NAME, text),
        ("request_id", n.JSONRPC_REQUEST_ID, text),
        ("resource_uri", n.MCP_RESOURCE_URI, text),
        ("protocol_version", n.MCP_PROTOCOL_VERSION, text),
        ("session_id", n.MCP_SESSION_ID, text),
        ("transport", n.NETWORK_TRANSPORT, text),
        ("network_protocol", n.NETWORK_PROTOCOL_NAME, text),
        ("network_version", n.NETWORK_PROTOCOL_VERSION, text),
    ),
    Step: None,
    HttpRequest: _Rows(
        ("method", n.HTTP_REQUEST_METHOD, text),
        ("original_method", n.HTTP_REQUEST_METHOD_ORIGINAL, text),
        ("url", n.URL_FULL, text),
        *_SERVER,
        ("resend_count", n.HTTP_REQUEST_RESEND_COUNT, integer),
    ),
}
# What only a remote agent service's span carries (the internal one lost these keys in 2026).
_REMOTE = _Rows(
    ("provider", n.GEN_AI_PROVIDER_NAME, text),
    ("id", n.GEN_AI_AGENT_ID, text),
    ("version", n.GEN_AI_AGENT_VERSION, text),
    *_SERVER,
)
# The other side of an MCP message.
_MCP_CLIENT = _Rows(*_SERVER)
_MCP_SERVER = _Rows(("address", n.CLIENT_ADDRESS, text), ("port", n.CLIENT_PORT, integer))


def _target(subject: Subject) -> str | None:
    if isinstance(subject, (Inference, Embeddings)):
        return text(subject.request.model)
    if isinstance(subject, (AgentRun, WorkflowRun, ToolRun)):
        return text(subject.name)
    return text(subject.data_source_id) if isinstance(subject, Retrieval) else None


def name(subject: Subject) -> str:
    """Return the span's name: operation and target, or the operation alone when the target is unknown."""
    if isinstance(subject, Step):
        return subject.name
    if isinstance(subject, HttpRequest):
        return subject.method if subject.original_method is None else "HTTP"
    if isinstance(subject, McpMessage):
        return " ".join(filter(None, (subject.method, text(subject.tool) or text(subject.prompt))))
    target = _target(subject)
    return subject.operation if target is None else f"{subject.operation} {target}"


def is_client(subject: Subject) -> bool:
    """Return whether the span is CLIENT (a call that leaves the process); otherwise it is INTERNAL."""
    if isinstance(subject, Inference):
        return not subject.in_process
    if isinstance(subject, AgentRun):
        return subject.remote
    if isinstance(subject, Memory):
        return not subject.in_process
    if isinstance(subject, McpMessage):
        return not subject.received
    return not isinstance(subject, (WorkflowRun, ToolRun, Step))


def opening(subject: Subject) -> tuple[str, bool, dict[str, Any]]:
    """Return name, whether the span is CLIENT, and attributes, all that a span starts with."""
    if not isinstance(subject, Inference):
        return name(subject), is_client(subject), start(subject)
    found = start(subject)
    model = found.get(n.GEN_AI_REQUEST_MODEL)
    return (
        subject.operation if model is None else f"{subject.operation} {model}",
        not subject.in_process,
        found,
    )


def start(subject: Subject) -> dict[str, Any]:
    """Return every attribute that is known before the operation runs: a sampler sees them all."""
    found: dict[str, Any] = {}
    if subject.operation is not None:
        found[n.GEN_AI_OPERATION_NAME] = subject.operation
    if type(subject) is Inference:
        # Written out, since model calls are what a process makes most of; these four are clean by contract.
        if subject.provider is not None:
            found[n.GEN_AI_PROVIDER_NAME] = subject.provider
        if subject.address is not None:
            found[n.SERVER_ADDRESS] = subject.address
        if subject.port is not None:
            found[n.SERVER_PORT] = subject.port
        if subject.conversation_id is not None:
            found[n.GEN_AI_CONVERSATION_ID] = subject.conversation_id
        _request(found, subject.request)
        return found
    if (own := _OWN[type(subject)]) is not None:
        own.take(found, subject)
    if isinstance(subject, AgentRun):
        if subject.remote:
            _REMOTE.take(found, subject)
        _request(found, subject.request)
    elif isinstance(subject, (Embeddings, Retrieval)):
        _request(found, subject.request)
    elif isinstance(subject, Step) and subject.attributes:
        found.update(subject.attributes)
    elif isinstance(subject, FetchResponse) and subject.extra:
        found.update(subject.extra)
    elif isinstance(subject, McpMessage):
        (_MCP_SERVER if subject.received else _MCP_CLIENT).take(found, subject)
    return found


def finish(subject: Subject) -> dict[str, Any]:
    """Return the attributes that the answer added, but for content and errors."""
    found: dict[str, Any] = {}
    if isinstance(subject, Inference):
        if subject.time_to_first_chunk is not None:
            found[n.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK] = subject.time_to_first_chunk
        if subject.response is not None:
            _inferred(found, subject.response)
    elif isinstance(subject, (Embeddings, AgentRun, FetchResponse)):
        if subject.response is not None:
            _answer(found, subject, subject.response)
    elif isinstance(subject, Memory):
        if (count := integer(subject.record_count)) is not None:
            found[n.GEN_AI_MEMORY_RECORD_COUNT] = count
    elif isinstance(subject, HttpRequest):
        if (status := integer(subject.status_code)) is not None:
            found[n.HTTP_RESPONSE_STATUS_CODE] = status
        if (version := text(subject.protocol_version)) is not None:
            found[n.NETWORK_PROTOCOL_VERSION] = version
    elif isinstance(subject, McpMessage):
        _add(found, n.RPC_STATUS_CODE, subject.status_code)
    return found


def _inferred(found: dict[str, Any], response: Response) -> None:
    """Add what a model has answered; in one piece, since every call passes here."""
    if response.finish_reasons:
        found[n.GEN_AI_RESPONSE_FINISH_REASONS] = response.finish_reasons
    _add(found, n.GEN_AI_RESPONSE_ID, response.id)
    _add(found, n.GEN_AI_RESPONSE_MODEL, response.model)
    if response.conversation_id is not None:
        _add(found, n.GEN_AI_CONVERSATION_ID, response.conversation_id)
    if (used := response.usage) is not None:
        usage(found, used)
    if response.compacted is True:
        found[n.GEN_AI_CONVERSATION_COMPACTED] = True
    if response.extra:
        found.update(response.extra)


def _answer(
    found: dict[str, Any], subject: Embeddings | AgentRun | FetchResponse, response: Response
) -> None:
    if isinstance(subject, Embeddings):
        _add(found, n.GEN_AI_RESPONSE_MODEL, response.model)
        if response.usage is not None and response.usage.input is not None:
            found[n.GEN_AI_USAGE_INPUT_TOKENS] = response.usage.input
        return
    if response.finish_reasons:
        found[n.GEN_AI_RESPONSE_FINISH_REASONS] = response.finish_reasons
    if isinstance(subject, AgentRun):
        if response.usage is not None:
            (usage if subject.remote else _totals)(found, response.usage)
        _add(found, n.GEN_AI_CONVERSATION_ID, response.conversation_id)
        return
    _add(found, n.GEN_AI_RESPONSE_ID, response.id)
    _add(found, n.GEN_AI_RESPONSE_MODEL, response.model)
    _add(found, n.GEN_AI_RESPONSE_STATUS, response.status)
    if response.extra:
        found.update(response.extra)


def _add(found: dict[str, Any], key: str, value: object) -> None:
    if type(value) is str and value and value.isascii() and not value.isspace():
        found[key] = value
    elif value is not None and (clean := text(value)) is not None:
        found[key] = clean


def _totals(found: dict[str, Any], used: Usage) -> None:
    if used.input is not None:
        found[n.GEN_AI_USAGE_INPUT_TOKENS] = used.input
    if used.output is not None:
        found[n.GEN_AI_USAGE_OUTPUT_TOKENS] = used.output


def usage(found: dict[str, Any], used: Usage) -> None:
    """Add the token counts to `found`: totals as they are, subsets when they are above zero."""
    if used.input is not None:
        found[n.GEN_AI_USAGE_INPUT_TOKENS] = used.input
    if used.output is not None:
        found[n.GEN_AI_USAGE_OUTPUT_TOKENS] = used.output
    subsets = _SUBSETS(used)
    if any(subsets):
        found.update({key: value for key, value in zip(_SUBSET_KEYS.values(), subsets, strict=True) if value})


def _request(found: dict[str, Any], request: Request) -> None:
    model = request.model
    if model is not None and (model := text(model)) is not None:
        found[n.GEN_AI_REQUEST_MODEL] = model
    _REQUEST.take(found, request)
    if request.stream is not None and flag(request.stream):
        found[n.GEN_AI_REQUEST_STREAM] = True
    if request.choices is not None and (count := integer(request.choices)) is not None and count != 1:
        found[n.GEN_AI_REQUEST_CHOICE_COUNT] = count
    if request.extra:
        found.update(request.extra)
