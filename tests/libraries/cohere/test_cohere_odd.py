# SPDX-License-Identifier: Apache-2.0
"""Odd answers: the caller gets exactly what the SDK alone gives, and the span ends."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import cohere
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asking import HELLO
from harness import Recorder
from spanwright.instrumentors.cohere import CohereInstrumentor
from strange_answers import MANY

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
NAMES = st.sampled_from(
    [
        *("id", "message", "finish_reason", "usage", "meta", "tokens", "billed_units", "input_tokens"),
        *("output_tokens", "cached_tokens", "content", "type", "text", "thinking", "tool_calls", "tool_plan"),
        *("citations", "function", "name", "arguments", "index", "delta", "results", "relevance_score"),
        *("event_type", "response", "generation_id", "generations", "classifications", "embeddings", "float"),
        *("role", "document", "is_finished", "search_units", "parameters", "chat_history"),
    ]
)
WORDS = st.sampled_from(
    [
        *("message-start", "message-end", "content-start", "content-delta", "tool-plan-delta"),
        *("tool-call-start", "tool-call-delta", "citation-start", "text-generation", "stream-start"),
        *("stream-end", "tool-calls-generation", "text", "thinking", "function", "COMPLETE", "ERROR", "{}"),
    ]
)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=3) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
EVENTS = st.lists(st.dictionaries(NAMES, ODD, max_size=4) | ODD, max_size=5)
CALLS: dict[str, tuple[type, str, dict[str, Any]]] = {
    "chat": (cohere.ClientV2, "chat", {"model": "m", "messages": HELLO}),
    "chat_v1": (cohere.Client, "chat", {"model": "m", "message": "Hello"}),
    "generate": (cohere.Client, "generate", {"model": "m", "prompt": "Hello"}),
    "classify": (cohere.Client, "classify", {"model": "m", "inputs": ["Hello"]}),
    "embed": (cohere.ClientV2, "embed", {"model": "m", "input_type": "search_query", "texts": ["a"]}),
    "rerank": (cohere.ClientV2, "rerank", {"model": "m", "query": "a", "documents": ["a", {"text": "b"}]}),
    "stream": (cohere.ClientV2, "chat_stream", {"model": "m", "messages": HELLO}),
    "stream_v1": (cohere.Client, "chat_stream", {"model": "m", "message": "Hello"}),
    "generate_stream": (cohere.Client, "generate_stream", {"model": "m", "prompt": "Hello"}),
}
if tuple(map(int, version("cohere").split(".")[:2])) < (5, 14):
    CALLS["embed"] = (cohere.ClientV2, "embed", {**CALLS["embed"][2], "embedding_types": ["float"]})


def outcome(call: str, body: bytes, kind: str) -> list[Any]:
    """Return everything that a caller sees: what came, and how it ended."""
    made, method, arguments = CALLS[call]

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": kind}, content=body)

    found: list[Any] = []
    with httpx.Client(transport=httpx.MockTransport(answer), verify=False) as sender:
        client = made(api_key="test", base_url="http://provider.test", httpx_client=sender)
        try:
            value = getattr(client, method)(**arguments)
            if "stream" in call:
                found.extend(map(repr, value))
            else:
                found.append(repr(value))
        except Exception as error:
            found += [type(error), str(error), type(error.__cause__), type(error.__context__)]
    return found


def compare(recorder: Recorder, call: str, body: bytes, kind: str) -> None:
    """Ask alone and instrumented; the caller must see the same, and the one span must be sound."""
    alone = outcome(call, body, kind)
    recorder.spans_exporter.clear()
    recorder.instrument(
        CohereInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    try:
        assert outcome(call, body, kind) == alone
    finally:
        recorder.uninstrument()
    assert len(recorder.spans) == 1
    assert recorder.findings() == []


@pytest.mark.parametrize("call", [name for name in CALLS if "stream" not in name])
def test_the_caller_of_odd_answers_gets_what_the_sdk_alone_gives(recorder: Recorder, call: str) -> None:
    @MANY
    @given(ODD)
    def any_answer(value: Any) -> None:
        compare(recorder, call, json.dumps(value).encode(), "application/json")

    any_answer()


@pytest.mark.parametrize("call", ["stream", "stream_v1", "generate_stream"])
def test_the_reader_of_odd_streams_gets_what_the_sdk_alone_gives(recorder: Recorder, call: str) -> None:
    @MANY
    @given(EVENTS)
    def any_stream(events: Any) -> None:
        lines = [json.dumps(event) for event in events]
        if call == "stream":
            compare(
                recorder, call, "".join(f"data: {line}\n\n" for line in lines).encode(), "text/event-stream"
            )
        else:
            compare(
                recorder, call, "".join(f"{line}\n" for line in lines).encode(), "application/stream+json"
            )

    any_stream()
