# SPDX-License-Identifier: Apache-2.0
"""The events of a streamed response, in the provider's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.console.provider.shape import Json, identity, sequence, string
from spanwright.console.provider.tokens import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ARGUMENT = 5
"""Characters of a call's arguments in one delta."""
# What an item lacks while it is in the making, by type.
_EMPTY: dict[str, Json] = {
    "message": {"content": []},
    "reasoning": {"content": [], "summary": []},
    "function_call": {"arguments": ""},
    "custom_tool_call": {"input": ""},
    "mcp_call": {"arguments": "", "output": None},
    "mcp_list_tools": {"tools": []},
    "code_interpreter_call": {"code": "", "outputs": None},
    "file_search_call": {"results": None},
    "image_generation_call": {"result": None},
}
# The states that the call of a built-in tool passes through.
_STATES: dict[str, tuple[str, ...]] = {
    "web_search_call": ("in_progress", "searching", "completed"),
    "file_search_call": ("in_progress", "searching", "completed"),
    "image_generation_call": ("in_progress", "generating", "completed"),
    "mcp_list_tools": ("in_progress", "completed"),
}


def stream(response: Json, *, obfuscate: bool = True) -> list[Json]:
    """Every event from the creation of this finished response to its end, numbered."""
    start: Json = {**response, "status": "in_progress", "output": [], "usage": None, "completed_at": None}
    start |= {"error": None, "incomplete_details": None}
    if response.get("background"):
        queued: Json = {**start, "status": "queued"}
        events: list[Json] = [
            _whole("created", queued),
            _whole("queued", queued),
            _whole("in_progress", start),
        ]
    else:
        events = [_whole("created", start), _whole("in_progress", start)]
    for index, item in enumerate(sequence(response.get("output"))):
        for event in _item(item):
            events.append({**event, "output_index": index})
    events.append(_whole(string(response.get("status")), response))
    for number, event in enumerate(events):
        event["sequence_number"] = number
        if obfuscate and "delta" in event:
            event["obfuscation"] = identity("", response["id"], number, length=4 + number % 9)
    return events


def _whole(status: str, response: Json) -> Json:
    return {"type": f"response.{status}", "response": response}


def _item(item: Json) -> Iterator[Json]:
    kind = string(item.get("type"))
    begun = {**item, **_EMPTY.get(kind, {})}
    if "status" in item:
        begun["status"] = "in_progress"
    yield {"type": "response.output_item.added", "item": begun}
    make = _PARTS.get(kind)
    if make:
        for event in make(item):
            yield {"item_id": item["id"], **event}
    for state in _STATES.get(kind, ()):
        yield {"type": f"response.{kind}.{state}", "item_id": item["id"]}
    yield {"type": "response.output_item.done", "item": item}


def _message(item: Json) -> Iterator[Json]:
    for index, part in enumerate(sequence(item.get("content"))):
        make = {"refusal": _refusal, "output_text": _text}.get(part["type"], _other)
        for event in make(part):
            yield {"content_index": index, **event}


def _text(part: Json) -> Iterator[Json]:
    logprobs = sequence(part.get("logprobs"))
    yield {
        "type": "response.content_part.added",
        "part": {**part, "annotations": [], "logprobs": [], "text": ""},
    }
    for at, word in enumerate(words(part["text"])):
        yield {"type": "response.output_text.delta", "delta": word, "logprobs": logprobs[at : at + 1]}
    for at, annotation in enumerate(sequence(part.get("annotations"))):
        yield {
            "type": "response.output_text.annotation.added",
            "annotation": annotation,
            "annotation_index": at,
        }
    yield {"type": "response.output_text.done", "logprobs": logprobs, "text": part["text"]}
    yield {"type": "response.content_part.done", "part": part}


def _refusal(part: Json) -> Iterator[Json]:
    yield {"type": "response.content_part.added", "part": {**part, "refusal": ""}}
    for word in words(part["refusal"]):
        yield {"type": "response.refusal.delta", "delta": word}
    yield {"type": "response.refusal.done", "refusal": part["refusal"]}
    yield {"type": "response.content_part.done", "part": part}


def _other(part: Json) -> Iterator[Json]:
    yield {"type": "response.content_part.added", "part": part}
    yield {"type": "response.content_part.done", "part": part}


def _reasoning(item: Json) -> Iterator[Json]:
    name = "response.reasoning_summary"
    for index, part in enumerate(sequence(item.get("summary"))):
        place = {"summary_index": index}
        yield {"type": f"{name}_part.added", "part": {**part, "text": ""}, **place}
        for word in words(part["text"]):
            yield {"type": f"{name}_text.delta", "delta": word, **place}
        yield {"type": f"{name}_text.done", "text": part["text"], **place}
        yield {"type": f"{name}_part.done", "part": part, **place}


def _pieces(text: str) -> list[str]:
    return [text[at : at + _ARGUMENT] for at in range(0, len(text), _ARGUMENT)]


def _function(item: Json) -> Iterator[Json]:
    for piece in _pieces(item["arguments"]):
        yield {"type": "response.function_call_arguments.delta", "delta": piece}
    yield {"type": "response.function_call_arguments.done", "arguments": item["arguments"]}


def _custom(item: Json) -> Iterator[Json]:
    for piece in _pieces(item["input"]):
        yield {"type": "response.custom_tool_call_input.delta", "delta": piece}
    yield {"type": "response.custom_tool_call_input.done", "input": item["input"]}


def _mcp(item: Json) -> Iterator[Json]:
    yield {"type": "response.mcp_call.in_progress"}
    yield {"type": "response.mcp_call_arguments.delta", "delta": item["arguments"]}
    yield {"type": "response.mcp_call_arguments.done", "arguments": item["arguments"]}
    yield {"type": f"response.mcp_call.{'failed' if item.get('error') else 'completed'}"}


def _code(item: Json) -> Iterator[Json]:
    yield {"type": "response.code_interpreter_call.in_progress"}
    for piece in _pieces(string(item.get("code"))):
        yield {"type": "response.code_interpreter_call_code.delta", "delta": piece}
    yield {"type": "response.code_interpreter_call_code.done", "code": item["code"]}
    yield {"type": "response.code_interpreter_call.interpreting"}
    yield {"type": "response.code_interpreter_call.completed"}


_PARTS: dict[str, Callable[[Json], Iterator[Json]]] = {
    "message": _message,
    "reasoning": _reasoning,
    "function_call": _function,
    "custom_tool_call": _custom,
    "mcp_call": _mcp,
    "code_interpreter_call": _code,
}
