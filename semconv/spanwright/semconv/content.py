# SPDX-License-Identifier: Apache-2.0
"""Content of the model in the shapes of the conventions' JSON schemas: messages, parts, tools, documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.semconv import model as m
from spanwright.semconv import names as n
from spanwright.semconv.serial import digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.semconv.model import Content, Document, Message, Part, Subject, Tool


_copied: Callable[[object], dict[str, Any]] = vars(dict)["copy"]


def structured(subject: Subject) -> dict[str, Any]:
    """Return content by attribute key, as lists and dicts; only keys that the span type knows and that are filled."""
    content = subject.content
    if content is None:
        return {}
    found: dict[str, Any] = {}
    if isinstance(subject, m.ToolRun):
        if content.arguments is not None:
            found[n.GEN_AI_TOOL_CALL_ARGUMENTS] = content.arguments
        if content.result is not None:
            found[n.GEN_AI_TOOL_CALL_RESULT] = content.result
    elif isinstance(subject, m.McpMessage):
        if content.arguments is not None:
            found[n.GEN_AI_TOOL_CALL_ARGUMENTS] = content.arguments
        if content.result is not None:
            found[n.GEN_AI_TOOL_CALL_RESULT] = content.result
        for name, value in (content.variables or {}).items():
            found[f"{n.GEN_AI_PROMPT_VARIABLE}.{name}"] = value
    elif isinstance(subject, m.Retrieval):
        if content.query:
            found[n.GEN_AI_RETRIEVAL_QUERY_TEXT] = content.query
        if content.documents is not None:
            found[n.GEN_AI_RETRIEVAL_DOCUMENTS] = [document(d) for d in content.documents]
    elif isinstance(subject, m.Memory):
        if content.query:
            found[n.GEN_AI_MEMORY_QUERY_TEXT] = content.query
        if content.documents is not None:
            found[n.GEN_AI_MEMORY_RECORDS] = [document(d) for d in content.documents]
    elif isinstance(subject, (m.Inference, m.AgentRun, m.WorkflowRun, m.FetchResponse)):
        _conversation(found, subject, content)
    return found


def _conversation(found: dict[str, Any], subject: Subject, content: Content) -> None:
    """Add messages; a workflow has no instructions or tools of its own, a fetched response no input."""
    if content.input and not isinstance(subject, m.FetchResponse):
        found[n.GEN_AI_INPUT_MESSAGES] = [message(each) for each in content.input]
    if content.output:
        found[n.GEN_AI_OUTPUT_MESSAGES] = [message(each) for each in content.output]
    if isinstance(subject, m.WorkflowRun):
        return
    if content.system:
        found[n.GEN_AI_SYSTEM_INSTRUCTIONS] = [part(each) for each in content.system]
    if content.tools:
        found[n.GEN_AI_TOOL_DEFINITIONS] = [tool(each) for each in content.tools]


def message(value: Message) -> dict[str, Any]:
    """Return a chat message; `finish_reason` stands only on output messages."""
    shape: dict[str, Any] = {"role": value.role, "parts": [part(each) for each in value.parts]}
    if value.name:
        shape["name"] = value.name
    if value.finish_reason:
        shape["finish_reason"] = value.finish_reason
    return shape


def part(value: Part) -> dict[str, Any]:
    """Return a message part as the strict union of the conventions has it."""
    return _PARTS[type(value)](value)


def tool(value: Tool) -> dict[str, Any]:
    """Return a tool definition; description and parameters only where the reader chose to keep them."""
    shape: dict[str, Any] = {"type": value.type, "name": value.name}
    if value.description:
        shape["description"] = value.description
    if value.parameters is not None:
        shape["parameters"] = value.parameters
    return shape


def document(value: Document) -> dict[str, Any]:
    """Return a retrieved document."""
    return _filled(id=value.id, score=value.score, content=value.content, metadata=value.metadata)


def _filled(**shape: Any) -> dict[str, Any]:
    return {key: value for key, value in shape.items() if value is not None}


def _tool_call(value: m.ToolCall) -> dict[str, Any]:
    return {"type": "tool_call", **_filled(id=value.id, name=value.name, arguments=value.arguments)}


def _tool_response(value: m.ToolResponse) -> dict[str, Any]:
    return {"type": "tool_call_response", "response": value.response, **_filled(id=value.id)}


def _server_call(value: m.ServerToolCall) -> dict[str, Any]:
    shape = {"type": "server_tool_call", "name": value.name, "server_tool_call": value.call}
    return {**shape, **_filled(id=value.id)}


def _server_response(value: m.ServerToolResponse) -> dict[str, Any]:
    shape = {"type": "server_tool_call_response", "server_tool_call_response": value.response}
    return {**shape, **_filled(id=value.id)}


def _blob(value: m.Blob) -> dict[str, Any]:
    """Media stays out of telemetry: one large picture would make a backend refuse the whole batch."""
    shape = {"type": "generic", "generic_type": "blob_reference", "modality": value.modality}
    return {**shape, **_filled(mime_type=value.mime_type), **digest(value.data)}


def _generic(value: m.Generic) -> dict[str, Any]:
    found: object = value.value
    if not issubclass(type(found), dict):
        return {"type": "generic", "generic_type": value.type, "value": found}
    # Past what a class of its own may make of reading.
    held = _copied(found)
    return {**held, "type": "generic", "generic_type": value.type}


_PARTS: dict[type, Callable[[Any], dict[str, Any]]] = {
    m.Text: lambda p: {"type": "text", "content": p.content},
    m.Reasoning: lambda p: {"type": "reasoning", "content": p.content},
    m.ToolCall: _tool_call,
    m.ToolResponse: _tool_response,
    m.ServerToolCall: _server_call,
    m.ServerToolResponse: _server_response,
    m.Blob: _blob,
    m.Uri: lambda p: {"type": "uri", "modality": p.modality, "uri": p.uri, **_filled(mime_type=p.mime_type)},
    m.File: lambda p: {
        "type": "file",
        "modality": p.modality,
        "file_id": p.file_id,
        **_filled(mime_type=p.mime_type),
    },
    m.Compaction: lambda p: {"type": "compaction", **_filled(id=p.id, content=p.content)},
    m.Generic: _generic,
}
