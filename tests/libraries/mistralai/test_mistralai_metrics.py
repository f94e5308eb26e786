# SPDX-License-Identifier: Apache-2.0
"""Metrics: one count for each call, streamed or not, refused or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from asking import HELLO

if TYPE_CHECKING:
    from harness import Recorder

MODEL = "mistral-small-latest"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_call_is_counted_once(traced: Recorder, client: Any, server: dict[str, Any], stream: bool) -> None:
    if stream:
        usage = list(client.chat.stream(model=MODEL, messages=HELLO))[-1].data.usage
    else:
        usage = client.chat.complete(model=MODEL, messages=HELLO).usage
    labels = {
        **server,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "mistral_ai",
        "gen_ai.request.model": MODEL,
        "gen_ai.response.model": MODEL,
    }
    tokens = {
        point.labels["gen_ai.token.type"]: point for point in traced.points("gen_ai.client.token.usage")
    }
    assert {kind: (point.sum, point.count) for kind, point in tokens.items()} == {
        "input": (usage.prompt_tokens, 1),
        "output": (usage.completion_tokens, 1),
    }
    (duration,) = traced.points("gen_ai.client.operation.duration")
    assert (duration.labels, duration.count) == (labels, 1)


def test_a_refused_call_is_counted_by_its_error(traced: Recorder, client: Any, sdk: Any) -> None:
    with pytest.raises(sdk.errors.SDKError):
        client.chat.complete(model="error:429", messages=HELLO)
    (duration,) = traced.points("gen_ai.client.operation.duration")
    assert duration.labels["error.type"].endswith(".SDKError")
    assert traced.points("gen_ai.client.token.usage") == []
