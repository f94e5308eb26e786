# SPDX-License-Identifier: Apache-2.0
"""Text completions of SDKs that speak OpenAI's protocol."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alike.sdk import SDK
    from harness import Recorder


def test_a_completion_has_its_own_operation(
    sdk: SDK, traced: Recorder, client: Any, server: dict[str, Any]
) -> None:
    answer = client.completions.create(model=sdk.model, prompt="Hello there", max_tokens=50)
    assert traced.one().name == f"text_completion {sdk.model}"
    assert traced.attributes() == {
        **sdk.answer,
        **server,
        "gen_ai.operation.name": "text_completion",
        "gen_ai.request.max_tokens": 50,
        "gen_ai.response.id": answer.id,
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": answer.usage.completion_tokens,
    }


async def test_an_awaited_completion_has_its_own_operation(sdk: SDK, traced: Recorder, aclient: Any) -> None:
    await aclient.completions.create(model=sdk.model, prompt="Hello there")
    assert traced.tree() == [f"text_completion {sdk.model}"]


def test_a_streamed_completion_is_told_as_a_whole_one(sdk: SDK, shown: Recorder, client: Any) -> None:
    client.completions.create(model=sdk.model, prompt="Hello there")
    list(client.completions.create(model=sdk.model, prompt="Hello there", stream=True))
    whole, streamed = (dict(span.attributes or {}) for span in shown.spans)
    assert json.loads(str(whole["gen_ai.input.messages"])) == [
        {"role": "user", "parts": [{"type": "text", "content": "Hello there"}]}
    ]
    assert whole["gen_ai.output.messages"] == streamed["gen_ai.output.messages"]
