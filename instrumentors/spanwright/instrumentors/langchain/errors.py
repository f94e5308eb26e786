# SPDX-License-Identifier: Apache-2.0
"""Which exceptions of LangGraph are control flow: interrupts, commands for a parent graph, draining."""

from __future__ import annotations

import sys


def is_control_flow(error: BaseException) -> bool:
    """Return whether the exception only steers a graph; by the class itself, if LangGraph is imported at all."""
    module = sys.modules.get("langgraph.errors")
    # Before langgraph 0.2.43 the interrupts had no common base with the commands.
    kinds = (getattr(module, "GraphBubbleUp", None), getattr(module, "GraphInterrupt", None))
    return any(kind is not None and isinstance(error, kind) for kind in kinds)


# Named and placed so that `error.type` reads `tool_error`: a tool that says it failed has no exception to name.
tool_error = type("tool_error", (Exception,), {"__module__": "builtins"})
