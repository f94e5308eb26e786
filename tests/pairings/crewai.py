# SPDX-License-Identifier: Apache-2.0
"""Crews of CrewAI."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from crewai import LLM, Agent, Crew, Task

if TYPE_CHECKING:
    from spanwright.console.provider import Provider


# The first versions have no clients of their own for it, and leave the usage of a stream unasked.
NEW = tuple(int(part) for part in version("crewai").split(".")[:2]) >= (1, 9)
UNTOLD = () if NEW else ("litellm",)
WITHOUT = {} if NEW else {"chat": ("streamed",), "litellm": ("streamed",)}


def chat(provider: Provider) -> Any:
    return {"model": "gpt-4o-mini", "base_url": provider.base_url, "api_key": "test"}


def responses(provider: Provider) -> Any:
    if not NEW:
        raise ImportError("not yet: responses")
    return {**chat(provider), "api": "responses"}


def messages(provider: Provider) -> Any:
    return {"model": "anthropic/claude-haiku-4-5", "base_url": provider.url, "api_key": "test"}


def gemini(provider: Provider) -> Any:
    return {
        "model": "gemini/gemini-2.5-flash",
        "api_key": "test",
        "client_params": {"http_options": {"base_url": provider.url}},
    }


def litellm(provider: Provider) -> Any:
    return {
        "model": "openai/gpt-4o-mini",
        "is_litellm": True,
        "base_url": provider.base_url,
        "api_key": "test",
    }


def whole(told: Any) -> None:
    _crew(LLM(**told)).kickoff()


def streamed(told: Any) -> None:
    _crew(LLM(**told, stream=True)).kickoff()


def _crew(llm: Any) -> Crew:
    host = Agent(role="Host", goal="Greet.", backstory="You stand at the door.", llm=llm)
    return Crew(agents=[host], tasks=[Task(description="Say hi.", expected_output="One word.", agent=host)])


WAYS = {whole: 1, streamed: 1}
