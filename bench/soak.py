# SPDX-License-Identifier: Apache-2.0
"""A long day in a few minutes: many calls of every form on a transport in memory, with figures of what stays of them.

uv run python bench/soak.py [--calls 100000] [--parts 10]

Every form in which a call ends has its share: whole answers, streams read, left and dropped, failures, cancellations.
After each part it prints what the process holds; at the end it returns 1 if a span is lost, doubled or still open, or if
memory has grown since the first part.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import resource
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

import httpx2
import openai
from clients.chat import ANSWER, messages
from clients.memory import answering, events, words
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

from harness import Recorder
from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from opentelemetry.sdk.trace import ReadableSpan

SENT = {"model": "gpt-4o-mini", "messages": messages()}
OPTIONS = {"api_key": "test", "base_url": "http://127.0.0.1:9/v1", "max_retries": 0}
CHUNK = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "gpt-4o-mini-2024-07-18",
}
STREAM = events(
    [
        {**CHUNK, "choices": [{"index": 0, "finish_reason": None, "delta": {"content": word}}]}
        for word in words(5)
    ],
    done=True,
)
# Blocks of the interpreter's allocator that may come and go, whatever the number of calls.
SLACK = 5_000


class Counting(SpanExporter):
    """Counts the spans by the first word of their names and looks for doubles within the last thousand."""

    def __init__(self) -> None:
        self.names: Counter[str] = Counter()
        self.doubled = 0
        self._seen: dict[int, None] = {}

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        for span in spans:
            self.names[span.name.split()[0]] += 1
            self.doubled += span.context.span_id in self._seen
            self._seen[span.context.span_id] = None
            if len(self._seen) > 1_000:
                del self._seen[next(iter(self._seen))]
        return SpanExportResult.SUCCESS


def _transport() -> httpx2.MockTransport:
    usual = answering(httpx2, ANSWER, STREAM).handler

    def answer(request: httpx2.Request) -> httpx2.Response:
        if b'"refused"' in request.content:
            return httpx2.Response(429, json={"error": {"message": "slower", "code": "rate_limit_exceeded"}})
        return usual(request)

    return httpx2.MockTransport(answer)


def forms() -> tuple[dict[str, Callable[[], Any]], dict[str, Callable[[], Awaitable[Any]]]]:
    """Return the forms of a call, synchronous and asynchronous."""
    client = openai.OpenAI(http_client=httpx2.Client(transport=_transport()), **OPTIONS)
    aclient = openai.AsyncOpenAI(http_client=httpx2.AsyncClient(transport=_transport()), **OPTIONS)
    create, acreate = client.chat.completions.create, aclient.chat.completions.create

    def fail() -> None:
        with contextlib.suppress(openai.RateLimitError):
            create(**{**SENT, "model": "refused"})

    def close() -> None:
        with create(**SENT, stream=True) as stream:
            next(stream)

    async def read() -> None:
        async for _ in await acreate(**SENT, stream=True):
            pass

    async def cancel() -> None:
        task = asyncio.create_task(acreate(**SENT))
        await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    return {
        "whole": lambda: create(**SENT),
        "read": lambda: list(create(**SENT, stream=True)),
        "left": close,
        "dropped": lambda: next(create(**SENT, stream=True)),
        "failed": fail,
    }, {"whole": lambda: acreate(**SENT), "read": read, "cancelled": cancel}


def work(calls: int, loop: asyncio.AbstractEventLoop, known: tuple[Any, Any]) -> None:
    """Make so many calls, of every form alike."""
    now, later = known
    share = calls // (len(now) + len(later))

    async def asynchronous() -> None:
        for form in later.values():
            for _ in range(share):
                await form()

    for form in now.values():
        for _ in range(share):
            form()
    loop.run_until_complete(asynchronous())


def main() -> int:
    """Run and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--parts", type=int, default=10)
    asked = parser.parse_args()
    recorder, counting = Recorder(), Counting()
    recorder.tracer_provider._active_span_processor._span_processors = (SimpleSpanProcessor(counting),)
    recorder.logger_provider._multi_log_record_processor._log_record_processors = ()
    recorder.instrument(OpenAIInstrumentor(), HttpxInstrumentor())
    known, loop = forms(), asyncio.new_event_loop()
    each = asked.calls // asked.parts // 8 * 8
    blocks: list[int] = []
    begun = time.monotonic()
    for part in range(1, asked.parts + 1):
        work(each, loop, known)
        gc.collect()
        ending.settle(10)
        recorder.metric_reader.get_metrics_data()
        blocks.append(sys.getallocatedblocks())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{part * each:>9,} calls  {counting.names['chat']:>9,} spans  {counting.names['POST']:>9,} of HTTP  "
            f"{len(ending._open)} open  {blocks[-1]:>9,} blocks  peak {peak} MB  {time.monotonic() - begun:.0f} s",
            flush=True,
        )
    recorder.shutdown()
    grown = blocks[-1] - blocks[0]
    calls = each * asked.parts
    lost = calls - counting.names["chat"]
    print(f"lost {lost}, doubled {counting.doubled}, open {len(ending._open)}, grown by {grown:,} blocks")
    return int(bool(lost or counting.doubled or ending._open) or grown > SLACK)


if __name__ == "__main__":
    sys.exit(main())
