# SPDX-License-Identifier: Apache-2.0
"""Legacy text completions, which the SDK had before 1.0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat, IsStr

if TYPE_CHECKING:
    from harness import Recorder

ASKED: dict[str, Any] = {
    "model": "claude-2.1",
    "max_tokens_to_sample": 64,
    "prompt": "\n\nHuman: Hello\n\nAssistant:",
}
STREAMED = {"gen_ai.request.stream": True, "gen_ai.response.time_to_first_chunk": IsFloat(gt=0)}


@pytest.mark.parametrize("stream", [False, True])
def test_a_completion(traced: Recorder, client: Any, server: dict[str, Any], stream: bool) -> None:
    made = client.completions.create(**ASKED, stream=stream)
    if stream:
        assert "".join(chunk.completion for chunk in made)
    assert traced.attributes("text_completion claude-2.1") == {
        "gen_ai.operation.name": "text_completion",
        "gen_ai.provider.name": "anthropic",
        **server,
        "gen_ai.request.model": "claude-2.1",
        "gen_ai.request.max_tokens": 64,
        "gen_ai.response.id": IsStr(regex="compl_.+"),
        "gen_ai.response.model": "claude-2.1",
        "gen_ai.response.finish_reasons": ["stop"],
        **(STREAMED if stream else {}),
    }


async def test_the_content_of_a_completion(shown: Recorder, aclient: Any) -> None:
    await aclient.completions.create(**{**ASKED, "prompt": "Hi"})
    found = shown.attributes()
    assert found["gen_ai.input.messages"] == '[{"role":"user","parts":[{"type":"text","content":"Hi"}]}]'
    assert "You said" in found["gen_ai.output.messages"]
