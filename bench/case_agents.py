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

    def _floor(self, call: Callable[[], object], floors: list[Floor]) -> float:
        """Return the CPU microseconds of the spans of a run.

        They are timed by themselves, since they are a small part of a run, whose own times differ by more. Each is made
        after a run, as the framework's work stands before each of a run's spans: in a row they would find the processor's
        caches as no span of a run does.
        """
        return sum(quiet(self._alone(call, each) for _ in range(5 if self._quick else 20)) for each in floors)

    @staticmethod
    def _alone(call: Callable[[], object], floor: Floor) -> float:
        call()
        start = process_time_ns()
        floor.around(lambda: None)
        return (process_time_ns() - start) / 1000

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
