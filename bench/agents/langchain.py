# SPDX-License-Identifier: Apache-2.0
"""LangChain's agents, which are graphs of LangGraph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.agents import chat
from bench.agents.model import ASK, clock, thermometer
from langchain.agents import create_agent
from langchain_openai import ChatOpenAI

from spanwright.instrumentors.langchain import LangChainInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = LangChainInstrumentor
DISTRIBUTIONS = (
    "langchain-core",
    "langgraph",
)


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once."""
    options: Any = {"api_key": "test", "base_url": chat.URL, "max_retries": 0}
    asked = ChatOpenAI(model=chat.NAME, http_async_client=chat.ahttp(model), **options)
    host = create_agent(asked, [thermometer, clock], name="host")
    return lambda: host.ainvoke({"messages": [{"role": "user", "content": ASK}]}, {"recursion_limit": 50})
