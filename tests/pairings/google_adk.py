# SPDX-License-Identifier: Apache-2.0
"""Agents of ADK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.adk.agents import LlmAgent
from google.adk.agents.run_config import RunConfig, StreamingMode
from google.adk.runners import InMemoryRunner
from google.genai import Client, types

if TYPE_CHECKING:
    from spanwright.console.provider import Provider


def _agent(model: Any) -> LlmAgent:
    return LlmAgent(name="host", model=model)


def gemini(provider: Provider) -> Any:
    from google.adk.models import Gemini

    asked = Client(api_key="test", http_options=types.HttpOptions(base_url=provider.url))

    class Asking(Gemini):
        @property
        def api_client(self) -> Client:
            return asked

    return _agent(Asking(model="gemini-2.5-flash"))


def messages(provider: Provider) -> Any:
    from anthropic import AsyncAnthropic
    from google.adk.models.anthropic_llm import AnthropicLlm

    asked = AsyncAnthropic(base_url=provider.url, api_key="test")

    class Asking(AnthropicLlm):
        @property
        def _anthropic_client(self) -> AsyncAnthropic:
            return asked

    return _agent(Asking(model="claude-haiku-4-5"))


def litellm(provider: Provider) -> Any:
    from google.adk.models.lite_llm import LiteLlm

    return _agent(LiteLlm("openai/gpt-4o-mini", api_base=provider.base_url, api_key="test"))


async def whole(agent: Any) -> None:
    await _run(agent, StreamingMode.NONE)


async def streamed(agent: Any) -> None:
    await _run(agent, StreamingMode.SSE)


async def _run(agent: Any, mode: StreamingMode) -> None:
    runner = InMemoryRunner(agent, app_name="house")
    await runner.session_service.create_session(app_name="house", user_id="u", session_id="s")
    message = types.Content(role="user", parts=[types.Part(text="hi")])
    told: dict[str, Any] = {"user_id": "u", "session_id": "s", "new_message": message}
    async for _ in runner.run_async(**told, run_config=RunConfig(streaming_mode=mode)):
        pass


WAYS = {whole: 1, streamed: 1}
