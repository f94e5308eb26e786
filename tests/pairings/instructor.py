# SPDX-License-Identifier: Apache-2.0
"""Clients of Instructor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import instructor
from pydantic import BaseModel

if TYPE_CHECKING:
    from spanwright.console.provider import Provider

# What is asked for may take several model calls, which are left to the client's layer.
LEFT = ("chat", "messages", "gemini", "litellm")
# Its streams of LiteLLM are asynchronous ones, which it then reads as if they were not.
WITHOUT = {"litellm": ("streamed",)}
SAID = {"text": '{"name": "Ada"}'}
ASKED: list[Any] = [{"role": "user", "content": "Who is there?"}]


class Person(BaseModel):
    """What is asked for."""

    name: str


def chat(provider: Provider) -> Any:
    import openai

    asked = openai.OpenAI(base_url=provider.base_url, api_key="test", max_retries=0)
    return instructor.from_openai(asked, mode=instructor.Mode.JSON), {
        "model": "gpt-4o-mini",
        "stream_options": {"include_usage": True},
    }


def messages(provider: Provider) -> Any:
    import anthropic

    asked = anthropic.Anthropic(base_url=provider.url, api_key="test", max_retries=0)
    made = instructor.from_anthropic(asked, mode=instructor.Mode.ANTHROPIC_JSON)
    return made, {"model": "claude-haiku-4-5", "max_tokens": 99}


def gemini(provider: Provider) -> Any:
    from google.genai import Client, types

    asked = Client(api_key="test", http_options=types.HttpOptions(base_url=provider.url))
    made = instructor.from_genai(asked, mode=instructor.Mode.GENAI_STRUCTURED_OUTPUTS)
    return made, {"model": "gemini-2.5-flash"}


def litellm(provider: Provider) -> Any:
    from litellm import completion

    told = {"api_base": provider.base_url, "api_key": "test", "model": "openai/gpt-4o-mini"}
    made = instructor.from_litellm(completion, mode=instructor.Mode.JSON)
    return made, {**told, "stream_options": {"include_usage": True}}


def whole(made: Any) -> None:
    client, told = made
    told = {key: value for key, value in told.items() if key != "stream_options"}
    client.chat.completions.create(messages=ASKED, response_model=Person, max_retries=0, **told)


def streamed(made: Any) -> None:
    client, told = made
    for _ in client.chat.completions.create_partial(
        messages=ASKED, response_model=Person, max_retries=0, **told
    ):
        pass


WAYS = {whole: 1, streamed: 1}
