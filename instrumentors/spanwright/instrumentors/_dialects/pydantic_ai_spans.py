# SPDX-License-Identifier: Apache-2.0
"""Pydantic AI's own spans: those of its first version by their names, later ones in the conventions' words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import convention_spans as conventions
from spanwright.instrumentors._dialects.wire import count, get, items, string
from spanwright.semconv import names as n
from spanwright.semconv.model import (
    AgentRun,
    Content,
    Embeddings,
    Generic,
    Inference,
    Message,
    Request,
    Response,
    Text,
    Tool,
    ToolResponse,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spanwright.semconv.model import Subject, Usage

# What the spans of the first format are called, which do not say their operation.
_AGENT = "agent run"
_TOOLS = ("running tool", "running output function")
# What stands for several models under one name; who of them answers is known by the client alone.
_SEVERAL = "fallback:"
_NONE = "no-model"
_HTTPS = 443
_HISTORY = "pydantic_ai.all_messages"
_WORDS = {
    _HISTORY: n.GEN_AI_INPUT_MESSAGES,
    "tool_arguments": n.GEN_AI_TOOL_CALL_ARGUMENTS,
    "tool_response": n.GEN_AI_TOOL_CALL_RESULT,
}
# The library's own key of a time that the conventions measure as a metric.
_FIRST_CHUNK = "gen_ai.client.operation.time_to_first_chunk"


def subject(name: str, attributes: Mapping[str, Any]) -> Subject | None:
    """Return what a span is about; None for those around several tools, images, queues and the like."""
    found = conventions.subject(_worded(name, attributes))
    if isinstance(found, AgentRun):
        found.name = found.name or string(attributes.get("agent_name"))
        model = string(attributes.get("model_name"))
        found.request = Request(model if model != _NONE else None)
    elif isinstance(found, Inference):
        _fill_inference(found, attributes)
    elif isinstance(found, Embeddings):
        found.response = found.response or Response()
        found.response.dimensions = count(attributes.get("gen_ai.embeddings.dimension.count")) or None
    if isinstance(found, (AgentRun, Inference)) and _is_several(found.request.model):
        found.request.model = None
    return found


def content(attributes: Mapping[str, Any]) -> Content:
    """Return the content of any span."""
    found = conventions.content({_WORDS.get(key, key): value for key, value in attributes.items()})
    if not found.tools:
        found.tools = list(_tools(attributes.get("model_request_parameters")))
    if _is_withheld(found.input):
        found.input = found.output = ()
    elif _HISTORY in attributes:
        found.input, found.output = _exchange(found.input, attributes.get("final_result"))
    return found


def _worded(name: str, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the attributes with the operation, which in the first format the name alone tells."""
    if n.GEN_AI_OPERATION_NAME in attributes:
        return attributes
    if name == _AGENT:
        return {**attributes, n.GEN_AI_OPERATION_NAME: n.OperationName.INVOKE_AGENT}
    if name in _TOOLS:
        return {**attributes, n.GEN_AI_OPERATION_NAME: n.OperationName.EXECUTE_TOOL}
    return attributes


def _is_several(name: str | None) -> bool:
    return name is not None and name.startswith(_SEVERAL)


def _fill_inference(found: Inference, attributes: Mapping[str, Any]) -> None:
    if _is_several(found.provider):
        found.provider = None
    if found.address is not None and found.port is None:
        # The library leaves out a port that the address leaves out.
        found.port = _HTTPS
    first = attributes.get(_FIRST_CHUNK)
    if isinstance(first, (int, float)) and not isinstance(first, bool):
        found.time_to_first_chunk, found.request.stream = float(first), True
    if found.response is not None and found.response.usage is not None:
        _detail(found.response.usage, attributes)


def _detail(usage: Usage, attributes: Mapping[str, Any]) -> None:
    """Add the counts that the library tells as details."""

    def detail(key: str) -> int | None:
        return count(attributes.get(f"gen_ai.usage.details.{key}"))

    if usage.cache_read is None:
        usage.cache_read = detail("cache_read_tokens") or detail("cached_tokens")
    if usage.cache_write is None:
        usage.cache_write = detail("cache_write_tokens")
    usage.reasoning = detail("reasoning_tokens") or detail("thoughts_tokens")


def _is_withheld(messages: Sequence[Message]) -> bool:
    """Tell messages of which settings of the application keep the content back; they have the types of parts alone."""
    parts = [part for each in messages for part in each.parts]
    return any(isinstance(part, Generic) and part.type == "text" for part in parts)


def _exchange(messages: Sequence[Message], result: Any) -> tuple[Sequence[Message], Sequence[Message]]:
    """Split a run's messages: what it was asked, with what went before, and what it answered in the end."""
    asked = max((at for at, each in enumerate(messages) if _is_question(each)), default=-1) + 1
    last = messages[-1] if len(messages) > asked else None
    # The answer of a run with an output tool is a call of that tool, and not the last message.
    if (last is None or last.role != "assistant") and isinstance(result, str):
        last = Message("assistant", [Text(result)])
    return messages[:asked], [last] if last is not None and last.role == "assistant" else []


def _is_question(message: Message) -> bool:
    return message.role == "user" and not all(isinstance(part, ToolResponse) for part in message.parts)


def _tools(told: Any) -> Iterator[Tool]:
    try:
        parameters = json.loads(told) if isinstance(told, str) else None
    except ValueError:
        return
    for key in ("function_tools", "output_tools"):
        for each in items(get(parameters, key)):
            yield Tool(
                string(get(each, "name")) or "tool",
                "function",
                string(get(each, "description")),
                get(each, "parameters_json_schema"),
            )
