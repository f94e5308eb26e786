# SPDX-License-Identifier: Apache-2.0
"""Reads what a pipeline's call returns, and counts the tokens that its model has seen and made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import transformers_pipelines as dialect
from spanwright.instrumentors._dialects.wire import get
from spanwright.instrumentors._kernel.reading import Ignored
from spanwright.instrumentors.transformers import tokens
from spanwright.semconv.model import Message, Response, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence


class Answer:
    """The reader of one call; `given` are the inputs of a model that runs outside of a call, whose answer are tokens."""

    __slots__ = ("_asked", "_given", "_inputs", "_made", "_seen", "pipeline", "prompted")

    def __init__(self, pipeline: Any, inputs: Any, asked: dict[str, Any], given: Any = None) -> None:
        self.pipeline = pipeline
        self.prompted = False
        self._inputs = inputs
        self._asked = asked
        self._given = given
        self._seen: int | None = None
        self._made: list[tokens.Made] | None = None

    def add(self, model_inputs: Any, value: Any) -> None:
        """Take one run of the model, which may be one of several batches or pieces."""
        seen = tokens.seen(model_inputs)
        made = tokens.made(self.pipeline, value, self._asked)
        if seen is not None:
            self._seen = (self._seen or 0) + seen
        if made is not None:
            self._made = [*(self._made or ()), *made]

    def response(self, value: Any) -> Response | None:
        """Return how many tokens there were, and how each of the texts ended."""
        if self._given is not None:
            self.add(self._given, value)
        reasons = [each.reason for each in self._made or ()]
        used = sum(len(each.ids) for each in self._made) if self._made is not None else None
        return Response(
            finish_reasons=reasons or None,
            usage=Usage(self._seen, used) if self._seen is not None or used is not None else None,
        )

    def output(self, value: Any) -> Sequence[Message]:
        """Return what was made; what only exists as tokens is decoded, since it was asked for."""
        reasons = [each.reason for each in self._made or ()]
        if self._given is None:
            return dialect.output(self._inputs, value, reasons)
        decode = getattr(get(self.pipeline, "tokenizer"), "decode", None)
        if decode is None:
            return ()
        texts = [decode(each.ids, skip_special_tokens=True) for each in self._made or ()]
        return dialect.output(None, [{"generated_text": each} for each in texts], reasons)

    def chunks(self, *, content: bool) -> Ignored:
        """Return what keeps nothing: of a streamed token only its time is noted."""
        return Ignored(content=content)
