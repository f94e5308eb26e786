# SPDX-License-Identifier: Apache-2.0
"""Which exceptions of LangGraph are control flow: interrupts, commands for a parent graph, draining."""

from __future__ import annotations

import sys


def is_control_flow(error: BaseException) -> bool:
    """Return whether the exception only steers a graph; by the class itself, if LangGraph is imported at all."""
    steering = getattr(sys.modules.get("langgraph.errors"), "GraphBubbleUp", None)
    return steering is not None and isinstance(error, steering)


# Named and placed so that `error.type` reads `tool_error`: a tool that says it failed has no exception to name.
tool_error = type("tool_error", (Exception,), {"__module__": "builtins"})
