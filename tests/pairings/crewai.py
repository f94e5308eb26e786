# SPDX-License-Identifier: Apache-2.0
"""Crews of CrewAI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crewai import LLM, Agent, Crew, Task

if TYPE_CHECKING:
    from spanwright.console.provider import Provider


def chat(provider: Provider) -> Any:
    return {"model": "gpt-4o-mini", "base_url": provider.base_url, "api_key": "test"}


def responses(provider: Provider) -> Any:
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
