# SPDX-License-Identifier: Apache-2.0
"""Requests that hold objects of the application's own classes: untouched without content, harmless with it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

import hostile
from asking import HELLO

if TYPE_CHECKING:
    from collections.abc import Callable

    import anthropic

    from harness import Recorder

CONTENT: dict[str, Callable[[Any], dict[str, Any]]] = {
    "messages": lambda v: {"messages": v},
    "message": lambda v: {"messages": [v]},
    "text": lambda v: {"messages": [{"role": "user", "content": v}]},
    "block": lambda v: {"messages": [{"role": "user", "content": [v]}]},
    "input of a call": lambda v: {
        "messages": [
            {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": v}]}
        ]
    },
    "tool's answer": lambda v: {
        "messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": v}]}]
    },
    "system": lambda v: {"system": v},
    "tools": lambda v: {"tools": v},
    "tool": lambda v: {"tools": [v]},
    "metadata": lambda v: {"metadata": v},
    "extra": lambda v: {"extra_body": {"custom": v}},
}
FACTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "model": lambda v: {"model": v},
    "stop": lambda v: {"stop_sequences": v},
    "limit": lambda v: {"max_tokens": v},
    "thinking": lambda v: {"thinking": v},
    "tier": lambda v: {"service_tier": v},
}


def asked(client: anthropic.Anthropic, given: Callable[[Any], dict[str, Any]], value: Any) -> list[Any]:
    """Return what a caller sees, but for what differs from answer to answer."""
    whole: dict[str, Any] = {"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": HELLO, **given(value)}
    told = hostile.told(lambda: client.messages.create(**whole))
    return told if told[0] == "raised" else [told[0], told[1]["content"]]


@pytest.mark.parametrize("place", CONTENT)
def test_content_that_is_not_captured_is_not_touched(
    traced: Recorder, client: anthropic.Anthropic, place: str
) -> None:
    assert hostile.touched(partial(asked, client, CONTENT[place])) == hostile.UNTOUCHED


@pytest.mark.parametrize("content", ["NO_CONTENT", "SPAN_AND_EVENT"])
@pytest.mark.parametrize("place", [*CONTENT, *FACTS])
def test_an_object_that_fails_when_it_is_touched_costs_nobody_anything(
    instrumentor: Any, client: anthropic.Anthropic, place: str, content: str
) -> None:
    """Each call that is answered has its span; some the SDK itself refuses before it sends them."""
    ask = partial(asked, client, {**CONTENT, **FACTS}[place])
    bare = hostile.outcomes(ask)
    with hostile.unjudged(instrumentor(), content=content) as recorder:
        assert hostile.outcomes(ask) == bare
        assert len(recorder.spans) >= sum(told[0] == "returned" for told in bare.values())
