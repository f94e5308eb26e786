# SPDX-License-Identifier: Apache-2.0
"""One operation in flight: it starts, sees chunks, and ends exactly once."""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel import current, ending, report
from spanwright.instrumentors._kernel.guard import guard, mistaken
from spanwright.instrumentors._kernel.lineage import CONVERSING, inherit
from spanwright.semconv import render
from spanwright.semconv.model import (
    AgentRun,
    Content,
    Embeddings,
    FetchResponse,
    Inference,
    Response,
    Retrieval,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.enrichment import Enrichment
    from spanwright.instrumentors._kernel.reading import Chunks, Reader
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Subject

# One logical call may pass several traced layers; the outermost one of these owns the span.
_SHARED = (Inference, Embeddings, Retrieval, FetchResponse)


def open_operation(
    telemetry: Telemetry,
    subject: Subject,
    reader: Reader | None = None,
    *,
    content: Callable[[], Content] | None = None,
    context: Context | None = None,
) -> Operation | None:
    """Start an operation, or return None while instrumentation is suppressed.

    `content` reads the request's content and is called only if content is captured. `context` is the parent; the
    current context if it is not given. Inside an operation of the same kind, which another layer has opened for the
    same call, the result enriches that one and has no span of its own.
    """
    around = now = current.now()
    if context is not None:
        around = context
    # An empty context suppresses nothing and holds no operation; at the root of a trace that is the common case.
    if not around and not now:
        outer = None
    elif not telemetry.enabled:
        return None
    else:
        outer = current.operation(around)
    if (
        outer is not None
        and isinstance(subject, _SHARED)
        and type(outer.subject) is type(subject)
        # A reranking inside a search is no second layer of the search.
        and (outer.subject.operation == subject.operation or not isinstance(subject, Retrieval))
        and ending.is_open(outer)
    ):
        from spanwright.instrumentors._kernel.enrichment import Enrichment

        return Enrichment(telemetry, subject, reader, around, outer)
    operation = Operation(telemetry, subject, reader, around, outer)
    try:
        operation.begin(content)
    except BaseException:  # an interrupt, too: nobody else knows of the operation
        guard(operation.abandon)
        raise
    return operation


class Operation:
    """One span with its metric points and events.

    Every method is ours: it may raise, and is to be called through `guard` unless said otherwise. `context` is the
    context to run the library's code in; `capturing` tells whether content is to be read at all; `given` are the
    attributes known at the start, `taken` the content as JSON; `noted` is told when all is received. Times are nanoseconds since the epoch.
    """

    __slots__ = (
        "_around",
        "_chunks",
        "_first",
        "_inner",
        "_last",
        "agent",
        "calls",
        "capturing",
        "changed",
        "context",
        "conversation",
        "given",
        "handed",
        "layer",
        "noted",
        "read",
        "reader",
        "span",
        "started",
        "subject",
        "taken",
        "telemetry",
        "tools",
    )

    span: Any

    def __init__(
        self,
        telemetry: Telemetry,
        subject: Subject,
        reader: Reader | None,
        context: Context,
        outer: Operation | None,
    ) -> None:
        self.telemetry = telemetry
        self.subject = subject
        self.reader = reader
        self.context = self._around = context
        self.read = self.handed = self.changed = self.capturing = False
        self.calls = self.tools = 0
        self.given: dict[str, Any] = {}
        self.taken: dict[str, str] = {}
        self.noted: Callable[[Operation], None] | None = None
        self.layer: Enrichment | None = None
        self.agent: Operation | None = None
        self.conversation: str | None = None
        if outer is not None:
            self.agent, self.conversation = outer.agent, outer.conversation
        self._inner: Response | None = None
        self._chunks: Chunks | None = None
        self._first: int | None = None
        self.started = self._last = time_ns()

    def begin(self, content: Callable[[], Content] | None = None) -> None:
        """Start the span; what it is about must be known by now."""
        telemetry, subject, around = self.telemetry, self.subject, self._around
        if around:
            inherit(self, around)
        elif isinstance(subject, CONVERSING):
            self.conversation = subject.conversation_id
        if isinstance(subject, AgentRun):
            self.agent = self
        if (policy := telemetry.settings.policy) is not None:
            policy.subject(subject)
        name, client, self.given = render.opening(subject)
        self.span = telemetry.start(name, around, self.given, self.started, client=client)
        ending.opened(self)
        self.context = current.with_operation(telemetry.within(self.span, around), self)
        wanted = telemetry.settings
        if wanted.content_on_spans or wanted.content_on_events:
            self.capturing = (wanted.content_on_spans and self.span.is_recording()) or (
                wanted.content_on_events and isinstance(subject, Inference)
            )
            if content is not None and self.capturing:
                guard(report.take_content, self, content)

    @property
    def outer(self) -> Operation | None:
        """The operation inside which this one was started."""
        return current.operation(self._around)

    @property
    def is_open(self) -> bool:
        """Whether the operation has not ended yet."""
        return ending.is_open(self)

    # --- what happens in between

    def touch(self) -> None:
        """Note that something arrived now: a late end is stamped with this time."""
        self._last = time_ns()

    def seen(self, chunk: Any) -> None:
        """Note the time of a chunk and keep what the reader needs of it; constant time."""
        now = time_ns()
        if self._first is None:
            self._first = now
            if self.reader is not None:
                self._chunks = self.reader.chunks(content=self.capturing)
        elif self.telemetry.settings.chunk_metrics:
            report.chunk(self, now - self._last)
        self._last = now
        if self._chunks is not None:
            self._chunks.add(chunk)

    def receive(self, value: Any) -> None:
        """Read the answer; the operation stays open, since the library may still fail to parse it."""
        self._last = time_ns()
        self.accept(value)

    def accept(self, value: Any) -> None:
        """Read what was made of the answer when its caller left it: no event, so it does not move a late end."""
        self.read = True
        if self.reader is not None:
            self.merge(self.reader.response(value))
            if self.capturing:
                self.content().output = self.reader.output(value)

    def merge(self, response: Response | None) -> None:
        """Take the facts of an answer."""
        if response is not None and isinstance(
            self.subject, (Inference, Embeddings, FetchResponse, AgentRun)
        ):
            self.subject.response = response

    def content(self) -> Content:
        """Return the content of the operation, to be filled; ask `capturing` before reading any."""
        if self.subject.content is None:
            self.subject.content = Content()
        return self.subject.content

    def enrich(self, inner: Subject) -> None:
        """Take from an inner layer what this layer could not know: the server, the wire's usage, ids and tiers."""
        from spanwright.instrumentors._kernel import enrichment

        self.changed = True
        self._inner = enrichment.gathered(self.subject, inner, self._inner)

    # --- the end

    def finish(self, value: Any = None) -> None:
        """End in success; `value` is the answer, if it was not received before."""
        if value is not None and not self.read and ending.is_open(self):
            guard(self.receive, value)
        self._end(None, time_ns())

    def fail(self, error: BaseException) -> None:
        """End with the error of the library or of the application; the error itself is left as it is."""
        if isinstance(error, GeneratorExit):
            self.abandon()
        else:
            self._end(error, time_ns())

    def refuse(self, kind: str) -> None:
        """End with an error that came as an answer, not as an exception; `kind` is its `error.type`."""
        self._end(None, time_ns(), kind)

    def abandon(self) -> None:
        """End what its caller has left: no error, and stamped with the time of the last event."""
        self._end(None, self._last)

    def _end(self, error: BaseException | None, at: int, kind: str | None = None) -> None:
        if self.layer is not None:
            # The framework has let go of the call before the stream of the SDK did: what came so far counts.
            guard(self.layer.abandon)
        if ending.closed(self):
            if self._first is not None or self._inner is not None:
                self._settle(error)
            if (policy := self.telemetry.settings.policy) is not None:
                policy.subject(self.subject)
                kind = policy.fact(kind) if kind is not None else None
            if self.noted is not None:
                # Every call passes here: `guard` would be a call more.
                try:
                    self.noted(self)
                except Exception as mistake:
                    mistaken(self.noted, mistake)
            report.conclude(self, error, kind, at)
            # The context holds this operation, which would hold it: garbage for the collector at every call.
            self.context = self._around

    def _settle(self, error: BaseException | None) -> None:
        """Bring together what was received."""
        if self._first is not None:
            guard(self._read_chunks, error)
        if self._inner is not None:
            from spanwright.instrumentors._kernel import enrichment

            guard(enrichment.combine, self.subject, self._inner)

    def _read_chunks(self, error: BaseException | None) -> None:
        if self._first is not None and isinstance(self.subject, Inference):
            self.subject.time_to_first_chunk = max(self._first - self.started, 0) / report.NANOSECONDS
        chunks, self._chunks = self._chunks, None
        if chunks is None or self.reader is None or self.read:
            return
        value = chunks.value()
        response = self.reader.response(value)
        if response is not None and error is not None and response.finish_reasons is None:
            response.finish_reasons = ["error"]
        self.merge(response)
        if self.capturing:
            self.content().output = self.reader.output(value)
