# SPDX-License-Identifier: Apache-2.0
"""What an operation says when it ends: the span's last attributes and status, log events and metric points."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel.errors import CANCELLED, class_name, describe, error_type
from spanwright.instrumentors._kernel.guard import guard, mistaken
from spanwright.instrumentors._kernel.telemetry import DEBUG, WARN
from spanwright.semconv import names as n
from spanwright.semconv import points as metric
from spanwright.semconv import render
from spanwright.semconv.clean import text
from spanwright.semconv.content import structured
from spanwright.semconv.model import (
    AgentRun,
    Content,
    Embeddings,
    FetchResponse,
    Inference,
    Retrieval,
)
from spanwright.semconv.serial import dumps, shortened
from spanwright.semconv.series import bounded

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.operation import Operation

NANOSECONDS = 1e9
# One less than the longest number of 64 bits has.
_DIGITS = 19
# What a span's name may end with, and an inner layer may be the first to know.
_TARGETS = (n.GEN_AI_REQUEST_MODEL, n.GEN_AI_DATA_SOURCE_ID)
_CLIENT_OPERATIONS = (Inference, Embeddings, Retrieval, FetchResponse)


def take_content(operation: Operation, content: Callable[[], Content]) -> None:
    """Read the request's content now and keep it as JSON: the application may change its lists later."""
    operation.subject.content = content()
    operation.taken = _serialised(operation)
    operation.subject.content = Content()


def conclude(operation: Operation, error: BaseException | None, kind: str | None, at: int) -> None:
    """Say everything: attributes, status and events, then end the span, then the points. A mistake stops none of them.

    Written without `guard`, whose calls would be a tenth of what an operation costs.
    """
    try:
        if kind is None:
            kind = error_kind(operation, error)
        ended(operation, error, kind, at)
    except Exception as mistake:
        mistaken(ended, mistake)
    if (extras := operation.telemetry.extras) is not None:
        guard(extras.write, operation)
    try:
        operation.span.end(at)
    except Exception as mistake:
        mistaken(operation.span.end, mistake)
    try:
        points(operation, kind, at)
    except Exception as mistake:
        mistaken(points, mistake)


def error_kind(operation: Operation, error: BaseException | None) -> str | None:
    """Return `error.type`, also of a failure inside a successful HTTP answer. A fetched failure is no failed fetch."""
    if error is not None:
        return error_type(error)
    subject = operation.subject
    if isinstance(subject, (Inference, AgentRun)) and subject.response is not None:
        return subject.response.error
    return None


def ended(operation: Operation, error: BaseException | None, kind: str | None, at: int) -> None:
    """Write the span's last attributes, its status and the log events; `kind` is its `error.type`."""
    telemetry, subject = operation.telemetry, operation.subject
    if operation.capturing:
        guard(_take_answer, operation)
    if telemetry.settings.content_on_events and isinstance(subject, Inference):
        guard(_details, operation, kind, at)
    if kind is not None:
        # A cancellation is the caller's own wish, no failure to be told of.
        if error is not None and kind != CANCELLED and isinstance(subject, _CLIENT_OPERATIONS):
            guard(_exception, operation, error, kind, at)
        guard(telemetry.failed, operation.span, _message(operation, error))
    if operation.span.is_recording():
        _attributes(operation, kind)


def points(operation: Operation, kind: str | None, at: int) -> None:
    """Record the metric points, in the context of the span, so that exemplars lead to it."""
    telemetry, context, subject = operation.telemetry, operation.context, operation.subject
    seconds = max(at - operation.started, 0) / NANOSECONDS
    records = telemetry.records
    for name, value, labels in metric.points(subject, seconds, kind, telemetry.settings.metrics):
        (records.get(name) or telemetry.instrument(name))(value, labels, context)
    if isinstance(subject, AgentRun) and not subject.remote:
        name = text(subject.name)
        labels = bounded({n.GEN_AI_AGENT_NAME: name}) if name else {}
        telemetry.record(n.METRIC_GEN_AI_INVOKE_AGENT_INFERENCE_CALLS, operation.calls, labels, context)
        telemetry.record(n.METRIC_GEN_AI_INVOKE_AGENT_TOOL_CALLS, operation.tools, labels, context)


