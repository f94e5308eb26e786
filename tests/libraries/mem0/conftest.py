# SPDX-License-Identifier: Apache-2.0
"""Mem0's clients with a small server, and a store in this process that asks the reference provider."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from mem0 import AsyncMemory, AsyncMemoryClient, Memory, MemoryClient

from alike.runs import quiet  # noqa: F401 - it runs of itself
from libraries.mem0.service import Service
from spanwright.instrumentors.mem0 import Mem0Instrumentor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness import Recorder
    from spanwright.console.provider import Provider

FIRST = version("mem0ai").startswith("1.")
# How a search is narrowed to a user.
MINE: dict[str, Any] = {"user_id": "u-1"} if FIRST else {"filters": {"user_id": "u-1"}}


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with the library instrumented, content off."""
    recorder.instrument(Mem0Instrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with the library instrumented, content on spans."""
    recorder.instrument(Mem0Instrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true")
    return recorder


@pytest.fixture
def service() -> Iterator[Service]:
    """Return the server."""
    with Service() as service:
        yield service


@pytest.fixture
def client(service: Service) -> MemoryClient:
    """Return a client of the server."""
    return MemoryClient(api_key="test", host=service.url)


@pytest.fixture
def aclient(service: Service) -> AsyncMemoryClient:
    """Return an asynchronous one."""
    return AsyncMemoryClient(api_key="test", host=service.url)


@pytest.fixture
def config(provider: Provider, tmp_path: Path) -> dict[str, Any]:
    """Return the configuration of a store in this process."""
    asked = {"openai_base_url": provider.base_url, "api_key": "test"}
    store = {"collection_name": "walks", "path": str(tmp_path / "store"), "embedding_model_dims": 8}
    return {
        "llm": {"provider": "openai", "config": {"model": "gpt-4o-mini", **asked}},
        "embedder": {
            "provider": "openai",
            "config": {"model": "text-embedding-3-small", "embedding_dims": 8, **asked},
        },
        "vector_store": {"provider": "qdrant", "config": store},
        "history_db_path": str(tmp_path / "history.db"),
    }


@pytest.fixture
def memory(config: dict[str, Any]) -> Memory:
    """Return a store in this process."""
    return Memory.from_config(config)


@pytest.fixture
async def amemory(config: dict[str, Any]) -> AsyncMemory:
    """Return an asynchronous one."""
    made = AsyncMemory.from_config(config)
    return await made if hasattr(made, "__await__") else made
