# SPDX-License-Identifier: Apache-2.0
"""The library's own tracers: agents and functions have our spans, and model calls, if they are switched on, become ours."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import convention_spans
from spanwright.instrumentors._families.swaps import Swap
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.native import NativeSpan, NativeTracer
from spanwright.instrumentors._kernel.unseen import Unseen
from spanwright.semconv import names as n
from spanwright.semconv.model import Inference

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from spanwright.instrumentors._kernel.native import Told
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_TRACERS = (
    "semantic_kernel.utils.telemetry.agent_diagnostics.decorators",
    "semantic_kernel.utils.telemetry.model_diagnostics.decorators",
    "semantic_kernel.functions.kernel_function",
    "semantic_kernel.connectors.ai.chat_completion_client_base",
)
# These two end what they start by themselves.
_USERS = (_TRACERS[1], _TRACERS[3])
# What the library calls its operations, the first versions by longer names.
_OPERATIONS = {
    "chat": n.OperationName.CHAT,
    "chat.completions": n.OperationName.CHAT,
    "chat.streaming_completions": n.OperationName.CHAT,
    "text_completions": n.OperationName.TEXT_COMPLETION,
    "text.streaming_completions": n.OperationName.TEXT_COMPLETION,
    "text.completions": n.OperationName.TEXT_COMPLETION,
}


def swaps(telemetry: Telemetry) -> Iterator[tuple[str, Swap]]:
    """Yield the modules that hold a tracer, with what puts ours there."""
    tracer = NativeTracer(telemetry, subject, lambda _: None)

    def make(before: Any) -> NativeTracer:
        del before
        return tracer

    for module in _TRACERS:
        yield module, Swap("tracer", make)
    for module in _USERS:
        yield module, Swap("use_span", _quietly)


def _quietly(before: Callable[..., Any]) -> Callable[..., Any]:
    """Return what makes a span of ours current: the library does so across a `yield`, which may be left elsewhere."""

    def use_span(span: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(span, Unseen):
            return nullcontext(span)
        return _used(span) if isinstance(span, NativeSpan) else before(span, *args, **kwargs)

    return use_span


@contextmanager
def _used(span: NativeSpan) -> Generator[NativeSpan, None, None]:
    tokens = current.enter(span.operation.context) if span.operation is not None else None
    try:
        yield span
    except BaseException as error:
        guard(span.left_by, error, failed=True)
        raise
    finally:
        current.leave(tokens)
        guard(span.end)


def subject(told: Told) -> Inference | None:
    """Return a model call; agents and functions have our spans already, and loops are plumbing."""
    attributes: dict[str, Any] = dict(told.attributes)
    # It says what a span is about when it has started it; until then the name tells.
    operation, _, model = told.name.partition(" ")
    if not attributes:
        attributes = {n.GEN_AI_OPERATION_NAME: operation, n.GEN_AI_REQUEST_MODEL: model}
    attributes[n.GEN_AI_OPERATION_NAME] = _OPERATIONS.get(attributes.get(n.GEN_AI_OPERATION_NAME, ""))
    reasons = attributes.pop("gen_ai.response.finish_reason", None)
    if isinstance(reasons, str):
        attributes[n.GEN_AI_RESPONSE_FINISH_REASONS] = [
            each.rpartition(".")[2].lower() for each in reasons.split(",") if each not in ("", "None")
        ]
    found = convention_spans.subject(attributes)
    if not isinstance(found, Inference):
        return None
    # The library gives the whole address of the service.
    found.address = found.port = None
    return found
