# SPDX-License-Identifier: Apache-2.0
"""One application for all tests of a module, what it sees without us, and guards that do not raise."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from faults.broken import Broken, Fault
from faults.scenarios import SCENARIOS, Application
from spanwright.console.provider import Provider
from spanwright.instrumentors._kernel import ending, settings
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Iterator

# Everything that can be asked for, so that every place is passed; and no `SPANWRIGHT_STRICT`.
EVERYTHING = {
    settings.CONTENT: "SPAN_AND_EVENT",
    settings.METRICS: "both",
    settings.CHUNK_METRICS: "true",
}


@dataclass
class Seen:
    """What came of one scenario: what the application saw, what stayed open, what was exported."""

    outcome: str
    left_open: int
    spans: list[Any]
    reached: int


class Runner:
    """Runs scenarios of an application, instrumented with one fault."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.bare = {scenario: application.outcome(scenario) for scenario in SCENARIOS}
        self._seen: dict[tuple[str, str], Seen] = {}

    def run(self, place: str, scenario: str) -> Seen:
        """Return what came of a scenario, which is run once for all tests."""
        key = place, scenario
        if key not in self._seen:
            fault = Fault(place)
            with self.instrumented(fault) as broken:
                outcome = self.application.outcome(scenario)
                self._seen[key] = Seen(
                    outcome, len(ending._open), list(broken.exporter.get_finished_spans()), fault.reached
                )
        return self._seen[key]

    @contextmanager
    def instrumented(self, fault: Fault) -> Iterator[Broken]:
        """Instrument, and leave nothing behind."""
        instrumentor = OpenAIInstrumentor()
        settings.reload(EVERYTHING)
        broken = Broken(fault)
        instrumentor.instrument(**broken.providers)
        try:
            yield broken
        finally:
            instrumentor.uninstrument()
            broken.shutdown()
            ending._open.clear()
            settings.reload()


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    """Return a runner of scenarios; the clients were made before anything was instrumented."""
    patience, ending._PATIENCE = ending._PATIENCE, 10.0
    # Scenarios collect garbage; what is there already need not be looked at each time.
    gc.freeze()
    with Provider() as provider:
        application = Application(provider.base_url)
        yield Runner(application)
        application.close()
    gc.unfreeze()
    ending._PATIENCE = patience
