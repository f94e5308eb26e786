# SPDX-License-Identifier: Apache-2.0
"""Embedding calls: one each, however many requests the texts are sent in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.llama_index_answers import model
from spanwright.instrumentors._dialects.wire import fields
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel.reading import NOTHING
from spanwright.instrumentors.llama_index.models import serving
from spanwright.semconv import names as n
from spanwright.semconv.clean import integer
from spanwright.semconv.model import Embeddings, Request

if TYPE_CHECKING:
    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class Vectors(Method):
    """The seam of `get_query_embedding`, `get_text_embedding` and `get_text_embedding_batch`."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_call)

    def _find_call(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        del args, kwargs
        provider, address, port = serving(instance)
        held = fields(instance)
        size = integer(held.get("dimensions"))
        extra = {n.GEN_AI_EMBEDDINGS_DIMENSION_COUNT: size} if size else None
        request = Request(model=model(held), extra=extra)
        return Embeddings(provider=provider, request=request, address=address, port=port), NOTHING, None
