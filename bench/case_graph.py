# SPDX-License-Identifier: Apache-2.0
"""Agent runs in LangGraph, against the floor of the spans that they emit."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from floor import Floor, shape_of
from graphs import ASKED, agent
from timing import Alternative, compare

from harness import Recorder
from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors.langchain import LangChainInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from figures import Bench

_LIMIT = 1.5


def run(bench: Bench) -> None:
    """Measure sync and async runs."""
    loop = asyncio.new_event_loop()
    _measure(bench, "agent run", lambda host: lambda: host.invoke(ASKED))
    _measure(bench, "agent run, async", lambda host: lambda: loop.run_until_complete(host.ainvoke(ASKED)))
    loop.close()


def _measure(bench: Bench, case: str, calling: Callable[[Any], Callable[[], object]]) -> None:
    """The floor makes its spans by hand where ours stand: around the agent, and inside its model and its tool."""
    call = calling(agent())
    call()
    recorder, instrumentor = Recorder(), LangChainInstrumentor()
    recorder.instrument(instrumentor)
    call()
    meter = recorder.meter_provider.get_meter("floor")
    shapes = [shape_of(span, recorder, meter) for span in recorder.spans]
    recorder.uninstrument()
    quiet = Recorder()
    quiet.tracer_provider._active_span_processor._span_processors = ()
    settings.reload({})
    tracer = quiet.tracer_provider.get_tracer("floor")
    whole, model, tools = (
        Floor(tracer, next(each for each in shapes if each.name.startswith(name)))
        for name in ("invoke_agent", "chat", "execute_tool")
    )
    by_hand = calling(agent(model=model.around, tools=tools.around))
    found = compare(
        [
            Alternative("bare", call, instrumentor.uninstrument),
            Alternative("floor", lambda: whole.around(by_hand)),
            Alternative("ours", call, lambda: instrumentor.instrument(**quiet.providers)),
        ],
        turns=bench.turns,
        each=15,
    )
    instrumentor.uninstrument()
    base, ours = found["floor"] - found["bare"], found["ours"] - found["bare"]
    ratio = ours / base
    verdict = f"{ratio:.2f} (limit {_LIMIT}) {'ok' if ratio <= _LIMIT else 'ABOVE'}"
    bench.add(
        f"{case} ({len(shapes)} spans)",
        f"{found['bare']:.0f} us",
        f"+{base:.0f} us",
        f"+{ours:.0f} us",
        verdict,
    )
