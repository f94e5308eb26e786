# SPDX-License-Identifier: Apache-2.0
"""An agent's run of ten turns against the floor of the spans that it emits.

python bench/case_agents.py [--quick] [--write] library ...

in an environment that has the libraries; `nox -s overhead -- library ...` makes one for each. What runs leave in memory
is measured by `case_runs.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import itertools
import logging
import sys
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
from spanwright.instrumentors._kernel import settings

if TYPE_CHECKING:
    from collections.abc import Callable

_LIMIT = 1.5


class Floors:
    """The spans of a run by hand, one whenever the model is asked: so each finds caches as the framework's work leaves them.

    They are timed by themselves, since they are a small part of a run, whose own times differ by more.
    """

    def __init__(self, floors: list[Floor]) -> None:
        # The last of them is nothing but the look at the clock.
        self._floors = itertools.cycle(enumerate([*floors, None]))
        self._times: list[list[float]] = [[] for _ in (*floors, None)]

    def one(self) -> None:
        """Make and time the next span."""
        place, floor = next(self._floors)
        start = process_time_ns()
        if floor is not None:
            floor.around(lambda: None)
        self._times[place].append((process_time_ns() - start) / 1000)

    def sum(self) -> float:
        """Return the microseconds of all spans together."""
        *spans, clock = map(quiet, self._times)
        return sum(spans) - len(spans) * clock


class Framework:
    """One framework on the bench."""

    def __init__(self, name: str, *, quick: bool) -> None:
        self._module: Any = importlib.import_module(f"bench.agents.{name}")
        self._name = name
        self._quick = quick
        self._loop = asyncio.new_event_loop()
        self._instrumentor = self._module.INSTRUMENTOR()
        # The exporter in memory keeps every span; a real one does not.
        self._silent = Recorder()
        self._silent.tracer_provider._active_span_processor._span_processors = ()
        self._silent.logger_provider._multi_log_record_processor._log_record_processors = ()

    def row(self) -> tuple[str, ...]:
        """Return the figures of the framework, by step: a turn of the model, with its tool."""
        call = self._calling(model.Model())
        call()
        shapes = self._shapes(call)
        base = self._floor(shapes) / model.TURNS
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
        return (
            f"{self._name} ({len(shapes)} spans)",
            f"{bare:.0f} us",
            f"+{base:.0f} us",
            f"+{ours:.0f} us",
            f"{ratio:.2f}{'' if ratio <= _LIMIT else ' ABOVE'}",
            ", ".join(
                [datetime.now(timezone.utc).date().isoformat()]
                + [f"{each} {version(each)}" for each in self._module.DISTRIBUTIONS]
            ),
        )

    def close(self) -> None:
        """Give back what is held."""
        self._loop.close()

    def _calling(self, asked: model.Model) -> Callable[[], object]:
        """Return what runs the agent once, which asks this model."""
        run = self._module.agent(asked)
        return lambda: self._loop.run_until_complete(run())

    def _floor(self, shapes: list[Shape]) -> float:
        """Return the CPU microseconds of the spans of a run, made by hand inside the runs of the bare framework."""
        tracer = self._silent.tracer_provider.get_tracer("floor")
        floors = Floors([Floor(tracer, each) for each in shapes])
        call = self._calling(model.Model(between=floors.one))
        for _ in range((10 if self._quick else 60) * len(shapes) // model.TURNS + 1):
            call()
        return floors.sum()

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


def main() -> int:
    """Measure the frameworks and return 1 if a figure is above its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("libraries", nargs="+")
    parser.add_argument("--quick", action="store_true", help="fewer turns: a first look")
    parser.add_argument("--write", action="store_true", help="write the rows into bench/README.md")
    arguments = parser.parse_args()
    # Frameworks log each run that is made to fail.
    logging.disable(logging.CRITICAL)
    rows: list[tuple[str, ...]] = []
    for name in arguments.libraries:
        framework = Framework(name, quick=arguments.quick)
        rows.append(framework.row())
        print(*rows[-1], sep="  ", flush=True)
        framework.close()
    if arguments.write:
        table.write_agents(rows)
    return int(any(cell.endswith("ABOVE") for row in rows for cell in row))


if __name__ == "__main__":
    sys.exit(main())
