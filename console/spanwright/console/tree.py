# SPDX-License-Identifier: Apache-2.0
"""A span exporter that shows each finished trace as a tree on the standard error stream."""

from __future__ import annotations

import logging
import os
import sys
import threading
import weakref
from typing import TYPE_CHECKING, TextIO

from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from spanwright.console._collector import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from opentelemetry.sdk.trace import ReadableSpan
    from rich.console import Console

    from spanwright.console._forest import Tree

_logger = logging.getLogger("spanwright")


def render(spans: Iterable[ReadableSpan], console: Console) -> None:
    """Show each trace among these spans as a tree on a rich console."""
    from spanwright.console._drawing import render as draw

    draw(spans, console)


class TreeSpanExporter(SpanExporter):
    """Collects finished spans and shows a trace when its local root ends.

    It writes to `out`, by default to whatever `sys.stderr` is at that time: standard output belongs to the
    application. Spans whose root never ends are shown when they have waited for `max_wait` seconds, when more
    than `max_spans` are waiting, and at shutdown. The span processors suppress instrumentation around an
    exporter, so nothing that happens here is traced.
    """

    def __init__(
        self, out: TextIO | None = None, *, max_spans: int = 20_000, max_wait: float = 300.0
    ) -> None:
        self._out = out
        self._new_collector = lambda: Collector(max_spans, max_wait)
        self._collector = self._new_collector()
        self._lock = threading.Lock()
        self._warned = False
        _watch_for_forks(self)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Take spans in and show the traces that they complete."""
        done = self._show(lambda: self._collector.take(spans))
        return SpanExportResult.SUCCESS if done else SpanExportResult.FAILURE

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the SDK's signature
        """Show what there is, complete or not."""
        return self._show(self._collector.drain)

    def shutdown(self) -> None:
        """Show what there is, complete or not."""
        self._show(self._collector.drain)

    def forget(self) -> None:
        """Begin anew: in a forked child the spans are the parent's, and its lock may never be released."""
        self._lock = threading.Lock()
        self._collector = self._new_collector()

    def _show(self, hand_out: Callable[[], Iterable[tuple[Tree, str]]]) -> bool:
        try:
            with self._lock:
                # A list, so that spans are in their place even when one tree cannot be drawn.
                for tree, remark in list(hand_out()):
                    self._draw(tree, remark)
        # A viewer that fails must not cost the application anything, neither now nor at its exit.
        except Exception as error:
            level = logging.DEBUG if self._warned else logging.WARNING
            self._warned = True
            _logger.log(
                level, "a trace could not be shown, the application is unaffected: %s", _reason(error)
            )
            return False
        return True

    def _draw(self, tree: Tree, remark: str) -> None:
        from spanwright.console._drawing import show
        from spanwright.console._terminal import console_on

        out = self._out or sys.stderr
        if out is not None:  # pyright: ignore[reportUnnecessaryComparison] - it is None under pythonw
            show(tree, console_on(out), remark)


def _reason(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name and error.name.partition(".")[0] == "rich":
        return 'rich is not installed: pip install "spanwright[console]"'
    return f"{type(error).__name__}: {error}"


def _watch_for_forks(exporter: TreeSpanExporter) -> None:
    if not hasattr(os, "register_at_fork"):
        return
    reference = weakref.ref(exporter)

    def forget() -> None:
        if (alive := reference()) is not None:
            alive.forget()

    os.register_at_fork(after_in_child=forget)
