# SPDX-License-Identifier: Apache-2.0
"""Google's interactions: requests, answers made of steps (at first of outputs), and streams of typed events."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.gemini_events import Chunks
from spanwright.instrumentors._dialects.gemini_steps import parts, step
from spanwright.instrumentors._dialects.gemini_usage import add, total
from spanwright.instrumentors._dialects.wire import count, fields, get, items, string, texts
from spanwright.semconv import names as n
from spanwright.semconv.model import Content, Message, Part, Request, Response, Text, Tool, Usage

__all__ = [
    "Chunks",
    "answered_refinements",
    "content",
    "output",
    "refinements",
    "request",
    "response",
    "usage",
]

_FINISH = {
    "completed": "stop",
    "requires_action": "tool_call",
    "requires_continuation": "length",
    "incomplete": "length",
    "budget_exceeded": "length",
    "failed": "error",
    "cancelled": "error",
}


def request(body: Any) -> Request:
    """Read what was asked for."""
    read = fields(body).get
    tuned = fields(read("generation_config")).get
    return Request(
        model=string(read("model")),
        stream=True if read("stream") is True else None,
        max_tokens=tuned("max_output_tokens"),
        temperature=tuned("temperature"),
        top_p=tuned("top_p"),
        seed=tuned("seed"),
        stop=tuned("stop_sequences"),
        output_type=_output_type(read),
        reasoning_level=string(tuned("thinking_level")),
        previous_response_id=string(read("previous_interaction_id")),
    )


def refinements(body: Any) -> dict[str, Any]:
    """Return nothing: the conventions have no refinement for this provider."""
    del body
    return {}


def response(value: Any) -> Response:
    """Read the facts of an answer."""
    read = fields(value).get
    status = string(read("status"))
    reason = _finish(value, status)
    failed = status == "failed"
    return Response(
        id=string(read("id")),
        model=string(read("model")),
        finish_reasons=[reason] if reason is not None else None,
        usage=usage(read("usage")),
        status=status,
        error=(string(get(read("error"), "code")) or "failed") if failed else None,
    )


def answered_refinements(value: Any) -> dict[str, Any] | None:
    """Return nothing."""
    del value
    return None


def usage(value: Any) -> Usage | None:
    """Read token counts: thoughts and what tools bring in are counted beside output and input."""
    if value is None:
        return None
    read = fields(value).get
    reasoning = count(read("total_thought_tokens"))
    found = Usage(
        input=total(count(read("total_input_tokens")), count(read("total_tool_use_tokens"))),
        output=total(count(read("total_output_tokens")), reasoning),
        cache_read=count(read("total_cached_tokens")),
        reasoning=reasoning,
    )
    for name, side in (
        ("input_tokens_by_modality", "_input"),
        ("tool_use_tokens_by_modality", "_input"),
        ("output_tokens_by_modality", "_output"),
        ("cached_tokens_by_modality", "_cache_read"),
    ):
        if (details := read(name)) is not None:
            add(found, side, details, "tokens")
    return found


def content(body: Any) -> Content:
    """Read the sensitive part of a request; instructions are separate from the history here."""
    read = fields(body).get
    return Content(
        system=texts(read("system_instruction")),
        input=_history(read("input")),
        tools=[_tool(each) for each in items(read("tools"))],
    )


def output(value: Any) -> list[Message]:
    """Read the steps of an answer as the one message that they make up."""
    found: list[Part] = []
    for each in _made(value):
        found += step(each).parts
    reason = _finish(value, string(get(value, "status")))
    return [Message("assistant", found, finish_reason=reason)] if found else []


def _made(value: Any) -> Any:
    return items(get(value, "steps")) or items(get(value, "outputs"))


def _finish(value: Any, status: str | None) -> str | None:
    if status == "completed" and any(get(each, "type") == "function_call" for each in _made(value)):
        return "tool_call"
    return _FINISH.get(status) if status is not None else None


def _history(given: Any) -> list[Message]:
    if isinstance(given, str):
        return [Message("user", [Text(given)])]
    if given is not None and not items(given):
        return [step(given)] if fields(given) else []
    found: list[Message] = []
    for each in items(given):
        read = _turn(each) if get(each, "role") is not None else step(each)
        # Contents that stand alone make up one message of the user.
        if found and get(each, "type") in _CONTENTS and found[-1].role == read.role == "user":
            found[-1].parts += read.parts
        else:
            found.append(read)
    return found


_CONTENTS = frozenset({"text", "image", "audio", "document", "video"})


def _turn(value: Any) -> Message:
    role = string(get(value, "role")) or "user"
    held = get(value, "content")
    return Message("assistant" if role == "model" else role, texts(held) or parts(held))


def _tool(value: Any) -> Tool:
    kind = string(get(value, "type")) or "function"
    return Tool(string(get(value, "name")) or kind, kind)


def _output_type(read: Any) -> str | None:
    if read("response_mime_type") == "application/json":
        return n.OutputType.JSON
    forms = [get(each, "type") for each in items(read("response_format"))] or [
        get(read("response_format"), "type")
    ]
    asked = {each.lower() for each in [*forms, *items(read("response_modalities"))] if isinstance(each, str)}
    if "image" in asked:
        return n.OutputType.IMAGE
    if "audio" in asked:
        return n.OutputType.SPEECH
    mimes = [get(each, "mime_type") for each in items(read("response_format")) or [read("response_format")]]
    if "application/json" in mimes:
        return n.OutputType.JSON
    return n.OutputType.TEXT if "text" in asked else None
