# SPDX-License-Identifier: Apache-2.0
"""Media that stands in a text or among the fields of a value: its type, size and digest take its place."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from spanwright.semconv.serial import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES = ("mimeType", "mime_type", "media_type", "mediaType")
_DATA = ("data", "blob", "base64")
_SHORTEST = 64


@lru_cache(maxsize=1)
def _address() -> re.Pattern[str]:
    return re.compile(
        r"data:([\w.+-]{1,64}/[\w.+-]{1,64})?(?:;[\w.+=-]{1,64}){0,4};base64,([A-Za-z0-9+/_=-]*)"
    )


def media(text: str) -> str:
    """Return the text without the media in its `data:` addresses."""
    if ";base64," not in text:
        return text
    return _address().sub(lambda match: mark(match.group(1), match.group(2)), text)


def mark(kind: str | None, data: str) -> str:
    """Return what stands in the place of base64 text."""
    facts = digest(data)
    return f"[redacted:media {kind or 'text/plain'}, {facts['bytes']} bytes, sha256 {facts['sha256']}]"


def held(fields: Mapping[str, object]) -> tuple[str, str] | None:
    """Return the name of the field that holds base64 text, and its mark, where another field tells its type."""
    for name in _TYPES:
        if isinstance(kind := fields.get(name), str):
            for place in _DATA:
                data = fields.get(place)
                if isinstance(data, str) and len(data) >= _SHORTEST and " " not in data[:_SHORTEST]:
                    return place, mark(kind, data)
    return None
