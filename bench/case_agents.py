# SPDX-License-Identifier: Apache-2.0
"""An agent's run of ten turns against the floor of the spans that it emits, and what stays in memory after many runs.

python bench/case_agents.py [--quick] [--runs N] [--write] library ...

in an environment that has the libraries; `nox -s overhead -- library ...` makes one for each.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import importlib
import logging
import sys
import tracemalloc
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from time import process_time_ns
from typing import TYPE_CHECKING, Any

_ROOT = Path(__file__).parents[1]
# Not this folder itself: a framework's package may have the name of one in it.
sys.path[:1] = [str(_ROOT), str(_ROOT / "tests")]

from bench import table
from bench.agents import model
from bench.floor import Floor, Shape, shape_of
from bench.timing import Alternative, compare, quiet

from harness import Recorder
from spanwright.instrumentors._kernel import ending, settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_LIMIT = 1.5
# Caches of the SDKs and of the interpreter fill up in the first part; only growth after it is growth.
_GROWTH = 64 * 1024
# Of what a framework leaves behind by itself: two equal series of runs differ by about this.
_SPREAD = 0.1
_FULL, _QUICK = 10_000, 20


class Framework:
    """One framework on the bench."""

    def __init__(self, name: str, *, quick: bool, runs: int) -> None:
        self._module: Any = importlib.import_module(f"bench.agents.{name}")
        self._name = name
        self._quick = quick
        self._runs = runs
        self._loop = asyncio.new_event_loop()
        self._instrumentor = self._module.INSTRUMENTOR()
        # The exporter in memory keeps every span; a real one does not.
        self._silent = Recorder()
        self._silent.tracer_provider._active_span_processor._span_processors = ()
        self._silent.logger_provider._multi_log_record_processor._log_record_processors = ()

    def row(self) -> tuple[str, ...]:
        """Return the figures of the framework, by step: a turn of the model, with its tool."""
        run = self._module.agent(model.Model())
        call = lambda: self._loop.run_until_complete(run())  # noqa: E731 - a name for what is timed
        call()
        shapes = self._shapes(call)
        tracer = self._silent.tracer_provider.get_tracer("floor")
        base = self._floor(call, [Floor(tracer, each) for each in shapes]) / model.TURNS
        found = compare(
            [
                Alternative("bare", call, self._instrumentor.uninstrument),
                Alternative("ours", call, lambda: self._instrumentor.instrument(**self._silent.providers)),
            ],
            turns=2 if self._quick else 20,
            each=3 if self._quick else 5,
            warmup=3,
        )
        self._instrumentor.uninstrument()
        bare, ours = found["bare"] / model.TURNS, (found["ours"] - found["bare"]) / model.TURNS
        ratio = ours / base
        grown = [self._grown(work) for work in self._ways()]
        return (
            f"{self._name} ({len(shapes)} spans)",
            f"{bare:.0f} us",
            f"+{base:.0f} us",
            f"+{ours:.0f} us",
            f"{ratio:.2f}{'' if ratio <= _LIMIT else ' ABOVE'}",
            *grown,
            ", ".join(
                [datetime.now(timezone.utc).date().isoformat()]
                + [f"{each} {version(each)}" for each in self._module.DISTRIBUTIONS]
            ),
        )

    def close(self) -> None:
        """Give back what is held."""
        self._loop.close()

    def _floor(self, call: Callable[[], object], floors: list[Floor]) -> float:
        """Return the CPU microseconds of the spans of a run; each time after one, which leaves caches as in a run.

        They are timed alone: they are a small part of a run, whose own times differ by more.
        """
        found: list[float] = []
        for _ in range(10 if self._quick else 60):
            call()
            start = process_time_ns()
            for each in floors:
                each.around(lambda: None)
            found.append((process_time_ns() - start) / 1000)
        return quiet(found)

    def _shapes(self, call: Callable[[], object]) -> list[Shape]:
        """Return the spans of one run, the outermost first."""
        recorder = Recorder()
        recorder.instrument(self._instrumentor)
        call()
        meter = recorder.meter_provider.get_meter("floor")
        shapes = [shape_of(span, recorder, meter) for span in recorder.spans]
        recorder.uninstrument()
        settings.reload({})
        return shapes

    def _ways(self) -> list[Callable[[], Awaitable[None]]]:
        """Return runs that are done, that fail and that are cancelled, the last two in their last turn."""
        waiting = asyncio.Event()
        # Some frameworks ask their models in threads.
        tell = lambda: self._loop.call_soon_threadsafe(waiting.set)  # noqa: E731 - a name for what is handed over
        done = self._module.agent(model.Model())
        failing = self._module.agent(model.Model(fails=True))
        held = self._module.agent(model.Model(waiting=tell))

        async def finish() -> None:
            await done()

        async def fail() -> None:
            with contextlib.suppress(Exception):
                await failing()

        async def cancel() -> None:
            waiting.clear()
            task = asyncio.ensure_future(held())
            await waiting.wait()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

        return [finish, fail, cancel]

    def _grown(self, work: Callable[[], Awaitable[None]]) -> str:
        """Return how many bytes a run leaves behind, and of how many of them the framework does so by itself."""
        self._instrumentor.instrument(**self._silent.providers)
        grown = self._left(work)
        still = len(ending._open)
        self._instrumentor.uninstrument()
        own = self._left(work) if grown > _GROWTH else 0
        good = grown - own <= max(_GROWTH, own * _SPREAD) and not still
        bare = f", bare {own / self._runs:.1f} B" if own else ""
        return f"{grown / self._runs:.1f} B{bare}, {still} open{'' if good else ' ABOVE'}"

    def _left(self, work: Callable[[], Awaitable[None]]) -> int:
        """Return what the runs leave in memory, what a tenth of them has left before not counted."""
        tracemalloc.start()
        self._repeat(work, self._runs // 10)
        before = tracemalloc.get_traced_memory()[0]
        self._repeat(work, self._runs)
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        return grown

    def _repeat(self, work: Callable[[], Awaitable[None]], times: int) -> None:
        for _ in range(times):
            self._loop.run_until_complete(work())
        gc.collect()


def main() -> int:
    """Measure the frameworks and return 1 if a figure is above its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("libraries", nargs="+")
    parser.add_argument("--quick", action="store_true", help="fewer turns: a first look")
    parser.add_argument("--runs", type=int, help="how often each kind of run is made to see what stays of it")
    parser.add_argument("--write", action="store_true", help="write the rows into bench/README.md")
    arguments = parser.parse_args()
    # Frameworks log each run that is made to fail.
    logging.disable(logging.CRITICAL)
    rows: list[tuple[str, ...]] = []
    for name in arguments.libraries:
        framework = Framework(
            name, quick=arguments.quick, runs=arguments.runs or (_QUICK if arguments.quick else _FULL)
        )
        rows.append(framework.row())
        print(*rows[-1], sep="  ", flush=True)
        framework.close()
    if arguments.write:
        table.write_agents(rows)
    return int(any(cell.endswith("ABOVE") for row in rows for cell in row))


if __name__ == "__main__":
    sys.exit(main())
