# SPDX-License-Identifier: Apache-2.0
"""Odd answers: the caller gets exactly what the SDK alone gives, and the span ends."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from google import genai
from google.genai import types
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import Recorder
from spanwright.console.provider import Provider, Reply
from spanwright.instrumentors.google_genai import GoogleGenAIInstrumentor
from wires.gemini import WIRE

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = "gemini-2.0-flash"
ODD: list[Any] = [
    {},
    {"candidates": None},
    {"candidates": []},
    {"candidates": [{}]},
    {"candidates": [{"content": None}]},
    {"candidates": [{"content": {}}]},
    {"candidates": [{"content": {"parts": None, "role": "model"}, "finishReason": "STOP"}]},
    {"candidates": [{"content": {"parts": [{}]}, "finishReason": "SOMETHING_NEW"}]},
    {"candidates": [{"content": {"parts": [{"unheardOf": {"a": 1}}]}, "finishReason": "STOP"}]},
    {"candidates": [{"content": {"parts": [{"functionCall": {}}]}}]},
    {"candidates": [{"content": {"parts": [{"text": 1}]}}]},
    {"candidates": "many"},
    {"usageMetadata": None},
    {"usageMetadata": {"promptTokenCount": "many"}},
    {"usageMetadata": {"promptTokenCount": 1, "promptTokensDetails": [None, {"modality": 1}, {}]}},
    {"usageMetadata": {"promptTokensDetails": [{"modality": "SMELL", "tokenCount": 3}]}},
    {"modelVersion": 1, "responseId": []},
    {"promptFeedback": {"blockReason": None}},
    {"promptFeedback": "no"},
    [],
    [{"error": {"code": 400}}],
    None,
    "text",
    1,
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMED = st.fixed_dictionaries(
    {},
    optional={
        "candidates": JSON
        | st.lists(
            st.fixed_dictionaries({}, optional={"content": JSON, "finishReason": JSON, "index": JSON}),
            max_size=2,
        ),
        "usageMetadata": JSON,
        "promptFeedback": JSON,
        "modelVersion": JSON,
        "responseId": JSON,
        "error": JSON,
    },
)


@pytest.fixture(scope="module")
def odd_client() -> Iterator[tuple[Provider, genai.Client]]:
    """Return a provider and a client of it that serve many examples."""
    with Provider(wires=[WIRE]) as provider:
        client = genai.Client(api_key="test", http_options=types.HttpOptions(base_url=provider.url))
        yield provider, client
        if hasattr(client, "close"):
            client.close()


@pytest.fixture
def everything(recorder: Recorder) -> Recorder:
    """Return the recorder with content everywhere, so that everything is read."""
    recorder.instrument(
        GoogleGenAIInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    return recorder


def outcome(provider: Provider, client: genai.Client, answer: Any, *, stream: bool) -> list[Any]:
    """Return everything that a caller sees: what came, and how it ended."""
    said = answer if isinstance(answer, str) else json.dumps(answer)
    provider.say(Reply(events=[f"data: {said}"] * 2) if stream else Reply(body=said))
    found: list[Any] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if stream:
                for chunk in client.models.generate_content_stream(model=MODEL, contents="Hello there"):
                    found.append(repr(chunk))
            else:
                found.append(repr(client.models.generate_content(model=MODEL, contents="Hello there")))
        except Exception as error:
            found += [type(error), type(error.__cause__), type(error.__context__)]
    return [without_date(each) for each in found]


def without_date(told: Any) -> Any:
    """Leave the headers out, which name the moment."""
    return told if not isinstance(told, str) else told.partition("sdk_http_response")[0]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("answer", ODD, ids=lambda each: json.dumps(each)[:40])
def test_the_caller_gets_what_the_sdk_alone_gives(
    everything: Recorder, odd_client: tuple[Provider, genai.Client], answer: Any, stream: bool
) -> None:
    seen = outcome(*odd_client, answer, stream=stream)
    assert everything.tree() == [f"generate_content {MODEL}"]
    everything.uninstrument()
    assert outcome(*odd_client, answer, stream=stream) == seen


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=NAMED | JSON)
def test_whatever_comes_is_handed_over(
    odd_client: tuple[Provider, genai.Client], answer: Any, stream: bool
) -> None:
    alone = outcome(*odd_client, answer, stream=stream)
    recorder = Recorder()
    recorder.instrument(
        GoogleGenAIInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    try:
        assert outcome(*odd_client, answer, stream=stream) == alone
        assert len(recorder.spans) == 1
        assert recorder.findings() == []
    finally:
        recorder.shutdown()
