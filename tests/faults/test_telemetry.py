# SPDX-License-Identifier: Apache-2.0
"""Whatever of OpenTelemetry fails, the application gets exactly what the bare SDK gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from faults.broken import PLACES
from faults.scenarios import SCENARIOS

if TYPE_CHECKING:
    from faults.conftest import Runner

# What fails there costs the span itself, or its export.
FATAL = {
    "tracer_provider.get_tracer",
    "tracer.start_span",
    "sampler.should_sample",
    "span.end",
    "span_processor.on_start",
    "span_processor.on_end",
    "span_exporter.export",
}
every_scenario = pytest.mark.parametrize("scenario", SCENARIOS)


@every_scenario
@pytest.mark.parametrize("place", PLACES)
def test_a_failure_of_telemetry_never_reaches_the_application(
    place: str, scenario: str, runner: Runner
) -> None:
    assert runner.run(place, scenario).outcome == runner.bare[scenario]


@every_scenario
@pytest.mark.parametrize("place", PLACES)
def test_a_failure_of_telemetry_leaves_no_operation_open(place: str, scenario: str, runner: Runner) -> None:
    assert runner.run(place, scenario).left_open == 0


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_reached(place: str, runner: Runner) -> None:
    assert any(runner.run(place, scenario).reached for scenario in SCENARIOS)


@every_scenario
@pytest.mark.parametrize("place", [place for place in PLACES if place not in FATAL])
def test_a_span_is_ended_whatever_else_of_it_fails(place: str, scenario: str, runner: Runner) -> None:
    assert len(runner.run(place, scenario).spans) == 1


@every_scenario
def test_without_a_fault_a_scenario_is_one_span(scenario: str, runner: Runner) -> None:
    assert len(runner.run("", scenario).spans) == 1
