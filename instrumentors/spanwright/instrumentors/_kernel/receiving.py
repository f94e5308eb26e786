# SPDX-License-Identifier: Apache-2.0
"""The receiving side of a protocol: SERVER spans, whose parent came with the message."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context, create_key, set_value
from opentelemetry.propagate import extract
from opentelemetry.trace import INVALID_SPAN, Link, NonRecordingSpan, SpanKind, StatusCode, get_current_span

from spanwright.instrumentors._kernel import current, settings
from spanwright.instrumentors._kernel.errors import class_name
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.telemetry import Telemetry
from spanwright.semconv.names import ERROR_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from opentelemetry.trace import Span

    from spanwright.instrumentors._kernel.call import Args, Kwargs

_LINKED = create_key("spanwright-linked")
# What belongs to our own span: a library that has ours in its hands does not write these.
_OURS = ("gen_ai.", "mcp.", "jsonrpc.", "rpc.", "error.", "network.", "server.", "client.")


class Receiver(Telemetry):
    """The same telemetry for operations that were received: their spans are SERVER."""

    __slots__ = ()

    def start(
        self, name: str, context: Context, attributes: dict[str, Any], at: int, *, client: bool
    ) -> Span:
        """Start a SERVER span, linked to the span in which the message came in, if that is not its parent."""
        del client
        linked: Any = context.get(_LINKED)
        links = [Link(linked)] if linked is not None else None
        return self._tracer.start_span(name, context, SpanKind.SERVER, attributes, links, start_time=at)


def arrived(carrier: Mapping[str, str], around: Context | None, *, linked: bool = False) -> Context:
    """Return the context of a message that came with `carrier`; where that says nothing, `around` is its parent.

    Without `around` it is the root of a trace then. `linked` tells that the span of `around` belongs to the transport of this very message. Operations of the sender
    are none of the receiver's, though both may live in one process.
    """
    around = Context() if around is None else around
    context = extract(carrier, context=around)
    ambient = get_current_span(around).get_span_context()
    parent = get_current_span(context).get_span_context()
    differs = linked and ambient.is_valid and ambient.span_id != parent.span_id
    context = set_value(_LINKED, ambient if differs else None, context)
    return set_value(current.OPERATION, None, context)


def has_span(context: Context) -> bool:
    """Tell whether a span is current in the context."""
    return get_current_span(context).get_span_context().is_valid


def tool_span(context: Context) -> tuple[str, Span] | None:
    """Return the current span and its tool's name if it is that of a tool call, whoever has started it."""
    span: Any = get_current_span(context)
    attributes = getattr(span, "attributes", None)
    if not span.is_recording() or attributes is None or getattr(span, "kind", None) is not SpanKind.INTERNAL:
        return None
    tool = attributes.get("gen_ai.tool.name")
    is_call = attributes.get("gen_ai.operation.name") == "execute_tool"
    return (tool, span) if is_call and isinstance(tool, str) else None


def passed(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a library's own attributes as our rules leave them."""
    policy = settings.current().policy
    return attributes if policy is None else policy.attributes(attributes)


class Guest(NonRecordingSpan):
    """Our span in the hands of a library that traces itself: it adds what is its own, and ends or renames nothing."""

    def __init__(self, span: Span) -> None:
        super().__init__(span.get_span_context())
        self._span = span

    def is_recording(self) -> bool:
        """Tell whether what is added is kept."""
        return guard(self._span.is_recording) is True

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Add the attributes that are none of the conventions'."""
        guard(self._add, attributes)

    def set_attribute(self, key: str, value: Any) -> None:
        """Add one attribute."""
        guard(self._add, {key: value})

    def _add(self, attributes: Mapping[str, Any]) -> None:
        theirs = {k: v for k, v in attributes.items() if not k.startswith(_OURS)}
        self._span.set_attributes(passed(theirs))


@contextmanager
def quiet(start: Callable[..., Any], args: Args, kwargs: Kwargs) -> Generator[Span, None, None]:
    """Start a library's own span as its tracer would; the text of an exception, which may quote content, stays out."""
    given = {**kwargs, "record_exception": False, "set_status_on_exception": False}
    given["attributes"] = guard(passed, kwargs.get("attributes") or {})
    with ExitStack() as stack:
        span = guard(_entered, stack, start, args, given) or INVALID_SPAN
        try:
            yield guard(Guest, span) or INVALID_SPAN
        except Exception as error:
            guard(_fail, span, error)
            raise


def _entered(stack: ExitStack, start: Callable[..., Any], args: Args, kwargs: Kwargs) -> Span:
    entered: Span = stack.enter_context(start(*args, **kwargs))
    return entered


def _fail(span: Span, error: Exception) -> None:
    span.set_attribute(ERROR_TYPE, class_name(error))
    span.set_status(StatusCode.ERROR)
