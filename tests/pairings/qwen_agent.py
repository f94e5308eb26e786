# SPDX-License-Identifier: Apache-2.0
"""Models of Qwen-Agent, and its agents, which stream whatever they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qwen_agent.agents import Assistant
from qwen_agent.llm import get_chat_model

if TYPE_CHECKING:
    from spanwright.console.provider import Provider

# Of an answer of OpenAI the framework keeps the text alone.
UNTOLD = ("chat",)
_ASK = [{"role": "user", "content": "hi"}]


def chat(provider: Provider) -> Any:
    place = {"model_server": provider.base_url, "api_key": "test"}
    asked = {"extra_body": {"stream_options": {"include_usage": True}}}
    return get_chat_model({"model": "gpt-4o-mini", "model_type": "oai", **place, "generate_cfg": asked})


def whole(model: Any) -> None:
    model.chat(messages=_ASK, stream=False)


def streamed(model: Any) -> None:
    for _ in Assistant(llm=model, name="host").run(_ASK):
        pass


WAYS = {whole: 1, streamed: 1}
