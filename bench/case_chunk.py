# SPDX-License-Identifier: Apache-2.0
"""Chunks of a stream: the SDK's own chunk objects through the SDK's own iterator's place, with and without us."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from clients import CHUNKS
from clients.chat import messages
from clients.openai import client
from timing import Alternative, compare

from harness import Recorder
from spanwright.instrumentors._dialects import openai_chat
from spanwright.instrumentors._families.stainless import DialectReader
from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors._kernel.operation import Operation, open_operation
from spanwright.instrumentors._kernel.streams import observed
from spanwright.instrumentors._kernel.telemetry import Telemetry
from spanwright.semconv.model import Inference, Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from figures import Bench

_LIMIT = 3.0


def run(bench: Bench) -> None:
    """Measure sync and async; the cost of the operation itself is in the chat cases."""
    sdk = client()
    chunks: list[Any] = list(sdk.chat.completions.create(model="m", messages=messages(100), stream=True))  # type: ignore[arg-type]
    quiet = Recorder()
    quiet.tracer_provider._active_span_processor._span_processors = ()
    settings.reload({})
    telemetry = Telemetry(
        "bench", "0", tracer_provider=quiet.tracer_provider, meter_provider=quiet.meter_provider
    )
    reader, loop = DialectReader(openai_chat, refined=True), asyncio.new_event_loop()

    def operation() -> Operation:
        opened = open_operation(telemetry, Inference(request=Request(model="m")), reader)
        assert opened is not None
        return opened

    async def arrive() -> AsyncIterator[Any]:
        for chunk in chunks:
            yield chunk

    async def drain(source: Any) -> None:
        async for _ in source:
            pass

    def bare() -> None:
        for _ in iter(chunks):
            pass

    def ours() -> None:
        for _ in observed(iter(chunks), operation()):
            pass

    found = compare(
        [
            Alternative("bare", bare),
            Alternative("ours", ours),
            Alternative("abare", lambda: loop.run_until_complete(drain(arrive()))),
            Alternative("aours", lambda: loop.run_until_complete(drain(observed(arrive(), operation())))),
        ],
        turns=bench.turns,
        each=3,
    )
    loop.close()
    for case, before, after in (
        ("stream, a chunk", "bare", "ours"),
        ("stream, async, a chunk", "abare", "aours"),
    ):
        each = (found[after] - found[before]) / CHUNKS
        verdict = f"{each:.2f} us (limit {_LIMIT:g}) {'ok' if each <= _LIMIT else 'ABOVE'}"
        bench.add(case, f"{found[before] / CHUNKS:.2f} us", "-", f"+{each:.2f} us", verdict)
