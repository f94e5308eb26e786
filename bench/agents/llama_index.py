# SPDX-License-Identifier: Apache-2.0
"""LlamaIndex's agents, which are workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.agents import chat
from bench.agents.model import ASK, clock, thermometer
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.llms.openai import OpenAI

from spanwright.instrumentors.llama_index import LlamaIndexInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = LlamaIndexInstrumentor
DISTRIBUTIONS = (
    "llama-index-core",
    "llama-index-workflows",
)


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once."""
    options: Any = {"api_key": "test", "api_base": chat.URL, "max_retries": 0}
    asked = OpenAI(model=chat.NAME, async_http_client=chat.ahttp(model), **options)
    host = FunctionAgent(name="host", description="Knows the hall.", llm=asked, tools=[thermometer, clock])

    async def run() -> object:
        return await host.run(ASK)

    return run
