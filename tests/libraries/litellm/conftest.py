# SPDX-License-Identifier: Apache-2.0
"""LiteLLM instrumented, asking the reference provider."""

from __future__ import annotations

import os

# Its import would ask GitHub for prices otherwise, and some answers would ask for tokenizers.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import gc
import threading
from typing import TYPE_CHECKING, Any

import litellm
import pytest
from litellm.litellm_core_utils.thread_pool_executor import executor

from lacking import lacking
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.litellm import LiteLLMInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness import Recorder
    from spanwright.console.provider import Provider

# How an older version says that it cannot do something yet.
pytest_runtest_call = lacking(
    "litellm", "1.76", r"has no attribute|unexpected keyword argument|No module named 'litellm\."
)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no client, cache or setting of one test reach the next; asynchronous clients belong to one loop."""
    monkeypatch.setattr(litellm, "suppress_debug_info", True)
    monkeypatch.setattr(litellm, "disable_streaming_logging", True)
    monkeypatch.setattr(litellm, "disable_aiohttp_transport", True)
    monkeypatch.setattr(litellm, "num_retries", None)
    monkeypatch.setattr(litellm, "cache", None)
    litellm.in_memory_llm_clients_cache.flush_cache()
    yield
    litellm.in_memory_llm_clients_cache.flush_cache()


@pytest.fixture
def layered(recorder: Recorder) -> Recorder:
    """Return the recorder with LiteLLM and all that it calls inside instrumented."""
    recorder.instrument(LiteLLMInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    return recorder


@pytest.fixture
def at(provider: Provider) -> dict[str, Any]:
    """Return the arguments that lead to the reference provider."""
    return {"api_base": provider.base_url, "api_key": "test", "max_retries": 0}


@pytest.fixture
def collect() -> Callable[[], None]:
    """Return what collects streams that nobody holds but the library.

    Older versions keep the arguments of their last log call, and hand every chunk with its stream to threads.
    """

    def collected() -> None:
        workers = executor._max_workers
        meeting = threading.Barrier(workers)
        # When all threads have met, whatever was handed to them before is done.
        for done in [executor.submit(meeting.wait) for _ in range(workers)]:
            done.result()
        litellm.error_logs.clear()
        gc.collect()

    return collected
