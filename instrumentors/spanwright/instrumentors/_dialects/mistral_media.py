# SPDX-License-Identifier: Apache-2.0
"""Mistral's document reading, transcription, speech, moderation and classification endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import openai_chat, openai_media
from spanwright.instrumentors._dialects.wire import get, items, media, string, texts
from spanwright.semconv.model import Content, File, Message, Response, Text

if TYPE_CHECKING:
    from spanwright.semconv.model import Part

__all__ = ["Chunks", "answered_refinements", "content", "output", "refinements", "request", "response"]

Chunks = openai_media.Chunks
request = openai_media.request
refinements = openai_media.refinements
answered_refinements = openai_media.answered_refinements


def response(value: Any) -> Response:
    """Read the facts of an answer; pages, which document reading is billed by, are no tokens."""
    return Response(
        id=string(get(value, "id")),
        model=string(get(value, "model")),
        usage=openai_chat.usage(get(value, "usage")),
    )


def content(body: Any) -> Content:
    """Read texts, messages, lists of either, or the document; audio is not read."""
    found: list[Message] = []
    _add(found, body.get("input"))
    if (document := body.get("document")) is not None:
        found.append(Message("user", [_document(document)]))
    return Content(input=found)


def output(value: Any) -> list[Message]:
    """Read a transcript, or the pages of a document."""
    parts = texts(get(value, "text"))
    for page in items(get(value, "pages")):
        parts += texts(get(page, "markdown"))
    return [Message("assistant", parts)] if parts else []


def _add(found: list[Message], value: Any) -> None:
    """Add a text, a message or a conversation, or a list of any of them."""
    if isinstance(value, str):
        found.append(Message("user", [Text(value)]))
    elif items(get(value, "messages")):
        _add(found, get(value, "messages"))
    elif get(value, "role") is not None:
        found.append(openai_chat.message(value))
    else:
        for each in items(value):
            _add(found, each)


def _document(value: Any) -> Part:
    if (uploaded := string(get(value, "file_id"))) is not None:
        return File("document", uploaded)
    picture = get(value, "image_url")
    if picture is not None:
        return media("image", picture if isinstance(picture, str) else get(picture, "url"))
    return media("document", get(value, "document_url"))
