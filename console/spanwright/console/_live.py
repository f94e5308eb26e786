# SPDX-License-Identifier: Apache-2.0
"""A span processor that tells on the standard error stream what happens while it happens."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections import deque
from contextlib import suppress
from contextvars import Context
from typing import TYPE_CHECKING

from opentelemetry.sdk.trace import SpanProcessor

from spanwright.console._signals import deaf

if TYPE_CHECKING:
    from opentelemetry.context import Context as SpanContext
    from opentelemetry.sdk.trace import ReadableSpan, Span

    from spanwright.console._teller import Teller

_MOST_WAITING = 50_000


class Live(SpanProcessor):
    """Tells of spans in a thread of its own: the program only ever notes that one began or ended."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._left_out = 0
        self._teller: Teller | None = None
        self._begin()
        if hasattr(os, "register_at_fork"):
            _watch_for_forks(self)

    def _begin(self) -> None:
        self._news: deque[tuple[bool, ReadableSpan]] = deque(maxlen=_MOST_WAITING)
        self._lock = threading.Lock()
        self._bell = threading.Event()
        self._thread: threading.Thread | None = None

    def leave_out(self, span_id: int) -> None:
        """Keep silent about this span."""
        self._left_out = span_id

    def on_start(self, span: Span, parent_context: SpanContext | None = None) -> None:  # noqa: ARG002 - the SDK's
        """Note that a span began."""
        self._note(began=True, span=span)

    def on_end(self, span: ReadableSpan) -> None:
        """Note that a span ended."""
        self._note(began=False, span=span)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the SDK's signature
        """Tell what is not told yet."""
        self._tell()
        return True

    def shutdown(self) -> None:
        """Tell what is not told yet."""
        self._tell()

    def forget(self) -> None:
        """Begin anew: in a forked child the thread is gone, the lock may be held, and the news are the parent's."""
        self._begin()
        self._teller = None
        self._label = self._label or f"pid {os.getpid()}"

    def _note(self, *, began: bool, span: ReadableSpan) -> None:
        self._news.append((began, span))
        if self._thread is None:
            self._start()
        self._bell.set()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="spanwright-live", daemon=True)
                # When the interpreter is ending no thread starts any more: the exit will tell.
                with suppress(RuntimeError), deaf():
                    # In no context, or the thread would stay in that of the first span for ever.
                    Context().run(self._thread.start)

    def _run(self) -> None:
        while True:
            self._bell.wait()
            self._bell.clear()
            self._tell()

    def _tell(self) -> None:
        with self._lock:
            while self._news:
                began, span = self._news.popleft()
                context = span.get_span_context()
                if context is None or context.span_id == self._left_out:
                    continue
                try:
                    self._tell_of(span, began=began)
                # What cannot be shown is in the file all the same; the program must not learn of it.
                except Exception:  # noqa: S112 - a broken terminal cannot be told about either
                    continue

    def _tell_of(self, span: ReadableSpan, *, began: bool) -> None:
        if self._teller is None:
            from spanwright.console._teller import teller_on

            # Not `sys.stderr`: a program that puts something else there wants its own output in it.
            if sys.__stderr__ is None:
                return
            self._teller = teller_on(sys.__stderr__, self._label)
        if began:
            self._teller.start(span)
        else:
            self._teller.end(span)


def _watch_for_forks(live: Live) -> None:
    reference = weakref.ref(live)

    def forget() -> None:
        if (alive := reference()) is not None:
            alive.forget()

    os.register_at_fork(after_in_child=forget)
