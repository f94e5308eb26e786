# SPDX-License-Identifier: Apache-2.0
"""Metric points of a finished operation, in the names of either metric profile.

`compat` has the names that dashboards read today, `latest` those of the pinned conventions; the metrics of agents,
tools, workflows and HTTP are the same in both. Labels are an allow-list; `series` bounds how many sets of them there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.semconv import model as m
from spanwright.semconv import names as n
from spanwright.semconv.clean import LONGEST, integer, text
from spanwright.semconv.series import AT_MOST, bounded, calls, fallen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.semconv.model import Subject, Usage

    Point = tuple[str, float, dict[str, Any]]

_REMOTE_AGENT = n.METRIC_GEN_AI_CLIENT_OPERATION_DURATION
_DURATIONS = {
    m.Embeddings: n.METRIC_GEN_AI_CLIENT_OPERATION_DURATION,
    m.Retrieval: n.METRIC_GEN_AI_CLIENT_OPERATION_DURATION,
    m.Memory: n.METRIC_GEN_AI_CLIENT_OPERATION_DURATION,
    m.FetchResponse: n.METRIC_GEN_AI_CLIENT_OPERATION_DURATION,
    m.WorkflowRun: n.METRIC_GEN_AI_INVOKE_WORKFLOW_DURATION,
    m.ToolRun: n.METRIC_GEN_AI_EXECUTE_TOOL_DURATION,
    m.HttpRequest: n.METRIC_HTTP_CLIENT_REQUEST_DURATION,
}
_DATABASE = (
    n.DB_SYSTEM_NAME,
    n.DB_OPERATION_NAME,
    n.DB_COLLECTION_NAME,
    n.SERVER_ADDRESS,
    n.SERVER_PORT,
)
# By whether the message was received.
_MCP = (n.METRIC_MCP_CLIENT_OPERATION_DURATION, n.METRIC_MCP_SERVER_OPERATION_DURATION)
_MCP_SESSION = (n.METRIC_MCP_CLIENT_SESSION_DURATION, n.METRIC_MCP_SERVER_SESSION_DURATION)
COMPAT = "compat"
LATEST = "latest"
BOTH = "both"


def points(subject: Subject, seconds: float, error: str | None, profile: str) -> list[Point]:
    """Return (metric name, value, labels) of an operation that took `seconds`; `error` is its `error.type`."""
    if isinstance(subject, m.Inference):
        labels, given, made = _shared(subject)
        failed = bounded({**labels, n.ERROR_TYPE: error}) if error else labels
        found: list[Point] = []
        if profile != LATEST:
            found.append((n.METRIC_GEN_AI_CLIENT_OPERATION_DURATION, seconds, failed))
            _compat(found, subject, labels, given, made)
        if profile != COMPAT:
            found.append((n.METRIC_GEN_AI_CLIENT_INFERENCE_DURATION, seconds, failed))
            found += _latest(subject, labels)
        return found
    if isinstance(subject, m.Step):
        return _database(subject, seconds, error)
    labels = series(subject)
    failed = bounded({**labels, n.ERROR_TYPE: error}) if error else labels
    if isinstance(subject, m.AgentRun):
        name = _REMOTE_AGENT if subject.remote else n.METRIC_GEN_AI_INVOKE_AGENT_DURATION
    elif isinstance(subject, m.McpMessage):
        name = _MCP[subject.received]
    else:
        name = _DURATIONS[type(subject)]
    found = [(name, seconds, failed)]
    used: Usage | None = None
    if profile != LATEST and (
        isinstance(subject, m.Embeddings) or (isinstance(subject, m.AgentRun) and subject.remote)
    ):
        used = _usage(subject)
    if used is not None:
        made = None if isinstance(subject, m.Embeddings) else used.output
        for count, kind in ((used.input, n.TokenType.INPUT), (made, n.TokenType.OUTPUT)):
            if count is not None:
                typed = {**labels, n.GEN_AI_TOKEN_TYPE: kind}
                found.append((n.METRIC_GEN_AI_CLIENT_TOKEN_USAGE, count, typed))
    return found


def _database(subject: m.Step, seconds: float, error: str | None) -> list[Point]:
    """Return the point of a plain call of a vector store; no other step has any."""
    told = subject.attributes
    if told is None or n.DB_SYSTEM_NAME not in told:
        return []
    found = {key: told[key] for key in _DATABASE if key in told}
    if error:
        found[n.ERROR_TYPE] = error
    return [(n.METRIC_DB_CLIENT_OPERATION_DURATION, seconds, bounded(found))]


def tokens(subject: m.Inference, profile: str) -> Iterator[Point]:
    """Yield the token points alone: a background response is counted when its end is seen, not when it is asked for."""
    known, given, made = _shared(subject)
    found: list[Point] = []
    _compat(found, subject, known, given, made)
    for point in (*found, *_latest(subject, known)):
        compat = point[0] == n.METRIC_GEN_AI_CLIENT_TOKEN_USAGE
        if profile == BOTH or compat == (profile == COMPAT):
            yield point


def chunk_metric(profile: str) -> tuple[str, ...]:
    """Return the names of the opt-in histogram of the time between chunks."""
    compat = (n.METRIC_GEN_AI_CLIENT_OPERATION_TIME_PER_OUTPUT_CHUNK,)
    latest = (n.METRIC_GEN_AI_CLIENT_INFERENCE_TIME_PER_OUTPUT_CHUNK,)
    return compat if profile == COMPAT else latest if profile == LATEST else compat + latest


def labels(subject: Subject) -> dict[str, Any]:
    """Return the labels of an operation without its error, as they are: for an event, which is no series."""
    return _labels(subject)


def series(subject: Subject) -> dict[str, Any]:
    """Return the labels of an operation without its error, for a point: of a number of series that is bounded."""
    return bounded(_labels(subject))


def mcp_session(subject: m.McpMessage, seconds: float, error: str | None) -> Point:
    """Return the point of an MCP session that has ended; `subject` tells of its side and of its connection."""
    found: dict[str, Any] = {}
    _connection(found, subject)
    if error:
        found[n.ERROR_TYPE] = error
    return _MCP_SESSION[subject.received], seconds, bounded(found)


def _usage(subject: m.Inference | m.Embeddings | m.AgentRun) -> Usage | None:
    return subject.response.usage if subject.response is not None else None


def _compat(
    found: list[Point],
    subject: m.Inference,
    labels: dict[str, Any],
    given: dict[str, Any],
    made: dict[str, Any],
) -> None:
    response = subject.response
    if response is not None and (used := response.usage) is not None:
        if used.input is not None:
            found.append((n.METRIC_GEN_AI_CLIENT_TOKEN_USAGE, used.input, given))
        if used.output is not None:
            found.append((n.METRIC_GEN_AI_CLIENT_TOKEN_USAGE, used.output, made))
    if (first := subject.time_to_first_chunk) is not None:
        found.append((n.METRIC_GEN_AI_CLIENT_OPERATION_TIME_TO_FIRST_CHUNK, first, labels))


def _shared(subject: m.Inference) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the labels of a model call, and with them those of its input and output tokens; made once a series."""
    response = subject.response
    key = (
        subject.operation,
        subject.provider,
        subject.request.model,
        response.model if response is not None else None,
        subject.address,
        subject.port,
    )
    try:
        held = calls.get(key)
    except Exception:  # an odd value that cannot be hashed, or that raises when it is
        return _typed(series(subject))
    if held is None:
        if len(calls) >= AT_MOST:
            return _typed(fallen(_labels(subject)))
        held = calls[key] = _typed(_labels(subject))
    return held


