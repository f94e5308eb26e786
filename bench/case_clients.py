# SPDX-License-Identifier: Apache-2.0
"""A model client's calls against the floor, and its chunks against the bare stream; content off, the SDK's own code in full.

python bench/case_clients.py [--quick] [--write] library ...

in an environment that has the libraries; `nox -s overhead -- library ...` makes one for each.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import sys
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from time import process_time_ns
from typing import TYPE_CHECKING, Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

import table
from clients import CHUNKS, Case
from floor import Floor, shape_of
from timing import Alternative, compare, compare_long

from harness import Recorder
from spanwright.instrumentors._kernel import settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from floor import Shape

    from spanwright.instrumentors._kernel.instrumentor import Instrumentor

_CALL, _CHUNK = 1.5, 3.0
# Chunks that are timed together.
_PART = 50


class Client:
    """One client on the bench."""

    def __init__(self, instrumentor: Instrumentor, *, quick: bool) -> None:
        self._instrumentor = instrumentor
        self._turns = 6 if quick else 36
        self._loop = asyncio.new_event_loop()
        # The exporter in memory keeps every span; a real one does not.
        self._quiet = Recorder()
        self._quiet.tracer_provider._active_span_processor._span_processors = ()
        self._tracer = self._quiet.tracer_provider.get_tracer("floor")

    def row(self, case: Case) -> list[str]:
        """Return the figures of a case."""
        cells = ["-"] * 7
        if (call := case.call) is not None:
            floor = Floor(self._tracer, self._shape(call))
            cells[:4] = self._called(call, lambda: floor.around(call))
        if (acall := case.acall) is not None:
            waits = self._waits(acall)
            floor_async = Floor(self._tracer, self._shape(waits))
            cells[4] = self._called(waits, self._waits(lambda: floor_async.around_async(acall)))[3]
        if (stream := case.stream) is not None:
            cells[5] = self._chunk(lambda: _drained(stream))
        if (astream := case.astream) is not None:
            cells[6] = self._chunk(lambda: self._loop.run_until_complete(_adrained(astream)))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        return cells

    def _shape(self, call: Callable[[], object]) -> Shape:
        recorder = Recorder()
        recorder.instrument(self._instrumentor)
        call()
        shape = shape_of(recorder.one(), recorder, recorder.meter_provider.get_meter("floor"))
        recorder.uninstrument()
        settings.reload({})
        return shape

    def _waits(self, call: Callable[[], Awaitable[Any]]) -> Callable[[], object]:
        async def waited() -> None:
            await call()

        return lambda: self._loop.run_until_complete(waited())

    def _called(self, call: Callable[[], object], floor: Callable[[], object]) -> list[str]:
        bare, ours = self._alternatives(call)
        found = compare([bare, Alternative("floor", floor), ours], turns=self._turns)
        self._instrumentor.uninstrument()
        base, cost = found["floor"] - found["bare"], found["ours"] - found["bare"]
        return [f"{found['bare']:.0f} us", f"+{base:.0f} us", f"+{cost:.0f} us", _judged(cost / base, _CALL)]

    def _chunk(self, drain: Callable[[], object]) -> str:
        found = compare_long(self._alternatives(drain), turns=self._turns)
        self._instrumentor.uninstrument()
        return _judged((found["ours"] - found["bare"]) / CHUNKS, _CHUNK, " us")

    def _alternatives(self, work: Callable[[], object]) -> list[Alternative]:
        ours = self._instrumentor
        return [
            Alternative("bare", work, ours.uninstrument),
            Alternative("ours", work, lambda: ours.instrument(**self._quiet.providers)),
        ]


def _drained(stream: Callable[[], Iterable[object]]) -> list[int]:
    """Take a stream to its end and return when each part of it was taken."""
    marks = [process_time_ns()]
    for number, _ in enumerate(stream(), 1):
        if not number % _PART:
            marks.append(process_time_ns())
    return [*marks, process_time_ns()]


async def _adrained(astream: Callable[[], Awaitable[Any]]) -> list[int]:
    marks, number = [process_time_ns()], 0
    async for _ in await astream():
        number += 1
        if not number % _PART:
            marks.append(process_time_ns())
    return [*marks, process_time_ns()]


def _judged(figure: float, limit: float, unit: str = "") -> str:
    return f"{figure:.2f}{unit}{'' if figure <= limit else ' ABOVE'}"


def main() -> int:
    """Measure the libraries and return 1 if a figure is above its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("libraries", nargs="+", help="of bench/clients")
    parser.add_argument("--quick", action="store_true", help="fewer turns: a first look")
    parser.add_argument("--write", action="store_true", help="write the rows into bench/README.md")
    arguments = parser.parse_args()
    rows: list[tuple[str, ...]] = []
    for library in arguments.libraries:
        module = importlib.import_module(f"clients.{library}")
        date = datetime.now(timezone.utc).date().isoformat()
        measured = ", ".join([date, *(f"{name} {version(name)}" for name in module.DISTRIBUTIONS)])
        client = Client(module.INSTRUMENTOR(), quick=arguments.quick)
        for case in module.cases():
            rows.append((f"{library}, {case.name}", *client.row(case), measured))
            print(*(f"{cell:>14}" for cell in rows[-1]), flush=True)
    if arguments.write:
        table.write_clients(rows)
    return int(any("ABOVE" in cell for row in rows for cell in row))


if __name__ == "__main__":
    sys.exit(main())
