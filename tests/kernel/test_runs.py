# SPDX-License-Identifier: Apache-2.0
"""Runs that a framework announces by id: parents are found, nothing grows for ever, threads do not disturb it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from spanwright.instrumentors._kernel.operation import Operation, open_operation
from spanwright.instrumentors._kernel.runs import Runs
from spanwright.semconv.model import Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.instrumentors._kernel.telemetry import Telemetry


@pytest.fixture
def step(telemetry: Telemetry) -> Callable[[str], Operation]:
    """Return a maker of operations."""

    def make(name: str) -> Operation:
        operation = open_operation(telemetry, Step(name))
        assert operation is not None
        return operation

    return make


def test_a_run_has_its_operation(step: Any) -> None:
    runs: Runs[str] = Runs()
    operation = step("a")
    runs.start("a", None, operation)
    assert (runs.get("a"), runs.nearest("a"), runs.end("a")) == (operation,) * 3
    operation.finish()


def test_a_run_without_an_operation_passes_children_on_to_its_parent(step: Any) -> None:
    runs: Runs[str] = Runs()
    operation = step("a")
    runs.start("a", None, operation)
    runs.start("plumbing", "a", None)
    runs.start("more plumbing", "plumbing", None)
    assert (runs.get("plumbing"), runs.nearest("more plumbing")) == (None, operation)
    operation.finish()


def test_a_child_finds_its_ancestor_after_the_run_in_between_has_ended(step: Any) -> None:
    runs: Runs[str] = Runs()
    operation = step("a")
    runs.start("a", None, operation)
    runs.start("plumbing", "a", None)
    runs.start("child", "plumbing", None)
    runs.end("plumbing")
    assert runs.nearest("child") is operation
    operation.finish()


@pytest.mark.parametrize("ask", [Runs.get, Runs.nearest, Runs.end])
def test_an_unknown_run_is_nothing(ask: Any) -> None:
    assert ask(Runs(), "unknown") is None


def test_an_ended_run_is_forgotten(step: Any) -> None:
    runs: Runs[str] = Runs()
    operation = step("a")
    runs.start("a", None, operation)
    runs.end("a")
    assert (len(runs), runs.end("a")) == (0, None)
    operation.finish()


def test_a_framework_that_announces_no_ends_does_not_grow_the_process(step: Any, recorder: Recorder) -> None:
    runs: Runs[int] = Runs(limit=5)
    for number in range(20):
        runs.start(number, None, step(f"s{number}"))
    assert (len(runs), len(recorder.spans)) == (5, 15)
    runs.clear()


def test_the_oldest_run_is_abandoned_first(step: Any, recorder: Recorder) -> None:
    runs: Runs[int] = Runs(limit=2)
    for number in range(3):
        runs.start(number, None, step(f"s{number}"))
    assert [span.name for span in recorder.spans] == ["s0"]
    runs.clear()


def test_a_run_that_starts_twice_leaves_no_operation_open(step: Any, recorder: Recorder) -> None:
    runs: Runs[str] = Runs()
    runs.start("a", None, step("first"))
    runs.start("a", None, step("second"))
    runs.clear()
    assert sorted(span.name for span in recorder.spans) == ["first", "second"]


def test_what_is_below_a_cancelled_run_is_returned_inner_ones_first(step: Any) -> None:
    runs: Runs[str] = Runs()
    made = {name: step(name) for name in ("root", "a", "b", "c", "other")}
    runs.start("root", None, made["root"])
    runs.start("a", "root", made["a"])
    runs.start("plumbing", "a", None)
    runs.start("b", "plumbing", made["b"])
    runs.start("other", None, made["other"])
    runs.start("c", "root", made["c"])
    assert runs.end_below("root") == [made["c"], made["b"], made["a"]]
    assert len(runs) == 2
    for operation in made.values():
        operation.finish()


def test_clearing_ends_everything(step: Any, recorder: Recorder) -> None:
    runs: Runs[str] = Runs()
    runs.start("a", None, step("a"))
    runs.start("plumbing", "a", None)
    runs.clear()
    assert (len(runs), recorder.tree()) == (0, ["a"])


def test_runs_of_many_threads_are_kept_apart(step: Any, together: Any, recorder: Recorder) -> None:
    runs: Runs[tuple[int, int]] = Runs(limit=1_000)
    wrong: list[Any] = []

    def work(thread: int) -> None:
        for number in range(50):
            root, child = (thread, number), (thread, -number - 1)
            operation = step(f"{thread}")
            runs.start(root, None, operation)
            runs.start(child, root, None)
            if runs.nearest(child) is not operation:
                wrong.append(child)
            runs.end(child)
            ended = runs.end(root)
            if ended is not operation:
                wrong.append(root)
            operation.finish()

    together([lambda thread=thread: work(thread) for thread in range(6)])
    assert (wrong, len(runs), len(recorder.spans)) == ([], 0, 300)
