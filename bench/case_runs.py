# SPDX-License-Identifier: Apache-2.0
"""What stays in memory after 10,000 runs of an agent, be they done, failed or cancelled.

python bench/case_runs.py [--quick] [--runs N] [--write] library ...

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
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

_ROOT = Path(__file__).parents[1]
# Not this folder itself: a framework's package may have the name of one in it.
sys.path[:1] = [str(_ROOT), str(_ROOT / "tests")]

from bench import table
from bench.agents import model

from harness import Recorder
from spanwright.instrumentors._kernel import ending

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

# A run that leaves nothing after three turns leaves nothing after ten, which take three times as long.
_TURNS = 3
# Blocks of memory. Caches of the SDKs and of the interpreter fill up in the first part; only growth after it is growth,
# and a third of a block a run is none.
_GROWTH = 1 / 3
# Of what a framework leaves behind by itself: two equal series of runs differ by about this.
_SPREAD = 0.1
_FULL, _QUICK = 10_000, 60
# Seconds.
_SETTLED = 0.5


class Framework:
    """One framework whose agent runs again and again."""

    def __init__(self, name: str, runs: int) -> None:
        self._module: Any = importlib.import_module(f"bench.agents.{name}")
        self._name = name
        # Of each of the three kinds.
        self._runs = runs // 3 + 1
        self._loop = asyncio.new_event_loop()
        self._instrumentor = self._module.INSTRUMENTOR()
        # The exporter in memory keeps every span; a real one does not.
        self._silent = Recorder()
        self._silent.tracer_provider._active_span_processor._span_processors = ()
        self._silent.logger_provider._multi_log_record_processor._log_record_processors = ()

    def row(self) -> tuple[str, ...]:
        """Return what a run of each kind leaves behind."""
        named = [f"{each} {version(each)}" for each in self._module.DISTRIBUTIONS]
        today = datetime.now(timezone.utc).date().isoformat()
        return (
            self._name,
            f"{3 * self._runs:,}",
            *[self._grown(work) for work in self._ways()],
            ", ".join([today, *named]),
        )

    def close(self) -> None:
        """Give back what is held."""
        self._loop.close()

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
        """Return how many blocks a run leaves behind, and of how many of them the framework does so by itself."""
        self._instrumentor.instrument(**self._silent.providers)
        grown = self._left(work)
        still = len(ending._open)
        self._instrumentor.uninstrument()
        own = self._left(work) if grown > _GROWTH else 0.0
        good = grown - own <= max(_GROWTH, own * _SPREAD) and not still
        bare = f", bare {own:.2f}" if own else ""
        return f"{grown:.2f}{bare}, {still} open{'' if good else ' ABOVE'}"

    def _left(self, work: Callable[[], Awaitable[None]]) -> float:
        """Return what a run leaves in memory, what a tenth of them has left before not counted."""
        self._repeat(work, self._runs // 10)
        before = sys.getallocatedblocks()
        self._repeat(work, self._runs)
        return (sys.getallocatedblocks() - before) / self._runs

    def _repeat(self, work: Callable[[], Awaitable[None]], times: int) -> None:
        for _ in range(times):
            self._loop.run_until_complete(work())
        # What the last runs have put off is done, and what it held is let go.
        self._loop.run_until_complete(asyncio.sleep(_SETTLED))
        gc.collect()


def main() -> int:
    """Measure the frameworks and return 1 if one leaves something behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("libraries", nargs="+")
    parser.add_argument("--quick", action="store_true", help="few runs: a first look")
    parser.add_argument("--runs", type=int, help="how many runs are made, a third of each kind")
    parser.add_argument("--write", action="store_true", help="write the rows into bench/README.md")
    arguments = parser.parse_args()
    # Frameworks log each run that is made to fail.
    logging.disable(logging.CRITICAL)
    # Before the frameworks' modules take it.
    model.TURNS = _TURNS
    rows: list[tuple[str, ...]] = []
    for name in arguments.libraries:
        framework = Framework(name, arguments.runs or (_QUICK if arguments.quick else _FULL))
        rows.append(framework.row())
        print(*rows[-1], sep="  ", flush=True)
        framework.close()
    if arguments.write:
        table.write_runs(rows)
    return int(any(cell.endswith("ABOVE") for row in rows for cell in row))


if __name__ == "__main__":
    sys.exit(main())
