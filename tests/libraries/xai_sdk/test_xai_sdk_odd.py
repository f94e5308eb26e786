# SPDX-License-Identifier: Apache-2.0
"""Odd answers: the caller gets exactly what the SDK alone gives, and the span ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xai_sdk.chat import user

from spanwright.instrumentors.xai_sdk import XaiInstrumentor
from strange_answers import MANY
from wires.xai import OUTPUTS, answer, chunks, said

if TYPE_CHECKING:
    import xai_sdk

    from harness import Recorder
    from wires.xai import Xai

ASKED: dict[str, Any] = {"model": "grok-4", "messages": [user("Hello there")]}
TEXTS = st.text(max_size=8)
CALLS = st.fixed_dictionaries(
    {},
    optional={
        "id": TEXTS,
        "type": st.integers(-1, 12),
        "function": st.fixed_dictionaries({}, optional={"name": TEXTS, "arguments": TEXTS}),
    },
)
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "role": st.integers(0, 9),
        "content": TEXTS,
        "reasoning_content": TEXTS,
        "tool_calls": st.lists(CALLS, max_size=2),
    },
)
ANSWERED = st.fixed_dictionaries(
    {},
    optional={
        "id": TEXTS,
        "model": TEXTS,
        "usage": st.fixed_dictionaries(
            {},
            optional={
                "prompt_tokens": st.integers(-5, 5),
                "completion_tokens": st.integers(-5, 5),
                "total_tokens": st.integers(-5, 5),
            },
        ),
        OUTPUTS: st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "index": st.integers(0, 3),
                    "finish_reason": st.integers(0, 9),
                    "message": MESSAGES,
                },
            ),
            max_size=3,
        ),
    },
)


def outcome(client: xai_sdk.Client, *, stream: bool) -> list[Any]:
    """Return everything that a caller sees: what came, and how it ended."""
    found: list[Any] = []
    try:
        chat = client.chat.create(**ASKED)
        if stream:
            found.extend((str(chunk), response.content) for response, chunk in chat.stream())
        else:
            response = chat.sample()
            found += [str(response.proto), response.content, response.finish_reason]
    except Exception as error:
        found += [type(error), str(error), type(error.__cause__), type(error.__context__)]
    return found


def both(recorder: Recorder, client: xai_sdk.Client, provider: Xai, said: Any, *, stream: bool) -> None:
    provider.say(said, said)
    recorder.uninstrument()
    bare = outcome(client, stream=stream)
    recorder.instrument(
        XaiInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    recorder.spans_exporter.clear()
    assert outcome(client, stream=stream) == bare
    assert len(recorder.spans) == 1


@MANY
@given(given=ANSWERED)
def test_any_answer_is_as_without_us(
    recorder: Recorder, client: xai_sdk.Client, provider: Xai, given: dict[str, Any]
) -> None:
    both(recorder, client, provider, answer(**given), stream=False)


STREAMS: list[Any] = [
    [],
    chunks()[:1],
    chunks()[1:],
    chunks()[::-1],
    chunks(said("One"), said("Two")),
    chunks(said("", reasoning_content="Hm", tool_calls=[{"id": "call_1"}])),
]


@pytest.mark.parametrize("given", STREAMS)
def test_any_stream_is_as_without_us(
    recorder: Recorder, client: xai_sdk.Client, provider: Xai, given: Any
) -> None:
    both(recorder, client, provider, given, stream=True)
