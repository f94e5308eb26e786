# SPDX-License-Identifier: Apache-2.0
"""Reads what the engines of vLLM return, whole or piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import vllm_outputs as dialect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.semconv.model import Message, Response


class Answer:
    """The reader of one call; `kind` says what each piece of a stream holds."""

    __slots__ = ("_kind",)

    def __init__(self, kind: str | None = None) -> None:
        self._kind = kind

    def response(self, value: Any) -> Response:
        """Return the facts of an answer."""
        return dialect.response(value)

    def output(self, value: Any) -> Sequence[Message]:
        """Return the texts of an answer."""
        return dialect.output(value)

    def chunks(self, *, content: bool) -> dialect.Chunks:
        """Return a new keeper of pieces."""
        return dialect.Chunks(self._kind, content=content)
