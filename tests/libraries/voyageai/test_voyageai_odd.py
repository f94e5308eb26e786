# SPDX-License-Identifier: Apache-2.0
"""Odd answers of Voyage: the caller gets exactly what the SDK alone gives, and the span ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import voyageai
from hypothesis import given
from hypothesis import strategies as st

from harness import Recorder
from spanwright.console.provider import Provider, Reply
from spanwright.instrumentors.voyageai import VoyageAIInstrumentor
from strange_answers import MANY, odd_json

if TYPE_CHECKING:
    pass

NAMES = st.sampled_from(
    ["data", "usage", "total_tokens", "embedding", "index", "relevance_score", "model", "object"]
)
ODD = odd_json(NAMES)
CALLS: dict[str, tuple[Any, ...]] = {
    "embed": (["a"], "voyage-3.5"),
    "multimodal_embed": ([["a"]], "voyage-multimodal-3"),
    "contextualized_embed": ([["a"]], "voyage-context-3"),
    "rerank": ("a", ["a", "b"], "rerank-2"),
}


def outcome(client: Any, call: str) -> list[Any]:
    """Return everything that a caller sees."""
    try:
        value = getattr(client, call)(*CALLS[call])
    except Exception as error:
        return [type(error), str(error), type(error.__cause__), type(error.__context__)]
    return [type(value), repr(vars(value))]


@pytest.mark.parametrize("call", CALLS)
def test_the_caller_of_odd_answers_gets_what_the_sdk_alone_gives(
    recorder: Recorder, provider: Provider, client: voyageai.Client, call: str
) -> None:
    if not hasattr(client, call):
        pytest.skip(f"this version has no {call}")

    @MANY
    @given(ODD)
    def any_answer(value: Any) -> None:
        body = json.dumps(value)
        provider.say(Reply(body=body), Reply(body=body))
        alone = outcome(client, call)
        recorder.spans_exporter.clear()
        recorder.instrument(
            VoyageAIInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
        )
        try:
            assert outcome(client, call) == alone
        finally:
            recorder.uninstrument()
        assert len(recorder.spans) == 1
        assert recorder.findings() == []

    any_answer()
