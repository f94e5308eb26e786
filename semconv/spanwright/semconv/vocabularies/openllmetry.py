# SPDX-License-Identifier: Apache-2.0
"""What a span says in the words of OpenLLMetry, which Traceloop and others read.

Its version 0.5 has moved to the messages and most of the names of the conventions, so what is left to write are kinds,
entities, and few names that it has for itself. What it wrote before (`gen_ai.prompt.0.content`) is not written.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from spanwright.semconv import model as m
from spanwright.semconv import names as n
from spanwright.semconv.clean import flag, integer, text
from spanwright.semconv.serial import dumps
from spanwright.semconv.vocabularies import sources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spanwright.semconv.billing import Cost
    from spanwright.semconv.model import Subject

_KIND, _TASK, _TOOL = "traceloop.span.kind", "task", "tool"
_KINDS: dict[type, str] = {
    m.Retrieval: _TASK,
    m.AgentRun: "agent",
    m.ToolRun: _TOOL,
    m.WorkflowRun: "workflow",
    m.FetchResponse: _TASK,
    m.Memory: _TASK,
    m.McpMessage: _TASK,
    m.Step: _TASK,
}
_REQUEST_TYPES = {"text_completion": "completion"}
# Keys of its own in a namespace of the conventions, and the one of these that says the same.
SECOND: Mapping[str, str] = {
    "gen_ai.is_streaming": n.GEN_AI_REQUEST_STREAM,
    "gen_ai.request.n": n.GEN_AI_REQUEST_CHOICE_COUNT,
    "gen_ai.request.reasoning_effort": n.GEN_AI_REQUEST_REASONING_LEVEL,
    "gen_ai.usage.cache_creation.input_tokens": n.GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS,
    "gen_ai.usage.reasoning_tokens": n.GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
    "gen_ai.usage.total_tokens": n.GEN_AI_USAGE_INPUT_TOKENS,
}
REQUEST_TYPE = "llm.request.type"
_LARGEST = 1 << 24


def attributes(subject: Subject, taken: Mapping[str, str], cost: Cost | None, room: int) -> dict[str, Any]:
    """Return at most `room` attributes; it has no word for the cost."""
    del cost
    found: dict[str, Any] = {}
    if isinstance(subject, (m.Inference, m.Embeddings)):
        _called(found, subject)
    elif isinstance(subject, m.Retrieval) and subject.operation == sources.RERANK:
        found[REQUEST_TYPE] = "rerank"
    if (kind := _kind(subject)) is not None:
        found[_KIND] = kind
        _entity(found, subject)
        _passed(found, taken)
    _add(found, "traceloop.association.properties.session_id", sources.conversation(subject))
    return dict(islice(found.items(), max(room, 0)))


def _kind(subject: Subject) -> str | None:
    return _TOOL if isinstance(subject, m.McpMessage) and subject.tool else _KINDS.get(type(subject))


def _called(found: dict[str, Any], subject: m.Inference | m.Embeddings) -> None:
    embeds = isinstance(subject, m.Embeddings)
    found[REQUEST_TYPE] = "embedding" if embeds else _REQUEST_TYPES.get(subject.operation, "chat")
    request = subject.request
    if flag(request.stream):
        found["gen_ai.is_streaming"] = True
    if (count := integer(request.choices)) is not None and count != 1:
        found["gen_ai.request.n"] = count
    _add(found, "gen_ai.request.reasoning_effort", request.reasoning_level)
    _add(found, "traceloop.prompt.key", request.prompt_name)
    if (version := request.prompt_version) is not None:
        _add(found, "traceloop.prompt.version", version)
    used = sources.usage(subject)
    if used is None:
        return
    if used.input is not None:
        found["gen_ai.usage.total_tokens"] = used.input + (used.output or 0)
    if used.reasoning:
        found["gen_ai.usage.reasoning_tokens"] = used.reasoning
    if used.cache_write:
        found["gen_ai.usage.cache_creation.input_tokens"] = used.cache_write


def _entity(found: dict[str, Any], subject: Subject) -> None:
    if isinstance(subject, m.WorkflowRun):
        _add(found, "traceloop.workflow.name", subject.name)
    if isinstance(subject, m.McpMessage):
        _add(found, "traceloop.entity.name", subject.tool or subject.method)
    elif isinstance(subject, m.Retrieval):
        _add(found, "traceloop.entity.name", subject.data_source_id)
        if (top := integer(subject.top_k)) is not None:
            found["db.vector.query.top_k"] = top
    else:
        _add(found, "traceloop.entity.name", getattr(subject, "name", None))
    if isinstance(subject, m.AgentRun):
        _add(found, "traceloop.entity.version", subject.version)


def _passed(found: dict[str, Any], taken: Mapping[str, str]) -> None:
    if (given := sources.first(sources.INPUTS, taken)) is not None:
        found["traceloop.entity.input"] = taken[given]
    if (made := sources.first(sources.OUTPUTS, taken)) is not None:
        found["traceloop.entity.output"] = taken[made]
    if variables := sources.variables(taken):
        found["traceloop.prompt.template_variables"] = dumps(variables, _LARGEST)


def _add(found: dict[str, Any], key: str, value: object) -> None:
    if (clean := text(value)) is not None:
        found[key] = clean
