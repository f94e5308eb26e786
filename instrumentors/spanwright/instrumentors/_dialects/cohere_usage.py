# SPDX-License-Identifier: Apache-2.0
"""What all of Cohere's answers share: two counts of tokens, and why the model stopped."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import fields, get, string
from spanwright.semconv.clean import integer
from spanwright.semconv.model import Usage

_FINISH = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "length",
    "ERROR_LIMIT": "length",
    "TOOL_CALL": "tool_call",
    "ERROR_TOXIC": "content_filter",
    "ERROR": "error",
    "TIMEOUT": "error",
}
_FAILED = ("ERROR", "TIMEOUT")


def finish(reason: object) -> str | None:
    """Return a finish reason in the conventions' words; a word they do not know passes through in lower case."""
    found = string(reason)
    return _FINISH.get(found, found.lower()) if found is not None else None


def failure(reason: object) -> str | None:
    """Return the finish reason as an error when the answer stopped for a failure of the provider."""
    return reason if isinstance(reason, str) and reason in _FAILED else None


def usage(value: Any) -> Usage | None:
    """Read `usage` of version 2 or `meta` of version 1.

    `tokens` counts the prompt as the model saw it, with Cohere's own template around it; `billed_units` what is paid
    for, and that is what the conventions want. `cached_tokens` is a part of the former, so it is told only where it
    fits into what is told of the input.
    """
    if value is None:
        return None
    read = fields(value).get
    billed, seen = fields(read("billed_units")), fields(read("tokens"))
    given, made = _count(billed, seen, "input_tokens"), _count(billed, seen, "output_tokens")
    cached = whole(read("cached_tokens"))
    if cached is not None and (given is None or cached > given):
        cached = None
    return None if given is None and made is None else Usage(input=given, output=made, cache_read=cached)


def whole(value: object) -> int | None:
    """Return a token count; the SDK's models hold some as floats, and its AWS clients tell -1 for unknown."""
    found = integer(value)
    return found if found is not None and found >= 0 else None


def embedded(value: Any) -> Usage | None:
    """Read the usage of an embedding: texts and images are billed apart, and one call has either."""
    billed = get(get(value, "meta"), "billed_units")
    given = whole(get(billed, "input_tokens"))
    if not given:
        given = whole(get(billed, "image_tokens")) or given
    return Usage(input=given) if given is not None else None


def _count(billed: dict[str, Any], seen: dict[str, Any], name: str) -> int | None:
    found = whole(billed.get(name))
    return found if found is not None else whole(seen.get(name))
