# SPDX-License-Identifier: Apache-2.0
"""The SDK's own tracing: where it would make a second span of a call beside ours, ours stands in its place.

Since 1.9 a hook of the SDK starts a span for each request; from 2.0 on only when the application asks for it, by
`MISTRAL_SDK_TELEMETRY` or by `configure_telemetry`. What goes to another tracer provider than ours (the SDK's own
exporter to Mistral, above all) is another trace and stays as it is, and so do spans of calls that are not traced here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors.mistralai.endpoints import CALLS
from spanwright.semconv.model import AgentRun, Embeddings, Inference

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.operation import Operation


def replaced(
    wrapped: Callable[..., Any], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Call `get_traced_request_and_span` as if tracing were off, and send our span's context in place of theirs."""
    del instance
    operation = guard(_ours, **kwargs) if not args else None
    if operation is None:
        return wrapped(*args, **kwargs)
    guard(operation.telemetry.inject, kwargs["request"].headers, operation.context)
    return wrapped(**{**kwargs, "tracing_enabled": False})


def _ours(
    *,
    tracing_enabled: Any = False,
    tracer: Any = None,
    operation_id: Any = None,
    request: Any = None,
    **_: Any,
) -> Operation | None:
    """Return the operation that tells of the same call to the same provider; `resource` is shared by all of one."""
    if not tracing_enabled or operation_id not in CALLS or not hasattr(request, "headers"):
        return None
    operation = current.operation()
    if operation is None or not isinstance(operation.subject, (Inference, Embeddings, AgentRun)):
        return None
    resource = getattr(operation.span, "resource", None)
    return operation if resource is not None and resource is getattr(tracer, "resource", None) else None
