# SPDX-License-Identifier: Apache-2.0
"""CrewAI: a crew of one agent with one task."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any

# Nothing is asked of a terminal or sent to its makers, and files go where they are thrown away.
_home = tempfile.TemporaryDirectory()
os.environ.update(CREWAI_TESTING="true", CREWAI_DISABLE_TELEMETRY="true", XDG_DATA_HOME=_home.name)

import openai
from bench.agents import chat
from bench.agents.model import ASK, clock, thermometer
from crewai import LLM, Agent, Crew, Task
from crewai.tools import tool

from spanwright.instrumentors.crewai import CrewAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = CrewAIInstrumentor
DISTRIBUTIONS = ("crewai",)


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the crew once; each crew is new, since one of them remembers what was said."""
    options: Any = {"api_key": "test", "base_url": chat.URL, "max_retries": 0}
    asked: Any = LLM(model=chat.NAME, **options)
    # Some versions ask in threads.
    asked._client = openai.OpenAI(**options, http_client=chat.http(model))
    asked._async_client = chat.client(model)
    tools = [tool(each.__name__)(each) for each in (thermometer, clock)]
    said = {"goal": "Tell it", "backstory": "You look.", "max_retry_limit": 0}

    async def run() -> object:
        host = Agent(role="host", llm=asked, tools=tools, **said)
        task = Task(name="report", description=ASK, expected_output="One sentence.", agent=host)
        return await Crew(name="hall", agents=[host], tasks=[task]).akickoff()

    return run
