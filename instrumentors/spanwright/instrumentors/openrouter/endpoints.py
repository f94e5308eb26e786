# SPDX-License-Identifier: Apache-2.0
"""The endpoints of OpenRouter's API that are GenAI operations, and what each of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._dialects import (
    openai_completions,
    openai_embeddings,
    openai_responses,
    openrouter_chat,
)
from spanwright.semconv import names as n

if TYPE_CHECKING:
    from spanwright.instrumentors._families.calls import Table

PROVIDER = "openrouter"
# Operation id -> operation, dialect. Whatever is not here (models, keys, credits, ...) is no GenAI operation.
CALLS: Table = {
    "sendChatCompletionRequest": (n.OperationName.CHAT, openrouter_chat),
    "createResponses": (n.OperationName.CHAT, openai_responses),
    # Until 0.1.
    "createCompletions": (n.OperationName.TEXT_COMPLETION, openai_completions),
    "createEmbeddings": (n.OperationName.EMBEDDINGS, openai_embeddings),
}
RANKINGS = frozenset({"createRerank"})
