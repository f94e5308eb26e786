# SPDX-License-Identifier: Apache-2.0
"""Odd answers: the caller gets exactly what the SDK alone gives, and the span ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anthropic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.console.provider import Reply
from spanwright.instrumentors.anthropic import AnthropicInstrumentor
from strange_answers import MANY

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.console.provider import Provider

ASKED: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "Hello there"}],
}
START = {"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant"}}
BODIES: list[Any] = [
    {},
    [],
    None,
    "text",
    {"type": "message", "content": None, "usage": None},
    {"type": "message", "content": [None, 7, "x", {"type": 7}], "usage": {"input_tokens": "many"}},
    {"id": 7, "model": ["m"], "stop_reason": {}, "usage": [], "content": {}},
    {"type": "message", "content": [{"type": "hologram", "depth": 3}], "stop_reason": "bored"},
    {"type": "error", "error": {"type": "odd_error", "message": "in a 200"}},
]
EVENTS: list[list[Any]] = [
    [],
    [{"type": "ping"}],
    [{"type": "message_stop"}],
    [{**START, "message": None}],
    [START, {"type": "message_delta", "delta": None, "usage": None}],
    [START, {"type": "content_block_delta", "index": 9, "delta": {"type": "text_delta", "text": "x"}}],
    [START, {"type": "content_block_start", "index": None, "content_block": None}],
    [START, {"type": "surprise", "value": 1}, {"type": "message_stop"}],
    [START, {"type": "error", "error": None}],
]


def plain(value: Any) -> Any:
    return value.model_dump(mode="json", warnings=False) if hasattr(value, "model_dump") else value


def lines(events: list[Any]) -> list[str]:
    return [f"event: {each.get('type')}\ndata: {json.dumps(each)}" for each in events]


def outcome(client: anthropic.Anthropic, *, stream: bool) -> list[Any]:
    """Return everything that a caller sees: what came, and how it ended."""
    found: list[Any] = []
    try:
        answer: Any = client.messages.create(**ASKED, stream=stream)
        if stream:
            found.extend(plain(event) for event in answer)
        else:
            found.append(plain(answer))
    except Exception as error:
        found += [type(error), str(error), type(error.__cause__), type(error.__context__)]
    return found


def alike(
    both: Recorder, client: anthropic.Anthropic, provider: Provider, reply: Reply, stream: bool
) -> None:
    provider.say(reply, reply)
    seen = outcome(client, stream=stream)
    assert both.tree() == ["chat claude-haiku-4-5"]
    both.uninstrument()
    assert outcome(client, stream=stream) == seen


@pytest.mark.parametrize("body", BODIES, ids=str)
def test_an_odd_body(both: Recorder, client: anthropic.Anthropic, provider: Provider, body: Any) -> None:
    alike(both, client, provider, Reply(body=json.dumps(body)), stream=False)


@pytest.mark.parametrize("body", [b"", b"{", b"<html>"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_body_that_is_no_json(
    both: Recorder, client: anthropic.Anthropic, provider: Provider, body: bytes, stream: bool
) -> None:
    alike(both, client, provider, Reply(body=body), stream=stream)


@pytest.mark.parametrize("events", EVENTS, ids=str)
def test_odd_events(
    both: Recorder, client: anthropic.Anthropic, provider: Provider, events: list[Any]
) -> None:
    alike(both, client, provider, Reply(events=lines(events)), stream=True)


NAMES = st.sampled_from(
    [
        *("type", "id", "model", "content", "usage", "index", "delta", "message", "content_block", "text"),
        *("stop_reason", "input_tokens", "output_tokens", "name", "input", "thinking", "role"),
    ]
)
WORDS = st.sampled_from(
    [
        *("message", "text", "tool_use", "thinking", "message_start", "message_delta", "content_block_start"),
        *("content_block_delta", "text_delta", "input_json_delta", "message_stop", "assistant", "end_turn"),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=15,
)


@MANY
@given(body=st.dictionaries(NAMES, JSON, max_size=6))
def test_any_body_reaches_the_caller_as_it_is(
    both: Recorder, client: anthropic.Anthropic, provider: Provider, body: Any
) -> None:
    reply = Reply(body=json.dumps(body))
    provider.say(reply, reply)
    seen = outcome(client, stream=False)
    both.uninstrument()
    assert outcome(client, stream=False) == seen
    both.instrument(
        AnthropicInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )


@MANY
@given(events=st.lists(st.dictionaries(NAMES, JSON, max_size=5), max_size=4))
def test_any_events_reach_the_caller_as_they_are(
    both: Recorder, client: anthropic.Anthropic, provider: Provider, events: list[Any]
) -> None:
    reply = Reply(events=lines([START, *events]))
    provider.say(reply, reply)
    seen = outcome(client, stream=True)
    both.uninstrument()
    assert outcome(client, stream=True) == seen
    both.instrument(
        AnthropicInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
