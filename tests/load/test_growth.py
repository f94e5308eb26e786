# SPDX-License-Identifier: Apache-2.0
"""Many calls on a transport in memory, in every form in which they end: nothing of them stays. `bench/soak.py` makes more."""

from __future__ import annotations

import contextlib
import gc
import itertools
import json
import sys
from typing import TYPE_CHECKING, Any

import httpx2
import openai
import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

from harness import Recorder
from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from opentelemetry.sdk.trace import ReadableSpan

CALLS, ROUNDS = 400, 3
ASKED = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello there"}]}
SAID = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini-2024-07-18"}
WHOLE = {
    **SAID,
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello."}}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
}
PIECE = {
    **SAID,
    "object": "chat.completion.chunk",
    "choices": [{"index": 0, "finish_reason": None, "delta": {"content": "Hello."}}],
}


def answer(request: httpx2.Request) -> httpx2.Response:
    asked = json.loads(request.content)
    if asked["model"] == "refused":
        return httpx2.Response(400, json={"error": {"message": "no", "code": "odd"}})
    if not asked.get("stream"):
        return httpx2.Response(200, json=WHOLE)
    text = f"data: {json.dumps(PIECE)}\n\n" * 3 + "data: [DONE]\n\n"
    return httpx2.Response(200, text=text, headers={"content-type": "text/event-stream"})


class Counting(SpanExporter):
    """Counts spans and lets them go."""

    count = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.count += len(spans)
        return SpanExportResult.SUCCESS


def call(client: openai.OpenAI) -> None:
    client.chat.completions.create(**ASKED)


def exhaust(client: openai.OpenAI) -> None:
    list(client.chat.completions.create(**ASKED, stream=True))


def drop(client: openai.OpenAI) -> None:
    next(client.chat.completions.create(**ASKED, stream=True))


def fail(client: openai.OpenAI) -> None:
    with contextlib.suppress(openai.BadRequestError):
        client.chat.completions.create(**{**ASKED, "model": "refused"})


@pytest.fixture
def counting() -> Iterator[Counting]:
    """Return what counts the spans of a client that is instrumented, and of the HTTP below it."""
    recorder, counting = Recorder(), Counting()
    recorder.tracer_provider._active_span_processor._span_processors = (SimpleSpanProcessor(counting),)
    recorder.logger_provider._multi_log_record_processor._log_record_processors = ()
    recorder.instrument(
        OpenAIInstrumentor(),
        HttpxInstrumentor(),
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT",
    )
    yield counting
    recorder.shutdown()


@pytest.mark.parametrize("ask", [call, exhaust, drop, fail])
def test_calls_leave_no_more_behind_than_those_before_them(
    ask: Callable[[Any], None], counting: Counting
) -> None:
    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    with openai.OpenAI(api_key="test", base_url="http://127.0.0.1:9/v1", http_client=http) as client:
        # Caches of the SDKs and of the interpreter fill up first.
        blocks: list[int] = []
        for _ in range(1 + ROUNDS):
            for _ in range(CALLS):
                ask(client)
            gc.collect()
            blocks.append(sys.getallocatedblocks())
    ending.settle(10)
    assert counting.count == 2 * CALLS * (1 + ROUNDS)
    assert not ending._open
    # One block kept for each call would be as many as calls in every round; a cache that fills is so once.
    assert min(after - before for before, after in itertools.pairwise(blocks)) < CALLS // 2
