# SPDX-License-Identifier: Apache-2.0
"""Agents of BeeAI, which ask every model through LiteLLM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from beeai_framework.adapters.openai import OpenAIChatModel
from beeai_framework.agents.requirement import RequirementAgent

from spanwright.console.provider import ToolCall

if TYPE_CHECKING:
    from spanwright.console.provider import Provider

SAID = {"tool_calls": [ToolCall("final_answer", {"response": "hello"})]}


def litellm(provider: Provider) -> Any:
    return OpenAIChatModel("gpt-4o-mini", base_url=provider.base_url, api_key="test")


async def whole(model: Any) -> None:
    await _run(model, stream=False)


async def streamed(model: Any) -> None:
    await _run(model, stream=True)


async def _run(model: Any, *, stream: bool) -> None:
    model.parameters.stream = stream
    await RequirementAgent(llm=model, name="host", description="Greets.").run("hi")


WAYS = {whole: 1, streamed: 1}
