# SPDX-License-Identifier: Apache-2.0
"""The agent that tells the weather with a tool, in every framework's words: what it is asked, and what its spans say."""

from __future__ import annotations

from typing import Any

ASK = "What is the weather in Lisbon?"
TOOL = "get_weather"


def get_weather(city: str) -> str:
    """Get the weather of a city."""
    return f"It is sunny in {city}."


def tree(name: str = "Forecaster") -> list[str]:
    """Return the tree of a run in which the agent asks its tool once."""
    return [f"invoke_agent {name}", "  chat gpt-4o-mini", f"  execute_tool {TOOL}", "  chat gpt-4o-mini"]


def agent(name: str = "Forecaster") -> dict[str, Any]:
    """Return what the span of an agent that has a description and a model says."""
    return {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": name,
        "gen_ai.agent.description": "Knows the weather.",
        "gen_ai.request.model": "gpt-4o-mini",
    }


def tool(name: str = "Forecaster") -> dict[str, Any]:
    """Return what the span of a tool of that agent says, but for the id of its call."""
    return {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": TOOL,
        "gen_ai.tool.type": "function",
        "gen_ai.tool.description": "Get the weather of a city.",
        "gen_ai.agent.name": name,
    }
