# SPDX-License-Identifier: Apache-2.0
"""Which exceptions of LangGraph are control flow: interrupts, commands for a parent graph, draining."""

from __future__ import annotations

import sys


def is_control_flow(error: BaseException) -> bool:
    """Return whether the exception only steers a graph; by the class itself, if LangGraph is imported at all."""
    # In langgraph 0.2.20 interrupts had no common base with commands for a parent graph.
    return _is(error, "GraphBubbleUp") or is_interrupt(error)


def is_interrupt(error: BaseException) -> bool:
    """Return whether the exception pauses a graph until somebody answers."""
    return _is(error, "GraphInterrupt")


def _is(error: BaseException, name: str) -> bool:
    kind = getattr(sys.modules.get("langgraph.errors"), name, None)
    return kind is not None and isinstance(error, kind)
