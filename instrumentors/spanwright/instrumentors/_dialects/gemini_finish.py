# SPDX-License-Identifier: Apache-2.0
"""Why a candidate of Gemini's content API ended, in the conventions' words."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import get, items, string

_REASONS = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    # The limit of one request, after which the SDK goes on by itself.
    "CONTINUATION": "length",
    **dict.fromkeys(
        (
            "SAFETY",
            "RECITATION",
            "BLOCKLIST",
            "PROHIBITED_CONTENT",
            "SPII",
            "MODEL_ARMOR",
            "IMAGE_SAFETY",
            "IMAGE_PROHIBITED_CONTENT",
            "IMAGE_RECITATION",
        ),
        "content_filter",
    ),
    **dict.fromkeys(
        (
            "MALFORMED_FUNCTION_CALL",
            "MALFORMED_RESPONSE",
            "UNEXPECTED_TOOL_CALL",
            "TOO_MANY_TOOL_CALLS",
            "MISSING_THOUGHT_SIGNATURE",
        ),
        "error",
    ),
}


def finish(candidate: Any) -> str | None:
    """Return the finish reason; this API says STOP of a candidate that calls a function, too."""
    reason = string(get(candidate, "finishReason"))
    if reason is None or reason == "FINISH_REASON_UNSPECIFIED":
        return None
    if reason == "STOP" and calls(candidate):
        return "tool_call"
    return _REASONS.get(reason, reason.lower())


def calls(candidate: Any) -> bool:
    """Tell whether the candidate asks the client to call a function."""
    held = items(get(get(candidate, "content"), "parts"))
    return any(get(each, "functionCall") is not None for each in held)
