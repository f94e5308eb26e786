# SPDX-License-Identifier: Apache-2.0
"""What a vector store has found, as a document: its text stands among fields that the application has chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.wire import fields, string
from spanwright.semconv.clean import number
from spanwright.semconv.model import Document

if TYPE_CHECKING:
    from collections.abc import Iterable

# Where frameworks and tutorials keep the text of a document; the first of these that is one.
_TEXTS = ("page_content", "document", "text", "content", "chunk_text", "chunk")
_VECTORS = ("vector", "embedding", "values")


def document(identity: Any, score: Any, held: Any) -> Document:
    """Return a document of its fields: the text among them as its content, and without its vector."""
    known = fields(held)
    name = next((each for each in _TEXTS if string(known.get(each)) is not None), None)
    left = {key: value for key, value in known.items() if key != name and key not in _VECTORS}
    return Document(
        id=_identity(identity),
        score=number(score),
        content=known.get(name) if name is not None else None,
        metadata=left or None,
    )


def joined(texts: Iterable[Any]) -> str | None:
    """Return the texts of a search as one, a line each."""
    return "\n".join(each for each in texts if isinstance(each, str)) or None


def _identity(value: Any) -> str | None:
    """Return an id as text: many stores count theirs."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return string(value)
