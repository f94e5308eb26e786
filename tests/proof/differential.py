# SPDX-License-Identifier: Apache-2.0
"""The runs of `pytest --differential`: each test of a library bare, then instrumented, and what its journal tells of both."""

from __future__ import annotations

import gc
import json
import os
import re
import sys
from collections import Counter
from functools import wraps
from inspect import iscoroutinefunction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol
from _pytest.unraisableexception import unraisable_exceptions

from proof.faces import REFUSED, face
from proof.journal import TRACED, Journal, _bare, events
from proof.plugin import _few
from proof.surroundings import lenient, limited
from proof.witness import replaces
from spanwright.instrumentors._kernel import ending, patching

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    Events = list[tuple[str, ...]]

_PATIENCE = 20
# What OpenTelemetry's own instrumentation of botocore does to bodies and streams is not done where ours stands in its place.
_BESIDE = "test_a_model_call_has_one_span_beside_opentelemetrys_instrumentation"
# Whose hooks do nothing but place patches, in classes that are looked up.
_WRAPPING = ("_families.hierarchies", "haystack.components", "llama_index.workflows")
_SHOWN = 300
_WORDS = re.compile(r"([\w.+-]+)")
# Ids that a provider makes up for each answer, addresses in memory, ports, times.
_OWN = re.compile(
    r"0x[0-9a-f]{6,}|(?<=127\.0\.0\.1:)\d+|(?<=localhost:)\d+|(?<=port=)\d+|(?<=port['\"]: )\d+|"
    r"(?<=cancel scope )[0-9a-f]+|(?<=Task-)\d+|Thread-\d+|(?<=started )\d+|"
    r"\b[\w]{1,24}[-_][0-9A-Za-z]{12,}\b|[0-9a-f]{8}-[0-9a-f-]{27}|"
    r"(?<![.\w])[0-9a-f]{15,}\b|datetime\.datetime\(\d{4}, [\d, ]+|\b1[6-9]\d{8}(?:\.\d+)?\b|\d{4}-\d\d-\d\d[T ][\d:.]+|(?<=obfuscation['\"]: ['\"])\w*|"
    # How long something took; what gRPC tells in any order.
    r"\b(?:duration|elapsed_seconds)['\"]?[=:] ?[\de.-]+|(?<=debug_error_string = )[^\n]*|"
    # Which trace something is of, as headers say it too.
    r"\b(?:traceparent|tracestate)['\"]?[=:] ?(?:None|['\"][^'\"]*['\"])"
)


