# SPDX-License-Identifier: Apache-2.0
"""A scripted reply: what the provider is told to answer next, in place of its default behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model makes: a JSON text or a mapping as arguments; `custom` tools take plain text."""

    name: str
    arguments: str | Mapping[str, Any] = field(default_factory=dict[str, Any])
    id: str = ""
    kind: str = "function"


@dataclass(frozen=True, slots=True)
class Reply:
    """One scripted reply; every field that is left out falls back to the default behaviour.

    The first group changes what the model says, and is rendered in the shape of whatever endpoint was called.
    The second replaces the HTTP answer. The third decides when it is sent.
    """

    text: str | None = None
    tool_calls: Sequence[ToolCall] = ()
    refusal: str | None = None
    reasoning: str | None = None
    """Reasoning text: `reasoning_content` in chat, a summary in responses."""
    finish_reason: str | None = None
    status: str | None = None
    """The end of a response: `completed`, `incomplete` or `failed`."""
    items: Sequence[Mapping[str, Any]] = ()
    """Output items of a response that come before the message, as they are."""
    usage: Mapping[str, Any] | None = None
    """Replaces the computed usage, as it is on the wire."""
    model: str | None = None

    error: int | None = None
    """An HTTP status, answered with the provider's true error body for it."""
    body: bytes | str | Mapping[str, Any] | None = None
    """The whole body as it is, with `http_status`."""
    events: Sequence[str] | None = None
    """The whole event stream as it is, one event (or raw lines) per entry; blank lines are added."""
    http_status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    hold: threading.Event | None = None
    """Nothing is sent from `hold_at` on until this event is set."""
    hold_at: int | None = None
    """The stream event before which to hold, from 0; None holds before the headers."""
    cut_after: int | None = None
    """The connection is dropped after this many stream events; a plain answer is dropped within its body."""
    drop: bool = False
    """The connection is dropped before any answer."""

    path: str = ""
    """Kept for the first request whose path ends with this; empty: for the next request to the API."""
