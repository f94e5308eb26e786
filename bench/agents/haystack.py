# SPDX-License-Identifier: Apache-2.0
"""Haystack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.agents import chat
from bench.agents.model import ASK, clock, thermometer
from haystack.components.agents import Agent
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.tools import create_tool_from_function
from haystack.utils import Secret

from spanwright.instrumentors.haystack import HaystackInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = HaystackInstrumentor
DISTRIBUTIONS = ("haystack-ai",)


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once."""
    asked: Any = OpenAIChatGenerator(model=chat.NAME, api_key=Secret.from_token("test"))
    asked.async_client = chat.client(model)
    host = Agent(
        chat_generator=asked, tools=[create_tool_from_function(each) for each in (thermometer, clock)]
    )
    return lambda: host.run_async(messages=[ChatMessage.from_user(ASK)])
