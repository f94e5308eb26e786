# SPDX-License-Identifier: Apache-2.0
"""Weaviate's searches and their replies: messages of its gRPC service, or the JSON of such."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from spanwright.instrumentors._dialects.proto import chosen, get, items, single
from spanwright.instrumentors._dialects.rows import document, joined

if TYPE_CHECKING:
    from spanwright.semconv.model import Document

# The field of a request that says how to search, and the client's word for that; none of them is a plain read.
_WAYS = {
    "hybrid_search": "hybrid",
    "bm25_search": "bm25",
    "near_text": "near_text",
    "near_vector": "near_vector",
    "near_object": "near_object",
    "near_image": "near_image",
    "near_audio": "near_audio",
    "near_video": "near_video",
    "near_depth": "near_depth",
    "near_thermal": "near_thermal",
    "near_imu": "near_imu",
}
# A rank is only told where the caller asks for one of these.
_RANKS = ("rerank_score", "score", "certainty", "distance")
_VALUES = (
    "text_value",
    "number_value",
    "int_value",
    "bool_value",
    "date_value",
    "uuid_value",
    "object_value",
    "list_value",
)
_DEEPEST = 10


def way(request: Any) -> str | None:
    """Return how a request searches, in the client's word; None when it only reads objects."""
    found = chosen(request, tuple(_WAYS))
    return _WAYS[found[0]] if found else None


def collection(request: Any) -> Any:
    """Return the collection that a request is about."""
    return get(request, "collection") or next((get(each, "collection") for each in _objects(request)), None)


def top(request: Any) -> Any:
    """Return how many objects are asked for; 0 is what an unset field says."""
    return get(request, "limit") or None


def query(request: Any) -> str | None:
    """Return the texts that are searched for."""
    found = chosen(request, tuple(_WAYS))
    asked = get(found[1], "query") if found else None
    return joined([asked] if isinstance(asked, str) else items(asked))


def documents(reply: Any) -> list[Document]:
    """Return the objects found, those of groups one after the other."""
    grouped = [
        each for group in items(get(reply, "group_by_results")) for each in items(get(group, "objects"))
    ]
    return [_document(each) for each in (*items(get(reply, "results")), *grouped)]


def _objects(request: Any) -> Any:
    return items(get(request, "objects"))[:1]


def _document(value: Any) -> Document:
    known, held = get(value, "metadata"), get(get(value, "properties"), "non_ref_props")
    rank = next((get(known, each) for each in _RANKS if get(known, f"{each}_present") is True), None)
    return document(_identity(known), single(rank), _read(held, 0))


def _identity(known: Any) -> str | None:
    given = get(known, "id_as_bytes")
    if isinstance(given, bytes) and len(given) == 16:  # noqa: PLR2004 - as long as every such id
        return str(UUID(bytes=given))
    return get(known, "id")


def _read(properties: Any, depth: int) -> dict[str, Any]:
    """Return an object's properties as plain data."""
    held = get(properties, "fields")
    if not isinstance(held, Mapping) or depth > _DEEPEST:
        return {}
    return {
        name: value
        for name, each in cast("Mapping[str, Any]", held).items()
        if (value := _value(each, depth + 1)) is not None
    }


def _value(value: Any, depth: int) -> Any:
    """Return a value that a reader can read: blobs, places and numbers in bytes are left out."""
    found = chosen(value, _VALUES)
    if found is None:
        return None
    kind, held = found
    if kind == "object_value":
        return _read(held, depth)
    return list(items(get(get(held, "text_values"), "values"))) or None if kind == "list_value" else held
