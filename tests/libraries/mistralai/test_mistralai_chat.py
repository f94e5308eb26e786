# SPDX-License-Identifier: Apache-2.0
"""Chat completions, whole: the span of each kind of question and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dirty_equals import IsStr

if TYPE_CHECKING:
    from harness import Recorder

HELLO: list[Any] = [{"role": "user", "content": "Hello there"}]
MODEL = "mistral-small-latest"


def test_a_chat_completion(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    answer = client.chat.complete(model=MODEL, messages=HELLO)
    assert traced.attributes() == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "mistral_ai",
        **server,
        "gen_ai.request.model": MODEL,
        "gen_ai.response.model": MODEL,
        "gen_ai.response.id": IsStr(regex="[0-9a-f]{32}"),
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": answer.usage.completion_tokens,
    }
