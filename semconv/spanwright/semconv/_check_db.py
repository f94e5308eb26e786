# SPDX-License-Identifier: Apache-2.0
"""Rules for the client spans of vector stores that are no retrievals: plain calls of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from spanwright.semconv import names, spans
from spanwright.semconv._check_keys import typed as typed_value
from spanwright.semconv._check_spans import status, type_of, typed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spanwright.semconv._check_forms import Span
    from spanwright.semconv._check_keys import Problem

# Other databases are the business of other instrumentors, which know more of them than is judged here.
STORES: Final = frozenset(("chroma", "lancedb", "milvus", "pinecone", "qdrant", "weaviate"))


def stored(attributes: Mapping[str, object]) -> bool:
    """Tell whether these attributes are those of a vector store."""
    found = attributes.get(names.DB_SYSTEM_NAME)
    return isinstance(found, str) and found in STORES


def relevant_db(span: Span) -> bool:
    """Tell whether this is a plain call of a vector store."""
    return stored(span.attributes) and type_of(span) is None


def db(span: Span) -> Iterator[Problem]:
    """Judge such a call."""
    for key, value in span.attributes.items():
        yield from typed_value(key, value)
    yield from status(span)
    yield from typed(span, spans.DB_CLIENT)
