# SPDX-License-Identifier: Apache-2.0
"""Stores of Mem0 in this process, which ask a model what to remember."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

from mem0 import Memory

if TYPE_CHECKING:
    from spanwright.console.provider import Provider

# The framework has no notion of its own of a model call.
LEFT = ("chat", "messages")
SAID = {"text": '{"memory": []}'}


def _memory(provider: Provider, kind: str, **told: Any) -> Any:
    place = tempfile.mkdtemp()
    asked = {"openai_base_url": provider.base_url, "api_key": "test", "model": "text-embedding-3-small"}
    store = {"collection_name": "walks", "path": f"{place}/store", "embedding_model_dims": 8}
    return Memory.from_config(
        {
            "llm": {"provider": kind, "config": told},
            "embedder": {"provider": "openai", "config": {**asked, "embedding_dims": 8}},
            "vector_store": {"provider": "qdrant", "config": store},
            "history_db_path": f"{place}/history.db",
        }
    )


def chat(provider: Provider) -> Any:
    return _memory(provider, "openai", model="gpt-4o-mini", openai_base_url=provider.base_url, api_key="test")


def messages(provider: Provider) -> Any:
    return _memory(
        provider, "anthropic", model="claude-haiku-4-5", anthropic_base_url=provider.url, api_key="test"
    )


def whole(memory: Any) -> None:
    memory.add([{"role": "user", "content": "I like long walks."}], user_id="u-1")


WAYS = {whole: 1}
