# SPDX-License-Identifier: Apache-2.0
"""What the tests of many libraries ask, and what an answer of OpenAI's says of itself and of its usage."""

from __future__ import annotations

from typing import Any

from dirty_equals import IsStr

HELLO: list[Any] = [{"role": "user", "content": "Hello there"}]
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
ANSWERED: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
    "gen_ai.response.id": IsStr(regex="chatcmpl-.+"),
    "gen_ai.response.finish_reasons": ["stop"],
    "openai.api.type": "chat_completions",
    "openai.response.service_tier": "default",
    "openai.response.system_fingerprint": IsStr(regex="fp_.+"),
}
"""What every answer of `gpt-4o-mini` to a chat completion tells."""


def used(answer: Any) -> dict[str, Any]:
    """Return the token counts of an answer as attributes."""
    return {
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": answer.usage.completion_tokens,
    }
