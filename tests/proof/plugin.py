# SPDX-License-Identifier: Apache-2.0
"""The two runs of `pytest --proof`, and their verdict."""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol

from proof import injection
from proof.plan import called, planned
from proof.reach import Reach
from proof.surroundings import lenient, limited, listen, unraisable
from proof.witness import CHANGED, Witness
from spanwright.instrumentors._kernel import ending, guard
from spanwright.instrumentors._kernel.standin import StandIn

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FunctionType

    from proof.plan import Fault, Seen

_PATIENCE = 60
# With a fault a test may take so many times what it took without, and a little more: some wait for what the fault has taken.
_TIMES, _MORE = 10, 2
_PARAMETERS = 2
_NO_LIBRARY = (
    "opentelemetry",
    "wrapt",
    "pytest",
    "_pytest",
    "pluggy",
    "anyio",
    "vcr",
    "hypothesis",
    "inline_snapshot",
)


class Proof:
    """What was run, what was found."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._witness = Witness()
        self._reach = Reach()
        self._lane = os.environ.get("SPANWRIGHT_LANE", "development")
        self.violations: list[str] = []
        self.missed: list[str] = []
        """Faults whose functions were not reached again."""
        self.stopped: list[str] = []
        """Tests that took too long, and what they waited for: some await the telemetry that a fault has taken."""
        self.figures = {
            "tests": 0,
            "calls": 0,
            "functions": 0,
            "planned": 0,
            "faults": 0,
            "struck": 0,
            "left_open": 0,
        }
        self._seconds = (0, 0)
        self._errors: list[str] = []
        self._hung: list[str] = []
        self._told: dict[str, int] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run everything once without a fault, then each fault once."""
        self._witness.start()
        listen("opentelemetry.context", logging.ERROR, self._errors.append)
        listen("spanwright", logging.WARNING, self._warned)
        lenient()
        # What is there by now need not be looked at by each collection.
        gc.freeze()
        items = _few(session.items)
        started = time.monotonic()
        reached = self._quiet(items)
        between = time.monotonic()
        self._faulty(reached)
        self._seconds = round(between - started), round(time.monotonic() - between)
        self.figures["calls"] = self._witness.calls
        session.testsfailed = len(self.violations)
        return True

    def _quiet(self, items: list[pytest.Item]) -> list[Seen]:
        found: list[Seen] = []
        for item, following in zip(items, [*items[1:], None], strict=True):
            started = time.monotonic()
            with self._reach.of() as reached:
                self._run(item, following, _PATIENCE)
            self.figures["tests"] += 1
            self._collect(item.nodeid, "no fault")
            found.append((time.monotonic() - started, item, reached))
        return sorted(found, key=lambda each: each[0])

    def _faulty(self, reached: list[Seen]) -> None:
        """Run each fault in the quickest test that reaches its function, while there is time."""
        # What is frozen is not told of.
        gc.unfreeze()
        known, caches = injection.functions(), injection.caches()
        gc.freeze()
        left = {id(code) for code in self._witness.road.values()}
        plan = [each for each in planned(reached, self._lane) if each.key in known and each.key not in left]
        self.figures["planned"] = len(plan)
        limit = self._config.getoption("--proof-seconds")
        until = time.monotonic() + limit if limit else float("inf")
        took = {item.nodeid: seconds for seconds, item, _ in reached}
        places: set[tuple[int, str]] = set()
        for fault, following in zip(plan, [*(each.item for each in plan[1:]), None], strict=True):
            if time.monotonic() > until:
                break
            for each in caches:
                each.cache_clear()
            patience = _MORE + _TIMES * took[fault.item.nodeid]
            struck = self._struck(known[fault.key], fault, following, patience)
            if not struck:
                # A fault before it may have kept patches from being removed, and so from being placed again.
                self._heal(fault.item)
                struck = self._struck(known[fault.key], fault, following, patience)
            if struck:
                places.add((fault.key, fault.phase))
                self.figures["faults"] += 1
                self.figures["struck"] += struck
            else:
                self.missed.append(f"{fault}, in {fault.item.name}")
            if self._changed():
                # A thread of the library's own may have done it; what ours do, they do again.
                self._witness.violations.clear()
                self._struck(known[fault.key], fault, following, patience)
            self._collect(fault.item.nodeid, str(fault))
        self.figures["functions"] = len({key for key, _ in places})

    def _changed(self) -> bool:
        """Tell whether nothing was seen but that arguments were changed."""
        said = self._witness.violations
        return bool(said) and all(CHANGED in each for each in said) and not self._errors

    def _struck(
        self, targets: list[FunctionType], fault: Fault, following: pytest.Item | None, patience: float
    ) -> int:
        """Run one fault; return how often it was raised."""
        with injection.failing(targets, fault.kind, fault.phase) as told:
            self._run(fault.item, following, patience)
        return told["struck"]

    def _heal(self, item: pytest.Item) -> None:
        """Tear everything down and take every patch away that is left, as no application could."""
        with contextlib.suppress(Exception):
            item.session._setupstate.teardown_exact(None)
        for each in list(self._witness.placed):
            each.remove()

    def _run(self, item: pytest.Item, following: pytest.Item | None, patience: float) -> None:
        self._told.clear()
        guard._seen.clear()
        # Its parent in the place of the next test, which may be the same one: what a test set up is to be torn down.
        kept: Any = following.parent if following is not None else None
        self._phase(injection.AROUND)
        with unraisable(self._errors.append):
            try:
                with limited(patience):
                    runtestprotocol(item, log=False, nextitem=kept)
                    gc.collect()
            except TimeoutError:
                self._hung.append("its own end")
                item.session._setupstate.teardown_exact(None)
        # What outlives a test need not be looked at again.
        gc.freeze()
        ending.settle(5)
        if ending._open:
            self.figures["left_open"] += len(ending._open)
            ending._open.clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, Any, Any]:
        """Note that a test's body runs."""
        self._phase(injection.WITHIN)
        try:
            return (yield)
        finally:
            self._phase(injection.AROUND)

    def _phase(self, phase: str) -> None:
        self._reach.phase = phase
        injection.enter(phase)

    def _collect(self, test: str, place: str) -> None:
        """Take what came of one run."""
        said = [*self._witness.violations, *self._errors]
        said += [f"warned {times} times: {text}" for text, times in self._told.items() if times > 1]
        self.violations += [f"{test} ({place}): {each}" for each in said]
        self.stopped += [f"{test} ({place}): at {each}" for each in self._hung]
        self._witness.violations.clear()
        self._errors.clear()
        self._hung.clear()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Look at what a test raised, and never describe it: deep stacks take a minute to be told."""
        if call.excinfo is not None and (leak := _leak(call.excinfo)):
            self._errors.append(leak)
        if call.excinfo is not None and (place := _stopped(call.excinfo)):
            self._hung.append(place)
        outcome = "passed" if call.excinfo is None else "failed"
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, call.when)

    def _warned(self, text: str) -> None:
        self._told[text] = self._told.get(text, 0) + 1

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what was seen."""
        for each in self.violations:
            terminalreporter.write_line(f"VIOLATION {each}")
        for each in self.stopped:
            terminalreporter.write_line(f"stopped: {each}")
        for each in self.missed:
            terminalreporter.write_line(f"not reached again: {each}")
        terminalreporter.write_line(
            f"on the road: {', '.join(sorted(map(called, self._witness.road.values())))}"
        )
        terminalreporter.write_line(json.dumps({**self.figures, "seconds": self._seconds}))
        if target := os.environ.get("SPANWRIGHT_PROOF"):
            found = {"lane": self._lane, **self.figures, "violations": len(self.violations)}
            with Path(target).open("a", encoding="utf-8") as file:
                file.write(json.dumps(found) + "\n")


