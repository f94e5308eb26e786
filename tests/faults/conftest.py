# SPDX-License-Identifier: Apache-2.0
"""One application for all tests of a module, what it sees without us, and guards that do not raise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from faults.broken import Broken, Fault
from faults.scenarios import SCENARIOS, Application
from spanwright.console.provider import Provider
from spanwright.instrumentors._kernel import ending, settings
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Everything that can be asked for, so that every place is passed; and no `SPANWRIGHT_STRICT`.
EVERYTHING = {
    settings.CONTENT: "SPAN_AND_EVENT",
    settings.METRICS: "both",
    settings.CHUNK_METRICS: "true",
}


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    """Return an application whose clients were made before anything was instrumented."""
    with Provider() as provider:
        application = Application(provider.base_url)
        yield application
        application.close()


@pytest.fixture(scope="module")
def bare(application: Application) -> dict[str, str]:
    """Return what the application sees without us, by scenario."""
    return {scenario: application.outcome(scenario) for scenario in SCENARIOS}


@pytest.fixture
def instrument(bare: dict[str, str]) -> Iterator[Callable[[Fault], Broken]]:
    """Return a function that instruments with one fault."""
    made: list[Broken] = []
    instrumentor = OpenAIInstrumentor()

    ending._open.clear()

    def start(fault: Fault) -> Broken:
        settings.reload(EVERYTHING)
        broken = Broken(fault)
        made.append(broken)
        instrumentor.instrument(**broken.providers)
        return broken

    yield start
    instrumentor.uninstrument()
    for broken in made:
        broken.shutdown()
    settings.reload()
