# SPDX-License-Identifier: Apache-2.0
"""Token counts of Gemini's content API, split by modality."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import count, fields, get, items
from spanwright.semconv.model import Usage

_MODALITIES = {"TEXT": "text", "IMAGE": "image", "AUDIO": "audio"}


def usage(value: Any) -> Usage | None:
    """Read token counts: thoughts are billed as output and what tools bring in as input, each beside the main count."""
    if value is None:
        return None
    read = fields(value).get
    reasoning = count(read("thoughtsTokenCount"))
    found = Usage(
        input=total(count(read("promptTokenCount")), count(read("toolUsePromptTokenCount"))),
        output=total(count(read("candidatesTokenCount")), reasoning),
        cache_read=count(read("cachedContentTokenCount")),
        reasoning=reasoning,
    )
    for name, side in (
        ("promptTokensDetails", "_input"),
        ("toolUsePromptTokensDetails", "_input"),
        ("candidatesTokensDetails", "_output"),
        ("cacheTokensDetails", "_cache_read"),
    ):
        if (details := read(name)) is not None:
            add(found, side, details, "tokenCount")
    return found


def total(*counts: int | None) -> int | None:
    """Return the sum of what is known, None when nothing is."""
    known = [each for each in counts if each is not None]
    return sum(known) if known else None


def add(found: Usage, side: str, details: Any, name: str) -> None:
    """Add counts by modality; video and documents have no attribute of their own."""
    for each in items(details):
        word = get(each, "modality")
        modality = _MODALITIES.get(word.upper()) if isinstance(word, str) else None
        if modality is not None and (tokens := count(get(each, name))) is not None:
            setattr(found, modality + side, (getattr(found, modality + side) or 0) + tokens)
