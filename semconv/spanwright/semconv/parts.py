# SPDX-License-Identifier: Apache-2.0
"""Content in the model: messages and their parts, tools, documents. All of it is sensitive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Modality = Literal["image", "video", "audio", "document"]


@dataclass(slots=True)
class Text:
    """Plain text."""

    content: str


@dataclass(slots=True)
class Reasoning:
    """Reasoning that the model returned, or that was sent back to it."""

    content: str


@dataclass(slots=True)
class ToolCall:
    """A call that the model asks the client to execute; `arguments` are parsed when they are JSON."""

    name: str
    id: str | None = None
    arguments: Any = None


@dataclass(slots=True)
class ToolResponse:
    """What a client-side tool returned to the model."""

    response: Any
    id: str | None = None


@dataclass(slots=True)
class ServerToolCall:
    """A call of a tool that the provider executes itself; `call` carries its own `type`."""

    name: str
    call: dict[str, Any]
    id: str | None = None


@dataclass(slots=True)
class ServerToolResponse:
    """What a provider-side tool returned; `response` carries its own `type`."""

    response: dict[str, Any]
    id: str | None = None


@dataclass(slots=True)
class Blob:
    """Inline media. `data` is base64 text or bytes; what leaves the process is its size and SHA-256, never the bytes."""

    modality: Modality | str
    data: str | bytes
    mime_type: str | None = None


@dataclass(slots=True)
class Uri:
    """Media by address; never a `data:` address, which is a Blob."""

    modality: Modality | str
    uri: str
    mime_type: str | None = None


@dataclass(slots=True)
class File:
    """Media that was uploaded to the provider before."""

    modality: Modality | str
    file_id: str
    mime_type: str | None = None


@dataclass(slots=True)
class Compaction:
    """A marker for history that was replaced by a compacted form."""

    id: str | None = None
    content: str | None = None


@dataclass(slots=True)
class Generic:
    """A part of a type that the conventions do not know, passed through as it came."""

    type: str
    value: Any


Part = (
    Text
    | Reasoning
    | ToolCall
    | ToolResponse
    | ServerToolCall
    | ServerToolResponse
    | Blob
    | Uri
    | File
    | Compaction
    | Generic
)


@dataclass(slots=True)
class Message:
    """One message; `finish_reason` only on output messages, of which there is exactly one a choice."""

    role: str
    parts: list[Part]
    name: str | None = None
    finish_reason: str | None = None


@dataclass(slots=True)
class Tool:
    """A tool that the model was offered."""

    name: str
    type: str = "function"
    description: str | None = None
    parameters: Any = None


@dataclass(slots=True)
class Document:
    """A retrieved document."""

    id: str | None = None
    score: float | None = None
    content: str | None = None
    metadata: Any = None


@dataclass(slots=True)
class Content:
    """What is sensitive of an operation; only ever filled when capture is on.

    `input` and `output` are messages; `query` and `documents` belong to retrieval and memories, `arguments` and `result` to tools,
    `variables` to prompts.
    """

    system: Sequence[Part] = ()
    input: Sequence[Message] = ()
    output: Sequence[Message] = ()
    tools: Sequence[Tool] = ()
    query: str | None = None
    documents: Sequence[Document] | None = None
    arguments: Any = None
    result: Any = None
    variables: Mapping[str, str] | None = None
