# SPDX-License-Identifier: Apache-2.0
"""What Fireworks has beside chats: text completions, and messages as Anthropic speaks them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dirty_equals import IsStr

from alike.completions import *  # noqa: F403 - the scenarios are the tests
from asking import HELLO

if TYPE_CHECKING:
    from alike.sdk import SDK
    from harness import Recorder

WEATHER = {
    "name": "get_weather",
    "description": "The weather in a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def ask(sdk: SDK, client: Any, **given: Any) -> Any:
    return client.messages.create(**{"model": sdk.model, "messages": HELLO, "max_tokens": 64, **given})


def told(sdk: SDK, answer: Any) -> dict[str, Any]:
    """Return what the span of an answered message tells, but for the server."""
    used = answer.to_dict()["usage"]
    return {
        **sdk.asked,
        "gen_ai.request.max_tokens": 64,
        "gen_ai.response.model": sdk.model,
        "gen_ai.response.id": answer.id,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": used["input_tokens"],
        "gen_ai.usage.output_tokens": used["output_tokens"],
    }


def test_a_message(sdk: SDK, traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    answer = ask(sdk, client)
    assert traced.attributes() == {**told(sdk, answer), **server}


async def test_a_message_that_is_awaited(
    sdk: SDK, traced: Recorder, aclient: Any, server: dict[str, Any]
) -> None:
    answer = await ask(sdk, aclient)
    assert traced.attributes() == {**told(sdk, answer), **server}


def test_the_content_of_a_message(sdk: SDK, shown: Recorder, client: Any) -> None:
    question = [{"role": "user", "content": "What is the weather in Paris?"}]
    ask(sdk, client, messages=question, tools=[WEATHER])
    (said,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert said["parts"][-1] == {
        "type": "tool_call",
        "id": IsStr(),
        "name": "get_weather",
        "arguments": {"city": "Paris"},
    }
