# SPDX-License-Identifier: Apache-2.0
"""Runtimes that carry messages between agents: a message has no span, and is handled in the trace of its sender."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any
from weakref import finalize

from opentelemetry.trace import ProxyTracerProvider, get_tracer_provider

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.call import awithin
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.unseen import unseen
from spanwright.semconv.model import WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class Messages:
    """The seam of a runtime. It handles messages in the context in which it was started, which may be any request's."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        # By the identity of what the library writes on the envelope, which cannot be hashed.
        self._senders: dict[int, Context] = {}

    def block(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Start no span, unless a runtime reports elsewhere by the application's wish."""
        if guard(self._is_ours, instance):
            return nullcontext(unseen(None))
        return wrapped(*args, **kwargs)

    def sent(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Note who sends."""
        del instance
        metadata = wrapped(*args, **kwargs)
        guard(self._note, metadata)
        return metadata

    def process(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Handle a message in its sender's context."""
        del instance
        context = guard(self._sender, *args, **kwargs)
        return wrapped(*args, **kwargs) if context is None else awithin(context, wrapped, args, kwargs)

    def _is_ours(self, helper: Any) -> bool:
        provider = getattr(helper, "tracer_provider", None)
        if isinstance(provider, ProxyTracerProvider):
            provider = get_tracer_provider()
        return self._telemetry.reports_to(provider)

    def _note(self, metadata: Any) -> None:
        around = current.operation()
        # What a team's agents say to each other is the team's affair: the next one does not work for the last one.
        while around is not None and not isinstance(around.subject, WorkflowRun):
            around = around.outer
        self._senders[id(metadata)] = around.context if around is not None else current.now()
        finalize(metadata, self._senders.pop, id(metadata), None).atexit = False

    def _sender(self, message_envelope: Any) -> Context | None:
        return self._senders.get(id(getattr(message_envelope, "metadata", None)))
