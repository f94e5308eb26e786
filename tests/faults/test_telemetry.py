# SPDX-License-Identifier: Apache-2.0
"""Whatever of OpenTelemetry fails, the application gets exactly what the bare SDK gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from faults.broken import PLACES, Broken, Fault
from faults.scenarios import SCENARIOS, Application
from spanwright.instrumentors._kernel import ending

if TYPE_CHECKING:
    from collections.abc import Callable

Instrument = "Callable[[Fault], Broken]"
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


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("place", PLACES)
def test_a_failure_of_telemetry_never_reaches_the_application(
    place: str, scenario: str, application: Application, bare: dict[str, str], instrument: Instrument
) -> None:
    instrument(Fault(place))
    assert application.outcome(scenario) == bare[scenario]


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("place", PLACES)
def test_a_failure_of_telemetry_leaves_no_operation_open(
    place: str, scenario: str, application: Application, instrument: Instrument
) -> None:
    instrument(Fault(place))
    application.outcome(scenario)
    assert not ending._open


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_reached(place: str, application: Application, instrument: Instrument) -> None:
    fault = Fault(place)
    instrument(fault)
    for scenario in SCENARIOS:
        application.outcome(scenario)
    assert fault.reached


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("place", [place for place in PLACES if place not in FATAL])
def test_a_span_is_ended_whatever_else_of_it_fails(
    place: str, scenario: str, application: Application, instrument: Instrument
) -> None:
    broken = instrument(Fault(place))
    application.outcome(scenario)
    assert len(broken.exporter.get_finished_spans()) == 1


def test_without_a_fault_all_scenarios_are_traced(application: Application, instrument: Instrument) -> None:
    broken = instrument(Fault())
    for scenario in SCENARIOS:
        application.outcome(scenario)
    assert len(broken.exporter.get_finished_spans()) == len(SCENARIOS)
