# SPDX-License-Identifier: Apache-2.0
"""What spanwright costs: start-up, calls, chunks, runs and memory, as ratios within one run.

uv run python bench/overhead.py [--quick] [--write] [case ...]
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import sys
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

from clients import async_client, client, messages
from floor import Floor, shape_of
from timing import Alternative, compare

from harness import Recorder
from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

CONTENT = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY"}
Row = tuple[str, str, str, str, str]


def _judge(figure: float, limit: float) -> str:
    return f"{figure:.2f} (limit {limit:g}) {'ok' if figure <= limit else 'ABOVE'}"


class Bench:
    """Runs cases and collects their rows."""

    def __init__(self, *, quick: bool) -> None:
        self.turns = 12 if quick else 30
        self.rows: list[Row] = []
        self.bad = 0

    def add(self, case: str, bare: str, floor: str, ours: str, verdict: str) -> None:
        """Add a row and show it."""
        self.rows.append((case, bare, floor, ours, verdict))
        self.bad += verdict.endswith("ABOVE")
        print(f"{case:46} bare {bare:>12}  floor {floor:>10}  ours {ours:>10}  {verdict}", flush=True)

    def call(self, case: str, call: Callable[[], object], limit: float, *, content: bool = False) -> None:
        """Measure one call against the bare call and against the floor around it."""
        recorder, instrumentor = Recorder(), OpenAIInstrumentor()
        environ = CONTENT if content else {}
        recorder.instrument(instrumentor, **environ)
        call()
        (span,) = recorder.spans
        shape = shape_of(span, recorder, recorder.meter_provider.get_meter("floor"))
        recorder.uninstrument()
        # The exporter in memory keeps every span; a real one does not.
        quiet = Recorder()
        quiet.tracer_provider._active_span_processor._span_processors = ()
        settings.reload(environ)
        floor = Floor(quiet.tracer_provider.get_tracer("floor"), shape)
        payload = shape.contents()
        found = compare(
            [
                Alternative("bare", call, instrumentor.uninstrument),
                Alternative("floor", lambda: floor.around(call)),
                Alternative("dumps", lambda: [json.dumps(each) for each in payload]),
                Alternative("ours", call, lambda: instrumentor.instrument(**quiet.providers)),
            ],
            turns=self.turns,
        )
        instrumentor.uninstrument()
        bare, ours = found["bare"], found["ours"] - found["bare"]
        base = found["floor"] - bare
        if content:
            allowed = base + 1.5 * found["dumps"]
            verdict = f"{ours / allowed:.2f} of floor + 1.5 x dumps (limit 1) {'ok' if ours <= allowed else 'ABOVE'}"
        else:
            verdict = _judge(ours / base, limit)
        self.add(case, f"{bare:.0f} us", f"+{base:.0f} us", f"+{ours:.0f} us", verdict)


def chat(bench: Bench) -> None:
    """Chat calls: sync and async, content off and on, small and large."""
    sync, loop = client(), asyncio.new_event_loop()
    asynchronous = async_client()
    for size, label in ((100, "small"), (200_000, "200 kB")):
        sent = messages(size)

        def call(sent: list[dict[str, str]] = sent) -> object:
            return sync.chat.completions.create(model="gpt-4o-mini", messages=sent, temperature=0.5)

        def acall(sent: list[dict[str, str]] = sent) -> object:
            return loop.run_until_complete(
                asynchronous.chat.completions.create(model="gpt-4o-mini", messages=sent, temperature=0.5)
            )

        bench.call(f"chat, {label}, content off", call, 1.5)
        bench.call(f"chat, async, {label}, content off", acall, 1.5)
        bench.call(f"chat, {label}, content on", call, 1.0, content=True)
    loop.close()


CASES: dict[str, Callable[[Bench], None]] = {"chat": chat}


def main() -> int:
    """Run the cases and return 1 if a figure is above its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "cases", nargs="*", help=f"of {', '.join(CASES)}, startup, chunk, http, graph, memory"
    )
    parser.add_argument("--quick", action="store_true", help="fewer turns: a first look")
    parser.add_argument("--write", action="store_true", help="write the table into bench/README.md")
    arguments = parser.parse_args()
    for module in ("startup", "chunk", "http", "graph", "memory"):
        if not arguments.cases or module in arguments.cases:
            try:
                CASES[module] = importlib.import_module(f"case_{module}").run
            except ModuleNotFoundError as missing:
                print(f"{module}: not measured, {missing.name} is not installed")
    bench = Bench(quick=arguments.quick)
    for name, case in CASES.items():
        if not arguments.cases or name in arguments.cases:
            case(bench)
    if arguments.write:
        importlib.import_module("table").write(
            bench.rows,
            datetime.now(timezone.utc).date().isoformat(),
            {
                name: version(name)
                for name in ("openai", "httpx2", "langgraph", "langchain-core", "opentelemetry-sdk")
            },
        )
    return 1 if bench.bad else 0


if __name__ == "__main__":
    sys.exit(main())
