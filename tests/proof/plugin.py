# SPDX-License-Identifier: Apache-2.0
"""The two runs of `pytest --proof`, and their verdict."""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol

from proof import injection
from proof.reach import Reach
from proof.trusted import TRUSTED
from proof.witness import Witness
from spanwright.instrumentors._kernel import ending, guard, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

_PATIENCE = 60
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
        self.violations: list[str] = []
        self.figures = {"tests": 0, "calls": 0, "functions": 0, "faults": 0, "struck": 0, "left_open": 0}
        self._errors: list[str] = []
        self._told: dict[str, int] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run everything once without a fault, then each fault once."""
        self._witness.start()
        _listen("opentelemetry.context", logging.ERROR, self._errors.append)
        _listen("spanwright", logging.WARNING, self._warned)
        _lenient()
        # What is there by now need not be looked at by each collection.
        gc.freeze()
        items = _few(session.items)
        reached = self._quiet(items)
        self._faulty(reached)
        self.figures["calls"] = self._witness.calls
        session.testsfailed = len(self.violations)
        return True

    def _quiet(self, items: list[pytest.Item]) -> list[tuple[float, pytest.Item, dict[int, CodeType]]]:
        found: list[tuple[float, pytest.Item, dict[int, CodeType]]] = []
        for item, following in zip(items, [*items[1:], None], strict=True):
            started = time.monotonic()
            with self._reach.of() as reached:
                self._run(item, following)
            self.figures["tests"] += 1
            self._collect(item.nodeid, "no fault")
            found.append((time.monotonic() - started, item, reached))
        return sorted(found, key=lambda each: each[0])

    def _faulty(self, reached: list[tuple[float, pytest.Item, dict[int, CodeType]]]) -> None:
        """Plan the quickest tests that reach each function, one for each kind of fault, then run the plan."""
        known = injection.functions()
        tests: dict[int, list[pytest.Item]] = {}
        codes: dict[int, CodeType] = {}
        for _, item, inner in reached:
            for key, code in inner.items():
                if key in known and key not in self._witness.road and not _trusted(code):
                    codes[key] = code
                    if len(held := tests.setdefault(key, [])) < len(injection.KINDS):
                        held.append(item)
        plan = [
            (held[turn % len(held)], key, kind)
            for key, held in tests.items()
            for turn, kind in enumerate(injection.KINDS)
        ]
        order = {item.nodeid: place for place, (_, item, _) in enumerate(reached)}
        plan.sort(key=lambda each: (each[0].nodeid.partition("::")[0], order[each[0].nodeid]))
        self.figures["functions"] = len(tests)
        for (item, key, kind), following in zip(plan, [*(each[0] for each in plan[1:]), None], strict=True):
            place = f"{kind.__name__} in {_called(codes[key])}"
            with injection.failing(known[key], kind) as fault:
                self._run(item, following)
            self.figures["faults"] += 1
            self.figures["struck"] += fault["struck"]
            self._collect(item.nodeid, place)

    def _run(self, item: pytest.Item, following: pytest.Item | None) -> None:
        self._told.clear()
        guard._seen.clear()
        # Its parent in the place of the next test, which may be the same one: what a test set up is to be torn down.
        kept: Any = following.parent if following is not None else None
        with _limited(_PATIENCE), _unraisable(self._errors.append):
            runtestprotocol(item, log=False, nextitem=kept)
            gc.collect()
        ending.settle(5)
        if ending._open:
            self.figures["left_open"] += len(ending._open)
            ending._open.clear()

    def _collect(self, test: str, place: str) -> None:
        """Take what came of one run."""
        said = [*self._witness.violations, *self._errors]
        said += [f"warned {times} times: {text}" for text, times in self._told.items() if times > 1]
        self.violations += [f"{test} ({place}): {each}" for each in said]
        self._witness.violations.clear()
        self._errors.clear()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Look at what a test raised, and never describe it: deep stacks take a minute to be told."""
        if call.excinfo is not None and (leak := _leak(call.excinfo)):
            self._errors.append(leak)
        outcome = "passed" if call.excinfo is None else "failed"
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, call.when)

    def _warned(self, text: str) -> None:
        self._told[text] = self._told.get(text, 0) + 1

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what was seen."""
        for each in self.violations:
            terminalreporter.write_line(f"VIOLATION {each}")
        terminalreporter.write_line(
            f"on the road: {', '.join(sorted(map(_called, self._witness.road.values())))}"
        )
        terminalreporter.write_line(json.dumps(self.figures))
        if target := os.environ.get("SPANWRIGHT_PROOF"):
            lane = os.environ.get("SPANWRIGHT_LANE", "development")
            found = {"lane": lane, **self.figures, "violations": len(self.violations)}
            with Path(target).open("a", encoding="utf-8") as file:
                file.write(json.dumps(found) + "\n")


def _leak(raised: pytest.ExceptionInfo[BaseException]) -> str | None:
    """Return what tells of a fault that passed through a library's code into a test: the last thing that may happen."""
    if type(raised.value) not in injection.KINDS:
        return None
    for entry in raised.traceback:
        path = str(entry.path)
        if "site-packages" in path and not any(f"/{each}" in path for each in _NO_LIBRARY):
            return f"{raised.typename} reached the application through {path}"
    return None


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


@contextmanager
def _unraisable(heard: Callable[[str], None]) -> Iterator[None]:
    """Hear of what nobody can catch: an exception of a finaliser."""
    before = sys.unraisablehook

    def hook(raised: Any) -> None:
        if isinstance(raised.exc_value, injection.KINDS):
            heard(f"{raised.exc_value!r} is told on stderr by {raised.object!r}")

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


def _trusted(code: CodeType) -> bool:
    return any(_called(code) == each or _called(code).startswith(f"{each}.") for each in TRUSTED)


def _called(code: CodeType) -> str:
    place = Path(code.co_filename)
    return f"{place.parent.name}.{place.stem}.{getattr(code, 'co_qualname', code.co_name)}"


def _listen(name: str, level: int, heard: Any) -> None:
    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard(record.getMessage())

    logging.getLogger(name).addHandler(Ear(level))


def _lenient() -> None:
    """Let guards swallow what fails, as they do in an application."""
    original = settings.reload

    def reload(environ: Any = None) -> Any:
        if environ is not None:
            environ = {key: value for key, value in dict(environ).items() if key != "SPANWRIGHT_STRICT"}
        return original(environ)

    os.environ.pop("SPANWRIGHT_STRICT", None)
    settings.reload = reload


@contextmanager
def _limited(seconds: int) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the one option."""
    parser.addoption(
        "--proof", action="store_true", help="judge what the application sees, with and without faults"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Take the run over if it is asked for."""
    if config.getoption("--proof"):
        config.pluginmanager.register(Proof(config), "spanwright-proof")
