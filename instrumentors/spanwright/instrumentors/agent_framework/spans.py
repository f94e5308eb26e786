# SPDX-License-Identifier: Apache-2.0
"""The functions of the framework that start, fill and end spans, with spans of ours in their hands."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import INVALID_SPAN, NoOpTracer

from spanwright.instrumentors._dialects import agent_framework_spans as dialect
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.native import NativeSpan, NativeTracer
from spanwright.instrumentors._kernel.patching import BoundWrapped
from spanwright.instrumentors._kernel.unseen import unseen
from spanwright.semconv import names as n

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.native import Told
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Content, Subject


_NOTHING: tuple[str, dict[str, Any]] = ("", {})


class Span(NativeSpan):
    """A span of the framework's; a stream's that ends without an answer or an error has been left."""

    leaves = answered = False

    def _conclude(self) -> None:
        """End the operation; the framework ends what was left when its stream is collected, which is late."""
        operation = self.operation
        if operation is not None and self.leaves and not self.answered and not self._failed:
            guard(operation.abandon)
        super()._conclude()


class Tracer(NativeTracer):
    """The tracer of the framework's spans."""

    span_type = Span


class Spans:
    """What stands in the place of the functions of `agent_framework.observability`."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._tracer = Tracer(telemetry, _subject, _content)

    def current(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Start the span of an awaited run or call, or of a tool, current for the block."""
        del wrapped, instance
        name, attributes = guard(_said, *args, **kwargs) or _NOTHING
        made = guard(
            self._tracer.start_as_current_span,
            name,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        )
        return made if made is not None else _no_span()

    def stream(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Start the span of a streamed run or call."""
        del wrapped, instance
        span = guard(self._streamed, *args, **kwargs)
        return span if span is not None else unseen(None)

    def _streamed(self, *args: Any, **kwargs: Any) -> Any:
        name, attributes = _said(*args, **kwargs)
        if name == n.OperationName.CHAT:
            attributes[n.GEN_AI_REQUEST_STREAM] = True
        span = self._tracer.start_span(name, attributes=attributes)
        if isinstance(span, Span):
            span.leaves = True
        return span

    def workflows(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Return the tracer of workflows."""
        del instance
        tracer = wrapped(*args, **kwargs)
        return tracer if isinstance(tracer, NoOpTracer) else self._tracer

    def activated(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Make a span current, while one piece of a stream is waited for, or while the stream is made."""
        del instance
        span = args[0] if args else kwargs.get("span")
        return _made_current(span) if isinstance(span, NativeSpan) else wrapped(*args, **kwargs)

    def failed(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Have a span know its error, and not the name of its class alone."""
        del instance
        guard(_fail, *args, **kwargs)
        return wrapped(*args, **kwargs)

    def answered(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Take what is said of an answer, without the framework's metrics, which are ours as well."""
        del instance
        if isinstance(kwargs.get("span"), Span):
            kwargs["span"].answered = True
            kwargs = {**kwargs, "operation_duration_histogram": None, "token_usage_histogram": None}
        return wrapped(*args, **kwargs)

    def messages(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Take messages, and write none of them to the framework's log."""
        del instance
        if not isinstance(kwargs.get("span"), NativeSpan):
            return wrapped(*args, **kwargs)
        guard(_take_messages, sys.modules[wrapped.__module__], **kwargs)
        return None

    def protocol(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Start no span of a message of MCP where the protocol's own instrumentor makes one."""
        del instance
        return _no_span() if guard(_is_protocol_traced) else wrapped(*args, **kwargs)


def _said(attributes: Any, *_: Any, **__: Any) -> tuple[str, dict[str, Any]]:
    """Return the name and the attributes with which a span starts."""
    found = dialect.plain(attributes)
    return str(found.get(n.GEN_AI_OPERATION_NAME, "")), found


def _fail(span: Any, exception: BaseException, *_: Any, **__: Any) -> None:
    if isinstance(span, NativeSpan):
        guard(span.left_by, exception, failed=True)


def _take_messages(
    module: Any,
    *,
    span: NativeSpan,
    messages: Any,
    system_instructions: Any = None,
    output: bool = False,
    finish_reason: Any = None,
    **_: Any,
) -> None:
    types = sys.modules["agent_framework._types"]
    told = [module._to_otel_message(each) for each in types.normalize_messages(messages)]  # noqa: SLF001 - the framework's own form
    if finish_reason and told:
        told[-1]["finish_reason"] = str(finish_reason)
    span.set_attribute(
        n.GEN_AI_OUTPUT_MESSAGES if output else n.GEN_AI_INPUT_MESSAGES, json.dumps(told, default=str)
    )
    if system_instructions:
        texts = [system_instructions] if isinstance(system_instructions, str) else system_instructions
        parts = [{"type": "text", "content": each} for each in texts]
        span.set_attribute(n.GEN_AI_SYSTEM_INSTRUCTIONS, json.dumps(parts, default=str))


@contextmanager
def _made_current(span: NativeSpan) -> Generator[None, None, None]:
    operation = span.operation
    tokens = current.enter(operation.context, current.scope()) if operation is not None else None
    try:
        yield
    finally:
        current.leave(tokens)
        if operation is not None:
            guard(operation.touch)


@contextmanager
def _no_span() -> Generator[Any, None, None]:
    yield INVALID_SPAN


def _is_protocol_traced() -> bool:
    session = getattr(sys.modules.get("mcp.shared.session"), "BaseSession", None)
    dispatcher = getattr(sys.modules.get("mcp.shared.jsonrpc_dispatcher"), "JSONRPCDispatcher", None)
    held = (getattr(session, "send_request", None), getattr(dispatcher, "send_raw_request", None))
    return any(isinstance(each, BoundWrapped) for each in held)


def _subject(told: Told) -> Subject | None:
    return dialect.subject(told.name, told.attributes)


def _content(told: Told) -> Content:
    return dialect.content(told.attributes)
