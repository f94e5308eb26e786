# SPDX-License-Identifier: Apache-2.0
"""The endpoints of OpenRouter's API that are GenAI operations, and what each of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import (
    openai_completions,
    openai_embeddings,
    openai_responses,
    openrouter_chat,
)
from spanwright.instrumentors._families.speakeasy import DialectReader, body, server
from spanwright.semconv import names as n
from spanwright.semconv.model import Embeddings, Inference

if TYPE_CHECKING:
    from spanwright.instrumentors._families.speakeasy import Found
    from spanwright.instrumentors._families.stainless import Dialect

PROVIDER = "openrouter"
# Operation id -> operation, dialect. Whatever is not here (models, keys, credits, ...) is no GenAI operation.
CALLS: dict[str, tuple[str, Dialect]] = {
    "sendChatCompletionRequest": (n.OperationName.CHAT, openrouter_chat),
    "createResponses": (n.OperationName.CHAT, openai_responses),
    # Until 0.1.
    "createCompletions": (n.OperationName.TEXT_COMPLETION, openai_completions),
    "createEmbeddings": (n.OperationName.EMBEDDINGS, openai_embeddings),
}


class OpenRouterEndpoints:
    """Finds the operation of a call."""

    def __init__(self) -> None:
        self._readers = {operation_id: DialectReader(dialect) for operation_id, (_, dialect) in CALLS.items()}

    def find(self, sdk: Any, operation_id: str, request: Any) -> Found | None:
        """Return subject, reader and content reader of the call, or None when it is no GenAI operation."""
        del sdk
        if operation_id not in CALLS:
            return None
        sent = body(request)
        operation, _ = CALLS[operation_id]
        address, port, provider = server(request, PROVIDER)
        reader = self._readers[operation_id]
        asked = reader.request(sent)
        if operation == n.OperationName.EMBEDDINGS:
            return Embeddings(provider=provider, request=asked, address=address, port=port), reader, None
        return (
            Inference(operation, provider, asked, None, address, port),
            reader,
            lambda: reader.content(sent),
        )