def _typed(labels: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    return (
        labels,
        {**labels, n.GEN_AI_TOKEN_TYPE: n.TokenType.INPUT},
        {**labels, n.GEN_AI_TOKEN_TYPE: n.TokenType.OUTPUT},
    )


def _latest(subject: m.Inference, labels: dict[str, Any]) -> Iterator[Point]:
    if (used := _usage(subject)) is not None:
        if (count := integer(used.input)) is not None:
            yield n.METRIC_GEN_AI_CLIENT_INFERENCE_OPERATION_INPUT_TOKENS, count, labels
            yield from _split(
                n.METRIC_GEN_AI_CLIENT_INFERENCE_USAGE_INPUT_TOKENS, count, labels, used, "_input"
            )
        if (count := integer(used.output)) is not None:
            yield n.METRIC_GEN_AI_CLIENT_INFERENCE_OPERATION_OUTPUT_TOKENS, count, labels
            yield from _split(
                n.METRIC_GEN_AI_CLIENT_INFERENCE_USAGE_OUTPUT_TOKENS, count, labels, used, "_output"
            )
        if count := integer(used.cache_read):
            yield from _split(
                n.METRIC_GEN_AI_CLIENT_INFERENCE_USAGE_CACHE_READ_INPUT_TOKENS,
                count,
                labels,
                used,
                "_cache_read",
            )
        for count, metric in (
            (used.cache_write, n.METRIC_GEN_AI_CLIENT_INFERENCE_USAGE_CACHE_WRITE_INPUT_TOKENS),
            (used.reasoning, n.METRIC_GEN_AI_CLIENT_INFERENCE_USAGE_REASONING_OUTPUT_TOKENS),
        ):
            if count := integer(count):
                yield metric, count, {**labels, n.GEN_AI_TOKEN_MODALITY: "unknown"}
    if subject.time_to_first_chunk is not None:
        yield n.METRIC_GEN_AI_CLIENT_INFERENCE_TIME_TO_FIRST_CHUNK, subject.time_to_first_chunk, labels


def _split(metric: str, total: int, labels: dict[str, Any], used: Usage, suffix: str) -> Iterator[Point]:
    """Yield one point a modality that the provider reports, so that they sum to the total; else the total as unknown."""
    rest = total
    for modality in ("text", "image", "audio"):
        count = integer(getattr(used, modality + suffix))
        if count and count <= rest:
            rest -= count
            yield metric, count, {**labels, n.GEN_AI_TOKEN_MODALITY: modality}
    if rest:
        yield metric, rest, {**labels, n.GEN_AI_TOKEN_MODALITY: "unknown"}


def _labels(subject: Subject) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if isinstance(subject, (m.Inference, m.Embeddings)):
        found[n.GEN_AI_OPERATION_NAME] = subject.operation
        _add(found, n.GEN_AI_PROVIDER_NAME, subject.provider)
        _add(found, n.GEN_AI_REQUEST_MODEL, subject.request.model)
        if subject.response is not None:
            _add(found, n.GEN_AI_RESPONSE_MODEL, subject.response.model)
        _server(found, subject)
    elif isinstance(subject, m.AgentRun) and not subject.remote:
        _add(found, n.GEN_AI_AGENT_NAME, subject.name)
        _add(found, n.GEN_AI_REQUEST_MODEL, subject.request.model)
    elif isinstance(subject, m.WorkflowRun):
        _add(found, n.GEN_AI_WORKFLOW_NAME, subject.name)
    elif isinstance(subject, m.ToolRun):
        _add(found, n.GEN_AI_TOOL_NAME, subject.name)
        _add(found, n.GEN_AI_TOOL_TYPE, subject.type)
        _add(found, n.GEN_AI_AGENT_NAME, subject.agent_name)
    elif isinstance(subject, m.HttpRequest):
        found[n.HTTP_REQUEST_METHOD] = subject.method
        _add(found, n.URL_SCHEME, subject.scheme)
        _server(found, subject)
        if (status := integer(subject.status_code)) is not None:
            found[n.HTTP_RESPONSE_STATUS_CODE] = status
        _add(found, n.NETWORK_PROTOCOL_VERSION, subject.protocol_version)
    elif isinstance(subject, m.McpMessage):
        _add(found, n.GEN_AI_OPERATION_NAME, subject.operation)
        _add(found, n.MCP_METHOD_NAME, subject.method)
        _add(found, n.GEN_AI_TOOL_NAME, subject.tool)
        _add(found, n.GEN_AI_PROMPT_NAME, subject.prompt)
        _add(found, n.RPC_STATUS_CODE, subject.status_code)
        _connection(found, subject)
    elif not isinstance(subject, m.Step):
        found[n.GEN_AI_OPERATION_NAME] = subject.operation
        _add(found, n.GEN_AI_PROVIDER_NAME, subject.provider)
        if not isinstance(subject, (m.FetchResponse, m.Memory)):
            _add(found, n.GEN_AI_REQUEST_MODEL, subject.request.model)
        if not isinstance(subject, (m.Retrieval, m.Memory)) and subject.response is not None:
            _add(found, n.GEN_AI_RESPONSE_MODEL, subject.response.model)
        _server(found, subject)
    return found


def _connection(found: dict[str, Any], subject: m.McpMessage) -> None:
    _add(found, n.MCP_PROTOCOL_VERSION, subject.protocol_version)
    _add(found, n.NETWORK_TRANSPORT, subject.transport)
    _add(found, n.NETWORK_PROTOCOL_NAME, subject.network_protocol)
    _add(found, n.NETWORK_PROTOCOL_VERSION, subject.network_version)
    if not subject.received:
        _server(found, subject)


def _server(found: dict[str, Any], subject: Any) -> None:
    _add(found, n.SERVER_ADDRESS, subject.address)
    if (port := integer(subject.port)) is not None:
        found[n.SERVER_PORT] = port


def _add(found: dict[str, Any], key: str, value: object) -> None:
    if value is None:
        return
    if type(value) is str and 0 < len(value) <= LONGEST and value.isascii() and not value.isspace():
        found[key] = value
    elif (clean := text(value)) is not None:
        found[key] = clean
