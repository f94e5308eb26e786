# SPDX-License-Identifier: Apache-2.0
"""Mistral's chat, agent and fill-in-the-middle completions: OpenAI's wire with a few names of its own."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects import openai_chat
from spanwright.instrumentors._dialects.wire import items, string, texts
from spanwright.semconv.model import Content, Generic, Message, Part, Request

__all__ = ["Chunks", "answered_refinements", "content", "output", "refinements", "request", "response"]

Chunks = openai_chat.Chunks
response = openai_chat.response
output = openai_chat.output


def request(body: Any) -> Request:
    """Read what was asked for."""
    found = openai_chat.request(body)
    found.seed = body.get("random_seed")
    found.top_k = body.get("top_k")
    if isinstance(found.stop, str):
        found.stop = [found.stop]
    return found


def refinements(body: Any) -> dict[str, Any]:
    """Return nothing: Mistral has no conventions of its own."""
    del body
    return {}


def answered_refinements(value: Any) -> dict[str, Any] | None:
    """Return nothing."""
    del value
    return None


def content(body: Any) -> Content:
    """Read the messages, or the prompt and the suffix between which is to be filled in."""
    if items(body.get("messages")):
        return openai_chat.content(body)
    parts: list[Part] = texts(body.get("prompt"))
    if (suffix := string(body.get("suffix"))) is not None:
        parts.append(Generic("suffix", {"content": suffix}))
    return Content(input=[Message("user", parts)] if parts else [])