def chunk(operation: Operation, nanoseconds: int) -> None:
    """Record the time between two chunks of a model's answer; those of agents and workflows are none."""
    if not isinstance(operation.subject, Inference):
        return
    telemetry = operation.telemetry
    labels = metric.series(operation.subject)
    for name in metric.chunk_metric(telemetry.settings.metrics):
        telemetry.record(name, nanoseconds / NANOSECONDS, labels, operation.context)


def _attributes(operation: Operation, kind: str | None) -> None:
    span = operation.span
    attributes = render.finish(operation.subject)
    # Enrichment may have changed or filled what was known at the start. And a sampler may have dropped the
    # attributes that were given at the start: one check tells.
    known, given = getattr(span, "attributes", None), operation.given
    dropped = known is not None and len(known) < len(given)
    if operation.changed or dropped:
        again = render.start(operation.subject)
        if not dropped:
            # What an inner layer has not changed is on the span already, where each attribute has its price.
            again = {key: value for key, value in again.items() if key not in given or given[key] != value}
        attributes = {**again, **attributes}
        if any(key in attributes and key not in given for key in _TARGETS):
            span.update_name(render.name(operation.subject))
    if operation.telemetry.settings.content_on_spans:
        attributes.update(operation.taken)
    if kind is not None:
        attributes[n.ERROR_TYPE] = kind
    if attributes:
        span.set_attributes(attributes)


def _message(operation: Operation, error: BaseException | None) -> str | None:
    return describe(error, content=operation.telemetry.settings.content) if error is not None else None


def _take_answer(operation: Operation) -> None:
    """Add the answer's content to the request's, serialised once for the span and the event."""
    operation.taken.update(_serialised(operation))


def _serialised(operation: Operation) -> dict[str, str]:
    subject, wanted = operation.subject, operation.telemetry.settings
    if wanted.policy is not None and (raw := subject.content) is not None:
        # Whoever reads the content from now on reads what has passed, and nothing where that has failed.
        subject.content = None
        subject.content = wanted.policy.content(raw)
    limit = wanted.content_limit
    return {
        key: shortened(str.__str__(value), limit) if issubclass(type(value), str) else dumps(value, limit)
        for key, value in structured(subject).items()
    }


def _details(operation: Operation, kind: str | None, at: int) -> None:
    subject = operation.subject
    attributes = {**render.start(subject), **render.finish(subject)}
    if kind is not None:
        attributes[n.ERROR_TYPE] = kind
    for key, value in operation.taken.items():
        attributes[key] = json.loads(value, parse_int=_whole, object_pairs_hook=_named)
    operation.telemetry.emit(n.EVENT_INFERENCE_DETAILS, attributes, operation.context, severity=DEBUG, at=at)


def _whole(digits: str) -> int | str:
    """Return a number that OTLP can carry; a longer one stays text, or the exporter would drop the whole attribute."""
    return int(digits) if len(digits) < _DIGITS else digits


def _named(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object without the empty key, which OpenTelemetry refuses."""
    return {key: value for key, value in pairs if key}


def _exception(operation: Operation, error: BaseException, kind: str, at: int) -> None:
    attributes: dict[str, Any] = {n.EXCEPTION_TYPE: class_name(error), n.ERROR_TYPE: kind}
    if (message := _message(operation, error)) is not None:
        attributes[n.EXCEPTION_MESSAGE] = message
    attributes.update(metric.labels(operation.subject))
    operation.telemetry.emit(n.EVENT_OPERATION_EXCEPTION, attributes, operation.context, severity=WARN, at=at)
