# SPDX-License-Identifier: Apache-2.0
"""Pinecone's searches, by vector and by text, and the matches or hits that they find."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.rows import document, joined
from spanwright.instrumentors._dialects.wire import fields, get, items

if TYPE_CHECKING:
    from spanwright.semconv.model import Document

# `books-c01b5b5.svc.us-east-1-aws.pinecone.io`: the index, and the project that it belongs to.
_HOST = re.compile(r"(.+)-[a-z0-9]{7}\.svc\.")
# In the SDK's objects since version 10, and on the wire.
_IDS, _SCORES = ("id", "_id", "id_"), ("score", "_score", "score_")


def index(address: str | None) -> str | None:
    """Return the name of the index that has this address; at an address of another kind nobody can tell."""
    found = _HOST.match(address) if address else None
    return found[1] if found else None


def top(told: dict[str, Any]) -> Any:
    """Return how many matches are asked for."""
    given = told.get("top_k")
    return get(told.get("query"), "top_k") if given is None else given


def query(told: dict[str, Any]) -> str | None:
    """Return the texts that are searched for, which the server turns into vectors."""
    inputs = told.get("inputs") or get(told.get("query"), "inputs")
    return joined([get(inputs, "text"), *(get(each, "query") for each in items(told.get("score_by")))])


def documents(value: Any) -> list[Document]:
    """Return what was found."""
    found = items(get(value, "matches")) or items(get(get(value, "result"), "hits"))
    return [_document(fields(each)) for each in found]


def _document(match: dict[str, Any]) -> Document:
    held = match.get("metadata") or match.get("fields")
    if held is None:
        # A document of an index of documents has its fields beside its id.
        held = {key: value for key, value in match.items() if key not in (*_IDS, *_SCORES)}
    return document(_first(match, _IDS), _first(match, _SCORES), held)


def _first(match: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((match[name] for name in names if name in match), None)
