# SPDX-License-Identifier: Apache-2.0
"""The model that every library is read into: what was asked, what was answered, by whom and where.

Plain slotted dataclasses. A field that is None is unknown and becomes no attribute. Readers (dialects) fill them
from a wire shape, `render` turns them into span names, attributes, metric points and events. What is never sensitive
of an operation stands in `facts`, what is sensitive in `parts`; this module passes their names on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from spanwright.semconv.facts import Request, Response, Usage
from spanwright.semconv.parts import (
    Blob,
    Compaction,
    Content,
    Document,
    File,
    Generic,
    Message,
    Modality,
    Part,
    Reasoning,
    ServerToolCall,
    ServerToolResponse,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    Uri,
)

__all__ = [
    "AgentRun",
    "Blob",
    "Compaction",
    "Content",
    "Document",
    "Embeddings",
    "FetchResponse",
    "File",
    "Generic",
    "HttpRequest",
    "Inference",
    "McpMessage",
    "Memory",
    "Message",
    "Modality",
    "Part",
    "Reasoning",
    "Request",
    "Response",
    "Retrieval",
    "ServerToolCall",
    "ServerToolResponse",
    "Step",
    "Subject",
    "Text",
    "Tool",
    "ToolCall",
    "ToolResponse",
    "ToolRun",
    "Uri",
    "Usage",
    "WorkflowRun",
]


@dataclass(slots=True)
class Inference:
    """A model call: `operation` is chat, generate_content or text_completion."""

    operation: str = "chat"
    provider: str | None = None
    request: Request = field(default_factory=Request)
    response: Response | None = None
    address: str | None = None
    port: int | None = None
    conversation_id: str | None = None
    time_to_first_chunk: float | None = None
    in_process: bool = False
    agent_name: str | None = None
    content: Content | None = None


@dataclass(slots=True)
class Embeddings:
    """An embedding call; `request.encoding_formats`, `response.dimensions` and input usage apply."""

    operation: str = "embeddings"
    provider: str | None = None
    request: Request = field(default_factory=Request)
    response: Response | None = None
    address: str | None = None
    port: int | None = None
    content: Content | None = None


@dataclass(slots=True)
class Retrieval:
    """A search for documents."""

    operation: str = "retrieval"
    provider: str | None = None
    request: Request = field(default_factory=Request)
    data_source_id: str | None = None
    top_k: int | None = None
    address: str | None = None
    port: int | None = None
    content: Content | None = None


@dataclass(slots=True)
class Memory:
    """One operation on memories of a store: searched, created, updated or deleted.

    `record_count` is how many were found, else how many the operation was for. `in_process` where no service is asked.
    """

    operation: str = "search_memory"
    provider: str | None = None
    store_id: str | None = None
    record_id: str | None = None
    record_count: int | None = None
    address: str | None = None
    port: int | None = None
    in_process: bool = False
    content: Content | None = None


@dataclass(slots=True)
class FetchResponse:
    """Fetching, polling or cancelling a stored response: no inference, so no usage and no input."""

    operation: str = "fetch_response"
    provider: str | None = None
    response: Response | None = None
    response_id: str | None = None
    stream_cursor: str | None = None
    address: str | None = None
    port: int | None = None
    extra: dict[str, Any] | None = None
    content: Content | None = None


@dataclass(slots=True)
class AgentRun:
    """One invocation of an agent; `remote` for agent services (CLIENT), else in this process (INTERNAL)."""

    operation: str = "invoke_agent"
    name: str | None = None
    id: str | None = None
    description: str | None = None
    version: str | None = None
    provider: str | None = None
    request: Request = field(default_factory=Request)
    response: Response | None = None
    conversation_id: str | None = None
    data_source_id: str | None = None
    address: str | None = None
    port: int | None = None
    remote: bool = False
    content: Content | None = None


@dataclass(slots=True)
class WorkflowRun:
    """One run of a graph, crew or orchestrator."""

    operation: str = "invoke_workflow"
    name: str | None = None
    conversation_id: str | None = None
    content: Content | None = None


@dataclass(slots=True)
class ToolRun:
    """One execution of a tool; `type` is function, extension or datastore."""

    operation: str = "execute_tool"
    name: str = ""
    type: str | None = None
    description: str | None = None
    call_id: str | None = None
    agent_name: str | None = None
    conversation_id: str | None = None
    content: Content | None = None


@dataclass(slots=True)
class McpMessage:
    """One MCP request or notification; `received` where it is handled (SERVER), else where it is sent (CLIENT).

    `operation` is execute_tool for a tool call and nothing else. `address` and `port` are those of the other side.
    """

    method: str
    received: bool = False
    operation: str | None = None
    tool: str | None = None
    prompt: str | None = None
    request_id: str | None = None
    resource_uri: str | None = None
    protocol_version: str | None = None
    session_id: str | None = None
    transport: str | None = None
    network_protocol: str | None = None
    network_version: str | None = None
    address: str | None = None
    port: int | None = None
    status_code: str | None = None
    content: Content | None = None


@dataclass(slots=True)
class Step:
    """A named step of a framework (a graph's node), for which the conventions have no operation.

    Rendered as a plain INTERNAL span, so that the application's own spans have a place to nest under.
    """

    name: str
    operation: str | None = None
    attributes: dict[str, Any] | None = None
    content: Content | None = None


@dataclass(slots=True)
class HttpRequest:
    """One HTTP attempt as a client. `url` is already redacted."""

    method: str
    url: str
    operation: str | None = None
    original_method: str | None = None
    address: str | None = None
    port: int | None = None
    scheme: str | None = None
    protocol_version: str | None = None
    resend_count: int | None = None
    status_code: int | None = None
    content: Content | None = None


Subject = (
    Inference
    | Embeddings
    | Retrieval
    | Memory
    | FetchResponse
    | AgentRun
    | WorkflowRun
    | ToolRun
    | McpMessage
    | Step
    | HttpRequest
)
