# SPDX-License-Identifier: Apache-2.0
"""AG2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ag2 import Agent
from ag2.config import OpenAIConfig
from bench.agents import chat
from bench.agents.model import ASK, clock, thermometer

from spanwright.instrumentors.ag2 import Ag2Instrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = Ag2Instrumentor
DISTRIBUTIONS = ("ag2",)


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once."""
    options: Any = {"api_key": "test", "base_url": chat.URL, "max_retries": 0}
    asked = OpenAIConfig(model=chat.NAME, http_client=chat.ahttp(model), **options)
    host = Agent("host", "You tell.", config=asked, tools=[thermometer, clock])
    return lambda: host.ask(ASK)
