# SPDX-License-Identifier: Apache-2.0
"""LiteLLM's responses: OpenAI's, but for the kinds of a stream's events, which are members of an enumeration."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects import openai_responses
from spanwright.instrumentors._dialects.wire import fields

request = openai_responses.request
conversation = openai_responses.conversation
refinements = openai_responses.refinements
response = openai_responses.response
answered_refinements = openai_responses.answered_refinements
content = openai_responses.content
output = openai_responses.output


class Chunks(openai_responses.Chunks):
    """Keeps what is needed of a stream."""

    __slots__ = ()

    def add(self, chunk: Any) -> None:
        """Take one event."""
        told = fields(chunk)
        kind = told.get("type")
        # A member of an enumeration of strings equals its string but has another hash.
        super().add({**told, "type": getattr(kind, "value", kind)})
