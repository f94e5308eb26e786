# SPDX-License-Identifier: Apache-2.0
"""Odd requests: sentinels and JSON of any kind are sent as they are, and told only where they make sense."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import openai
import pytest
from openai import NOT_GIVEN

from asking import HELLO

if TYPE_CHECKING:
    from harness import Recorder


def test_sentinels_of_the_sdk_are_told_nowhere(
    traced: Recorder, client: openai.OpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    """`NotGiven`, `Omit` and None leave no attribute, and no complaint of OpenTelemetry about its type."""
    none: Any = None
    with caplog.at_level(logging.DEBUG, logger="opentelemetry"):
        client.chat.completions.create(
            model="gpt-4o-mini",
            messages=HELLO,
            temperature=NOT_GIVEN,
            top_p=none,
            stop=none,
            tools=NOT_GIVEN,
            **{"seed": openai.omit} if hasattr(openai, "omit") else {},
        )
        with client.chat.completions.stream(model="gpt-4o-mini", messages=HELLO) as stream:
            stream.until_done()
    assert [record for record in caplog.records if record.name.startswith("opentelemetry")] == []
    told = traced.everything()
    assert not any(word in told for word in ("NOT_GIVEN", "NotGiven", "Omit", "None"))


@pytest.mark.parametrize(
    "odd",
    [
        {"temperature": "hot"},
        {"temperature": float("1e308")},
        {"max_tokens": "many"},
        {"max_tokens": 10**30},
        {"seed": True},
        {"n": 0},
        {"n": "2"},
        {"stop": [1, 2]},
        {"stop": ""},
        {"stop": []},
        {"tools": "none"},
        {"tools": [1, None]},
        {"response_format": "text"},
        {"response_format": {"type": 7}},
        {"modalities": "audio"},
        {"modalities": [["audio"]]},
        {"service_tier": 7},
        {"reasoning_effort": {"level": "low"}},
        {"stream": "yes"},
        {"messages": []},
        {"messages": "Hello there"},
        {"messages": {"role": "user"}},
        {"messages": [None, 1, "text", ["x"]]},
        {"messages": [{"role": 7, "content": {"type": "text"}}]},
        {"messages": [{"role": "tool", "content": 7}]},
        {
            "messages": [
                {"role": "user", "content": [None, 7, {"type": 7}, {"type": "text"}, {"type": "image_url"}]}
            ]
        },
        {"messages": [{"role": "assistant", "tool_calls": "none", "function_call": 7}]},
        {"messages": [{"role": "assistant", "tool_calls": [None, {}, {"function": 7}]}]},
        {"model": None},
        {"model": 7},
        {"model": ""},
    ],
)
def test_odd_requests_are_sent_and_answered_as_without_us(odd: dict[str, Any], http: Any) -> None:
    """Any JSON may stand in `extra_body`: the same bytes go out, and the answer comes in."""
    from harness import Recorder
    from spanwright.instrumentors.openai import OpenAIInstrumentor

    sent: list[bytes] = []

    def answer(request: Any) -> Any:
        sent.append(request.content)
        return http.Response(200, json={"id": "c", "choices": []})

    client = openai.OpenAI(
        base_url="http://127.0.0.1:9/v1",
        api_key="test",
        http_client=http.Client(verify=False, transport=http.MockTransport(answer)),
    )

    def ask() -> Any:
        return client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, extra_body=odd)

    recorder = Recorder()
    recorder.instrument(
        OpenAIInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    seen = ask()
    recorder.uninstrument()
    assert ask() == seen
    assert sent[0] == sent[1]
    assert len(recorder.spans) == 1
    recorder.shutdown()