class Differential:
    """What was run, what was found."""

    def __init__(self) -> None:
        self._journal = Journal()
        self.differences: list[str] = []
        self.unsteady: list[str] = []
        self.faces: dict[str, str] = {}
        """By patched function, how it looks different from the library's own."""
        self.figures = {"scenarios": 0, "calls": 0, "requests": 0, "bytes": 0}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run each test bare, then instrumented; bare once more where the two differ."""
        # What is there by now need not be looked at by each collection.
        gc.freeze()
        # When the collector comes of itself is a matter of how much was made by then, and what it finds is closed.
        gc.disable()
        self._journal.tap()
        lenient()
        _switch(self._journal, self.faces)
        for item in _few([each for each in session.items if not _apart(each)]):
            self._compare(item)
        self.differences += filter(None, self.faces.values())
        session.testsfailed = len(self.differences)
        return True

    def _compare(self, item: pytest.Item) -> None:
        bare = self._run(item, bare=True)
        ours = self._run(item, bare=False)
        if not bare:
            return
        beside = self._journal.at_once or len(self._journal.threads) > 1
        told = _difference(bare, ours)
        if told is not None and (once_more := _difference(bare, again := self._run(item, bare=True))):
            # Two bare runs differ from one another: where by words, these are left out; where by threads perhaps, the
            # order is.
            told = _difference(*_steady(bare, again, ours)) and _lacking(bare, ours)
            if told is not None:
                self.unsteady.append(f"{item.nodeid}: {once_more}")
                return
        elif told is not None and beside:
            # Threads and tasks keep no order among one another, though two bare runs may happen to have the same.
            told = _lacking(bare, ours)
        if told is not None and _difference(bare, self._run(item, bare=False)) is None:
            self.unsteady.append(f"{item.nodeid}: at its second run there is no difference: {told}")
            return
        self.figures["scenarios"] += 1
        for each in bare:
            self.figures["requests"] += each[0] == "sent"
            self.figures["calls"] += each[0] in ("returned", "raised")
            self.figures["bytes"] += len(each[-1]) if each[0] == "sent" else 0
        if told is not None:
            self.differences.append(f"{item.nodeid}: {told}")

    def _run(self, item: pytest.Item, *, bare: bool) -> Events:
        self._journal.begin(bare=bare)
        kept: Any = item.parent
        with limited(_PATIENCE):
            runtestprotocol(item, log=False, nextitem=kept)
            _forget(item.config)
        # What outlives a test need not be looked at again.
        gc.freeze()
        ending.settle(5)
        ending._open.clear()
        return [tuple(_OWN.sub("<>", part) for part in each) for each in events(self._journal)]

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
        """Keep of a bare test what happens until it fails, by asking for telemetry: its tasks are cancelled then."""
        body = pyfuncitem.obj
        pyfuncitem.obj = _until_it_fails(body, self._journal) if self._journal.bare else body
        try:
            return (yield)
        finally:
            pyfuncitem.obj = body

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Never describe what a test raised: bare, whatever it asserts of telemetry fails."""
        outcome = "passed" if call.excinfo is None else "failed"
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, call.when)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what was seen."""
        self.figures["unsteady"] = len(self.unsteady)
        for each in self.differences:
            terminalreporter.write_line(f"DIFFERENCE {each}")
        for each in self.unsteady:
            terminalreporter.write_line(f"unsteady: {each}")
        terminalreporter.write_line(json.dumps(self.figures))
        if target := os.environ.get("SPANWRIGHT_DIFFERENTIAL"):
            lane = os.environ.get("SPANWRIGHT_LANE", "development")
            found = {"lane": lane, **self.figures, "differences": len(self.differences)}
            with Path(target).open("a", encoding="utf-8") as file:
                file.write(json.dumps(found) + "\n")


def _until_it_fails(body: Any, journal: Journal) -> Any:
    def run(**given: Any) -> Any:
        try:
            return body(**given)
        except BaseException:
            journal.over = True
            raise

    async def run_later(**given: Any) -> Any:
        try:
            return await body(**given)
        except BaseException:
            journal.over = True
            raise

    return wraps(body)(run_later if iscoroutinefunction(body) else run)


def _forget(config: pytest.Config) -> None:
    """Let go of what a test has left, of which the next one would be told: a bare test fails and keeps its sockets by that."""
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if hasattr(sys, name):
            delattr(sys, name)
    gc.collect()
    config.stash[unraisable_exceptions].clear()


def _difference(bare: Events, ours: Events) -> str | None:
    """Tell where the two part. A bare test ends where it asks for telemetry, which is not there: what follows is not judged."""
    for at, each in enumerate(bare):
        # It may ask from within the library, by a transport of its own.
        if each[0] == "raised" and "'NonRecordingSpan' object has no attribute" in each[2]:
            return None
        if at >= len(ours) or not (ours[at] == each or _traced(each, ours[at])):
            other = ours[at] if at < len(ours) else ("nothing",)
            return f"{_cut(other, each)} in the place of {_cut(each, other)}"
    return None


def _steady(bare: Events, again: Events, ours: Events) -> tuple[Events, Events]:
    """Return the first and the last without the words that differ between the first two, which are both bare."""
    left, right = list(bare), list(ours)
    for at, (one, other, third) in enumerate(zip(bare, again, ours, strict=False)):
        if len(one) == len(other) == len(third):
            pairs = [_blanked(*parts) for parts in zip(one, other, third, strict=True)]
            left[at], right[at] = tuple(each for each, _ in pairs), tuple(each for _, each in pairs)
    return left, right


def _blanked(one: str, other: str, third: str) -> tuple[str, str]:
    """Return the first text and the last without the words that differ between the first two."""
    words = [_WORDS.split(each) for each in (one, other, third)]
    if one == other or len({len(each) for each in words}) > 1:
        return one, third
    random = [first != second for first, second in zip(*words[:2], strict=True)]
    texts = (zip(each, random, strict=True) for each in words[::2])
    left, right = ("".join("<>" if away else word for word, away in text) for text in texts)
    return left, right


def _traced(bare: tuple[str, ...], ours: tuple[str, ...]) -> bool:
    """Tell whether the bare value is one that a library's own tracing has put in its place, which ours has switched off."""
    return bare[:2] == ours[:2] and any(each in part for part in bare[2:] for each in TRACED)


def _lacking(bare: Events, ours: Events) -> str | None:
    """Tell of something that has happened in the bare run alone, whatever the order."""
    left = next(iter(Counter(bare) - Counter(ours)), None)
    return f"there is no {_cut(left, ('',))}" if left else None


def _cut(shown: tuple[str, ...], other: tuple[str, ...]) -> str:
    """Return an event from where it differs from another one."""
    text, against = repr(shown), repr(other)
    same = len(os.path.commonprefix((text, against)))
    return f"{shown[0]} ...{text[max(same - 60, 0) : same + _SHOWN]}"


def _apart(item: Any) -> bool:
    """Tell whether a test asks hypothesis for examples: it compares bare and instrumented itself; or is of another instrumentation."""
    return "given" in item.function.__code__.co_names or item.name.startswith(_BESIDE)


def _switch(journal: Journal, faces: dict[str, str]) -> None:
    """Let every patch be placed with a watch at it: above our wrapper, or in its place where the run is bare."""
    wrap: Callable[..., None] = patching.PatchSet.wrap
    place: Callable[..., None] = patching.PatchSet._place_one

    def watched(patches: Any, parent: Any, name: str, wrapper: Any) -> None:
        place = f"{parent.__name__}.{name}"
        if "<locals>" in getattr(parent, "__qualname__", ""):
            # Whether a class of a test's own is met as the patches are placed is a matter of what is left of other tests.
            wrap(patches, parent, name, _bare if journal.bare else wrapper)
            return
        declared = replaces(sys._getframe(1))
        watch = journal.watched(place, None if journal.bare else wrapper, replaces=declared)
        look = not journal.bare and place not in faces
        bare = face(getattr(parent, name)) if look else ()
        wrap(patches, parent, name, watch)
        ours = face(getattr(parent, name)) if look else ()
        if look:
            faces[place] = ""
        # Where the library's own is not to be copied or pickled it does no harm that ours is.
        told = [
            each for each in zip(ours, bare, strict=True) if each[0] != each[1] and REFUSED not in each[1]
        ]
        if told:
            faces[place] = f"{place} looks like {told[0][0]} in the place of {told[0][1]}"

    def placed(patches: Any, module: Any, patch: Any) -> None:
        registers = isinstance(patch, patching.OnImport) and not patch.place.__module__.endswith(_WRAPPING)
        if not (journal.bare and registers):
            place(patches, module, patch)

    patching.PatchSet.wrap = watched
    patching.PatchSet._place_one = placed
