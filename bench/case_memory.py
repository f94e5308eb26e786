# SPDX-License-Identifier: Apache-2.0
"""Memory: what stays after many calls, abandoned streams and cancelled runs."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import tracemalloc
from typing import TYPE_CHECKING

from clients.chat import messages
from clients.openai import client
from graphs import ASKED, agent

from harness import Recorder
from spanwright.instrumentors._kernel import ending, settings
from spanwright.instrumentors.langchain import LangChainInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from figures import Bench

# Caches of the SDKs and of the interpreter fill up in the first part; only growth after it is growth.
_LIMIT = 64 * 1024


def run(bench: Bench) -> None:
    """Run each kind many times and compare what is allocated after a tenth and at the end."""
    quiet = Recorder()
    quiet.tracer_provider._active_span_processor._span_processors = ()
    # The exporter in memory keeps every log record, and with it the context of its operation.
    quiet.logger_provider._multi_log_record_processor._log_record_processors = ()
    settings.reload({})
    instrumentors = (OpenAIInstrumentor(), LangChainInstrumentor())
    for instrumentor in instrumentors:
        instrumentor.instrument(**quiet.providers)
    sdk, sent, loop = client(), messages(100), asyncio.new_event_loop()
    host = agent(pause=True)

    def call() -> None:
        sdk.chat.completions.create(model="gpt-4o-mini", messages=sent)

    def abandon() -> None:
        next(sdk.chat.completions.create(model="gpt-4o-mini", messages=sent, stream=True))

    async def cancel() -> None:
        task = asyncio.create_task(host.ainvoke(ASKED))
        for _ in range(30):
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    scale = 20 if bench.turns < 20 else 1
    _grow(bench, "calls", call, 20_000 // scale)
    _grow(bench, "abandoned streams", abandon, 2_000 // scale)
    _grow(bench, "cancelled agent runs", lambda: loop.run_until_complete(cancel()), 2_000 // scale)
    for instrumentor in instrumentors:
        instrumentor.uninstrument()
    loop.close()


def _grow(bench: Bench, case: str, work: Callable[[], None], times: int) -> None:
    tracemalloc.start()
    for _ in range(max(times // 10, 20)):
        work()
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(times):
        work()
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    still = len(ending._open)
    good = grown <= _LIMIT and not still
    verdict = f"{grown / times:.1f} B each, {still} open {'ok' if good else 'ABOVE'}"
    bench.add(f"memory, {times:,} {case}", "-", "-", f"+{grown / 1024:.0f} KiB", verdict)
