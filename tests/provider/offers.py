# SPDX-License-Identifier: Apache-2.0
"""The tools, the messages and the schemas that several tests offer to the model."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

PLACE: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"name": "get_weather", "description": "Get the current weather in a city.", "parameters": PLACE}
TIME = {"name": "get_local_time", "description": "Tell the local time in a city.", "parameters": PLACE}
CHAT_TOOLS: list[Any] = [{"type": "function", "function": WEATHER}, {"type": "function", "function": TIME}]
RESPONSE_TOOLS: list[Any] = [{"type": "function", **WEATHER}, {"type": "function", **TIME}]
BOTH = "What is the weather in Paris, and what time is it in Tokyo?"


class Trip(BaseModel):
    """A structured answer."""

    city: str
    days: int
    stops: list[str]
    season: str | None


def user(text: str) -> list[Any]:
    """A conversation of one question."""
    return [{"role": "user", "content": text}]
