# SPDX-License-Identifier: Apache-2.0
"""Odd answers: the caller gets exactly what the library alone gives, and the span ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import litellm
import openai
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asking import HELLO
from spanwright.console.provider import Provider
from spanwright.instrumentors.litellm import LiteLLMInstrumentor

if TYPE_CHECKING:
    from harness import Recorder

ODD = [
    "choices-null",
    "choices-empty",
    "usage-null-details",
    "cumulative-usage",
    "no-finish",
    "only-done",
    "empty-body",
    "not-json",
    "mid-stream-error",
    "mid-stream-cut",
    "content-filter",
    "unknown-part",
    "model-only-in-second-chunk",
    "tool-delta-no-index",
    "tool-delta-null-arguments",
    "tool-delta-same-index-two-ids",
]
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ANSWERS: Any = st.fixed_dictionaries(
    {},
    optional={
        "id": JSON,
        "model": JSON,
        "usage": JSON | st.fixed_dictionaries({"prompt_tokens": JSON, "completion_tokens": JSON}),
        "choices": JSON
        | st.lists(
            st.fixed_dictionaries(
                {}, optional={"finish_reason": JSON, "message": JSON, "index": JSON, "delta": JSON}
            ),
            max_size=2,
        ),
    },
)


def told(value: Any) -> Any:
    """Return an answer as plain data without what differs from call to call."""
    data = value.model_dump()
    return {name: held for name, held in data.items() if name not in ("id", "created")}


def outcome(ask: Any, *, stream: bool) -> list[Any]:
    """Return everything that a caller sees: what came, and how it ended."""
    found: list[Any] = []
    try:
        answer = ask(stream=stream)
        if stream:
            found.extend(told(chunk) for chunk in answer)
        else:
            found.append(told(answer))
    except Exception as error:
        # The message carries times and addresses, and the library chooses the class by digits that it finds in it.
        found += [isinstance(error, openai.APIError), type(error.__cause__), type(error.__context__)]
    return found


@pytest.fixture
def everything(recorder: Recorder) -> Recorder:
    """Return the recorder with content everywhere, so that everything is read."""
    recorder.instrument(
        LiteLLMInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    return recorder


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("model", ODD)
def test_the_caller_gets_what_the_library_alone_gives(everything: Recorder, model: str, stream: bool) -> None:
    def ask(**more: Any) -> Any:
        with Provider() as provider:
            answer = litellm.completion(
                model=f"openai/odd:{model}",
                messages=HELLO,
                api_base=provider.base_url,
                api_key="test",
                max_retries=0,
                **more,
            )
            return iter(list_of(answer)) if stream else answer

    seen = outcome(ask, stream=stream)
    assert everything.tree() == [f"chat odd:{model}"]
    everything.uninstrument()
    assert outcome(ask, stream=stream) == seen


def list_of(stream: Any) -> list[Any]:
    """Read a stream while its provider is there."""
    return list(stream)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=ANSWERS)
def test_whatever_comes_is_handed_over(everything: Recorder, stream: bool, body: Any) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if not stream:
            return httpx.Response(200, json=body)
        text = f"data: {httpx.Response(200, json=body).text}\n\ndata: [DONE]\n\n"
        return httpx.Response(200, text=text, headers={"content-type": "text/event-stream"})

    client = openai.OpenAI(
        base_url="http://provider.test/v1",
        api_key="test",
        max_retries=0,
        http_client=httpx.Client(transport=httpx.MockTransport(answer)),
    )

    def ask(**more: Any) -> Any:
        return litellm.completion(model="openai/gpt-4o-mini", messages=HELLO, client=client, **more)

    before = len(everything.spans)
    seen = outcome(ask, stream=stream)
    assert len(everything.spans) == before + 1
    everything.uninstrument()
    try:
        assert outcome(ask, stream=stream) == seen
    finally:
        everything.instrument(
            LiteLLMInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
        )
