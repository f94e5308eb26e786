# SPDX-License-Identifier: Apache-2.0
"""From the model to telemetry: span name, kind, attributes, content and metric points. Pure functions.

Missing data is an absent attribute; odd data is skipped, never raised. Rules: the conventions pinned in `registry/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.semconv import names as n
from spanwright.semconv import rows
from spanwright.semconv.clean import LONGEST, flag, integer, text
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
    from spanwright.semconv.rows import Row


class _Rows:
    """Fields of one dataclass with their attribute keys. `take` adds what is known and clean of an object to a dict.

    It is made at its first use, as `dataclasses` makes its methods: a loop over the table would be a tenth of what
    a span costs above its floor, most fields of most spans being unknown.
    """

    __slots__ = ("_fields", "take")

    def __init__(self, *fields: Row) -> None:
        self._fields = fields
        self.take: Callable[[dict[str, Any], object], None] = self._first

    def _first(self, found: dict[str, Any], source: object) -> None:
        self.take = _taking(self._fields)
        self.take(found, source)


def _taking(fields: tuple[Row, ...]) -> Callable[[dict[str, Any], object], None]:
    names: dict[str, Any] = {f"clean{place}": clean for place, (_, _, clean) in enumerate(fields)}
    lines = ["def take(found, source):"]
    for place, (slot, key, _) in enumerate(fields):
        lines += [
            f"    value = source.{slot}",
            f"    if value is not None and (value := clean{place}(value)) is not None:",
            f"        found[{key!r}] = value",
        ]
    exec("\n".join(lines), names)  # noqa: S102 - of our own tables alone
    return names["take"]


_REQUEST = _Rows(*rows.REQUEST)
_SUBSETS = _Rows(*rows.SUBSETS)
_OWN = {kind: None if own is None else _Rows(*own) for kind, own in rows.OWN.items()}
_REMOTE = _Rows(*rows.REMOTE)
_MCP_CLIENT = _Rows(*rows.MCP_CLIENT)
_MCP_SERVER = _Rows(*rows.MCP_SERVER)


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
    if type(value) is str and 0 < len(value) <= LONGEST and value.isascii() and not value.isspace():
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
    _SUBSETS.take(found, used)


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
