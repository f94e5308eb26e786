# SPDX-License-Identifier: Apache-2.0
"""Odd answers of Replicate: the caller gets exactly what the SDK alone gives, and the span ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import replicate
from hypothesis import given
from hypothesis import strategies as st

from harness import Recorder
from spanwright.instrumentors.replicate import ReplicateInstrumentor
from strange_answers import MANY

if TYPE_CHECKING:
    pass

NAMES = st.sampled_from(
    ["output", "metrics", "input_token_count", "status", "url", "error", "urls", "get", "id"]
)
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.text(max_size=3)
    | st.sampled_from(["https://a/b.png", "data:"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
ANSWERS = ODD | st.fixed_dictionaries(
    {"output": ODD, "metrics": ODD, "error": st.none() | st.text(max_size=3), "id": st.just("p")},
).map(lambda told: {"model": "m", "version": "v", "status": "succeeded", "input": {}, **told})


def outcome(call: str, body: bytes) -> list[Any]:
    """Return everything that a caller sees."""
    transport = httpx.MockTransport(lambda _: httpx.Response(201, content=body))
    client = replicate.Client(api_token="test", base_url="http://provider.test", transport=transport)
    client.poll_interval = 0
    try:
        if call == "run":
            return [repr_of(client.run("acme/text", input={"prompt": "a"}))]
        return [repr_of(client.predictions.create("1234", {"prompt": ["a"]}))]
    except Exception as error:
        return [type(error), str(error), type(error.__cause__), type(error.__context__)]
    finally:
        client._client.close()


def repr_of(value: Any) -> str:
    """Return what is seen of an output: a file shows its address."""
    if isinstance(value, list):
        return str([repr_of(each) for each in value])
    if isinstance(value, dict):
        return str({key: repr_of(each) for key, each in value.items()})
    return f"{type(value).__name__} {value}"


@pytest.mark.parametrize("call", ["run", "create"])
def test_the_caller_of_odd_answers_gets_what_the_sdk_alone_gives(recorder: Recorder, call: str) -> None:
    @MANY
    @given(ANSWERS)
    def any_answer(value: Any) -> None:
        if isinstance(value, dict) and value.get("status") in ("starting", "processing"):
            return
        body = json.dumps(value).encode()
        alone = outcome(call, body)
        recorder.spans_exporter.clear()
        recorder.instrument(
            ReplicateInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
        )
        try:
            assert outcome(call, body) == alone
        finally:
            recorder.uninstrument()
        assert len(recorder.spans) == 1
        assert recorder.findings() == []

    any_answer()
