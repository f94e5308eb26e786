# SPDX-License-Identifier: Apache-2.0
"""The endpoints of Together's API that are GenAI operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._families.endpoints import (
    AUDIO,
    CHAT,
    COMPLETIONS,
    EMBEDDINGS,
    IMAGES,
    PostEndpoints,
)

if TYPE_CHECKING:
    from spanwright.instrumentors._families.stainless import Found


class TogetherEndpoints(PostEndpoints):
    """OpenAI's, and rankings."""

    def __init__(self, provider: str) -> None:
        super().__init__(provider, {**CHAT, **COMPLETIONS, **EMBEDDINGS, **IMAGES, **AUDIO})

    def found(self, client: Any, method: str, path: str, body: dict[str, Any]) -> Found | None:
        """Return what a ranking is."""
        return self.ranked(client, body) if (method, path) == ("post", "/rerank") else None
