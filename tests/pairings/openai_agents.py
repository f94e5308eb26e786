# SPDX-License-Identifier: Apache-2.0
"""Agents of the OpenAI Agents SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import agents
import openai

if TYPE_CHECKING:
    from spanwright.console.provider import Provider

agents.set_tracing_disabled(False)
agents.set_trace_processors([])


def _client(provider: Provider) -> Any:
    return openai.AsyncOpenAI(base_url=provider.base_url, api_key="test", max_retries=0)


def _agent(model: Any) -> agents.Agent[Any]:
    return agents.Agent("Host", model=model, model_settings=agents.ModelSettings(include_usage=True))


def chat(provider: Provider) -> Any:
    return _agent(agents.OpenAIChatCompletionsModel("gpt-4o-mini", _client(provider)))


def responses(provider: Provider) -> Any:
    return _agent(agents.OpenAIResponsesModel("gpt-4o-mini", _client(provider)))


def litellm(provider: Provider) -> Any:
    from agents.extensions.models.litellm_model import LitellmModel

    return _agent(LitellmModel("openai/gpt-4o-mini", base_url=provider.base_url, api_key="test"))


async def whole(agent: Any) -> None:
    await agents.Runner.run(agent, "hi")


async def streamed(agent: Any) -> None:
    async for _ in agents.Runner.run_streamed(agent, "hi").stream_events():
        pass


WAYS = {whole: 1, streamed: 1}
