# SPDX-License-Identifier: Apache-2.0
"""Agents of smolagents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smolagents import LiteLLMModel, OpenAIModel, ToolCallingAgent

if TYPE_CHECKING:
    from spanwright.console.provider import Provider

from spanwright.console.provider import ToolCall

SAID = {"tool_calls": [ToolCall("final_answer", {"answer": "hello"})]}


def chat(provider: Provider) -> Any:
    return OpenAIModel("gpt-4o-mini", api_base=provider.base_url, api_key="test")


def litellm(provider: Provider) -> Any:
    return LiteLLMModel("openai/gpt-4o-mini", api_base=provider.base_url, api_key="test")


def whole(model: Any) -> None:
    ToolCallingAgent([], model, verbosity_level=-1).run("hi")


def streamed(model: Any) -> None:
    for _ in ToolCallingAgent([], model, stream_outputs=True, verbosity_level=-1).run("hi", stream=True):
        pass


WAYS = {whole: 1, streamed: 1}
