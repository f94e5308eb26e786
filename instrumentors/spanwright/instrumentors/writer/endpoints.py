# SPDX-License-Identifier: Apache-2.0
"""The endpoints of Writer's API that are GenAI operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import openai_chat, writer_texts
from spanwright.instrumentors._families.endpoints import PostEndpoints
from spanwright.semconv import names as n

if TYPE_CHECKING:
    from spanwright.instrumentors._families.stainless import Dialect, Found

_APPLICATION = "/applications"
_POSTS: dict[str, tuple[str, Dialect]] = {
    "/chat": (n.OperationName.CHAT, openai_chat),
    "/completions": (n.OperationName.TEXT_COMPLETION, writer_texts),
    "/graphs/question": (n.OperationName.GENERATE_CONTENT, writer_texts),
    "/vision": (n.OperationName.GENERATE_CONTENT, writer_texts),
    "/translation": (n.OperationName.GENERATE_CONTENT, writer_texts),
    # With the application's id behind it.
    _APPLICATION: (n.OperationName.GENERATE_CONTENT, writer_texts),
}


class WriterEndpoints(PostEndpoints):
    """The table, and applications by their ids; jobs are answered later and are no operation."""

    def __init__(self, provider: str) -> None:
        super().__init__(provider, _POSTS)

    def found(self, client: Any, method: str, path: str, body: dict[str, Any]) -> Found | None:
        """Return what a call of an application is."""
        called, _, identity = path[1:].partition("/")
        if method != "post" or f"/{called}" != _APPLICATION or not identity or "/" in identity:
            return None
        return self.posted(client, _APPLICATION, body)