def _leak(raised: pytest.ExceptionInfo[BaseException]) -> str | None:
    """Return what tells of a fault that passed through a library's code into a test: the last thing that may happen."""
    if type(raised.value) not in injection.KINDS:
        return None
    for entry in raised.traceback:
        path = str(entry.path)
        # A stream's stand-in is called by the application itself.
        if issubclass(type(entry.frame.f_locals.get("self")), StandIn):
            return f"{raised.typename} reached the application through {entry.name} of what stands in a stream's place"
        if "site-packages" in path and not any(f"/{each}" in path for each in _NO_LIBRARY):
            return f"{raised.typename} reached the application through {path}"
    return None


def _stopped(raised: pytest.ExceptionInfo[BaseException]) -> str | None:
    """Return where a test was that took too long."""
    if type(raised.value) is not TimeoutError or raised.traceback[-1].path != Path(__file__):
        return None
    return " < ".join(f"{each.path}:{each.lineno + 1}" for each in reversed(raised.traceback[-5:-1]))


def _few(items: list[pytest.Item]) -> list[pytest.Item]:
    """Leave out what hypothesis generates, and most of the parameters of a test."""
    taken: dict[str, int] = {}
    found: list[pytest.Item] = []
    for item in items:
        name = item.nodeid.partition("[")[0]
        taken[name] = taken.get(name, 0) + 1
        if taken[name] <= _PARAMETERS and not item.get_closest_marker("hypothesis"):
            found.append(item)
    return found


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    parser.addoption(
        "--proof-seconds", type=int, help="raise no more faults after so long; by default all of them"
    )
    parser.addoption(
        "--proof", action="store_true", help="judge what the application sees, with and without faults"
    )
    parser.addoption(
        "--differential", action="store_true", help="run each test bare and instrumented, and compare the two"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Take the run over if it is asked for."""
    if config.getoption("--proof"):
        config.pluginmanager.register(Proof(config), "spanwright-proof")
    if config.getoption("--differential"):
        from proof.differential import Differential

        config.pluginmanager.register(Differential(), "spanwright-differential")
