# SPDX-License-Identifier: Apache-2.0
"""Whatever of our own code fails, the application gets exactly what the bare SDK gives it."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from faults.broken import Fault, Injected
from spanwright.instrumentors._kernel import current, ending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from faults.conftest import Runner

KERNEL = "spanwright.instrumentors._kernel"
# What tells what happened. Where it fails, something is missing from a span, which ends all the same.
TELLING = (
    f"{KERNEL}.report",
    f"{KERNEL}.errors",
    f"{KERNEL}.redaction",
    "spanwright.semconv.render",
    "spanwright.semconv.points",
    "spanwright.semconv.content",
    "spanwright.semconv.serial",
    "spanwright.semconv.clean",
    "spanwright.semconv.hosts",
    "spanwright.instrumentors._dialects.openai_chat",
    "spanwright.instrumentors._dialects.wire",
    "spanwright.instrumentors._families.endpoints",
    "spanwright.instrumentors._families.openai_api",
    "spanwright.instrumentors.openai.endpoints",
)
# What runs an operation. Where it fails, an operation may not end before the process does.
RUNNING = (
    f"{KERNEL}.operation",
    f"{KERNEL}.enrichment",
    f"{KERNEL}.telemetry",
    f"{KERNEL}.instrumentor",
    "spanwright.instrumentors._families.stainless",
)
SCENARIOS = ("plain", "refused", "stream_closed", "async_stream")
MORE = (*SCENARIOS, "stream", "helper", "raw_unread")
# Applications and the loader call these two, which guard what they do.
ENTRANCES = ("instrument", "uninstrument")


def functions(module: str) -> Iterator[Any]:
    """Yield owner and name of each function and method that a module defines."""
    found = import_module(module)
    for name, value in vars(found).items():
        if getattr(value, "__module__", None) != module:
            continue
        if not isinstance(value, type):
            if callable(value):
                yield pytest.param(found, name, id=f"{module.rpartition('.')[2]}.{name}")
        elif not getattr(value, "_is_protocol", False):
            for method, held in vars(value).items():
                if not method.startswith(("__", *ENTRANCES)) and (
                    callable(held) or isinstance(held, property)
                ):
                    yield pytest.param(value, method, id=f"{module.rpartition('.')[2]}.{name}.{method}")


def fail(*args: Any, **kwargs: Any) -> Any:
    """Stand in for a function of ours that has a mistake."""
    raise Injected


def broken(patch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Make a function fail wherever it is known by name."""
    original = vars(owner)[name]
    patch.setattr(owner, name, property(fail) if isinstance(original, property) else fail)
    if not isinstance(owner, type):
        for module in [each for key, each in sys.modules.items() if key.startswith("spanwright.")]:
            for alias, value in list(vars(module).items()):
                if value is original:
                    patch.setattr(module, alias, fail)


@pytest.mark.parametrize(("owner", "name"), [each for module in TELLING for each in functions(module)])
def test_a_failure_of_what_tells_is_invisible_and_leaves_nothing_open(
    owner: Any, name: str, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch, owner, name)
    with runner.instrumented(Fault()):
        seen = {scenario: runner.application.outcome(scenario) for scenario in SCENARIOS}
        left_open = len(ending._open)
    assert (seen, left_open) == ({scenario: runner.bare[scenario] for scenario in SCENARIOS}, 0)


@pytest.mark.parametrize(("owner", "name"), [each for module in RUNNING for each in functions(module)])
def test_a_failure_of_what_runs_is_invisible(
    owner: Any, name: str, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch, owner, name)
    with runner.instrumented(Fault()):
        seen = {scenario: runner.application.outcome(scenario) for scenario in MORE}
    assert seen == {scenario: runner.bare[scenario] for scenario in MORE}


@pytest.mark.parametrize("name", ["attach", "get_current", "now", "Context", "get_baggage"])
def test_a_context_that_cannot_be_changed_is_invisible(
    name: str, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current, name, fail)
    with runner.instrumented(Fault()):
        seen = {scenario: runner.application.outcome(scenario) for scenario in MORE}
    assert seen == {scenario: runner.bare[scenario] for scenario in MORE}
