# SPDX-License-Identifier: Apache-2.0
"""What the tests of many libraries ask, and what an answer in OpenAI's shape says of its usage."""

from __future__ import annotations

from typing import Any

HELLO: list[Any] = [{"role": "user", "content": "Hello there"}]
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def used(answer: Any) -> dict[str, Any]:
    """Return the token counts of an answer as attributes."""
    return {
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": answer.usage.completion_tokens,
    }
