# SPDX-License-Identifier: Apache-2.0
"""The fake library, instruments for it, and a watch over the log: nothing ends twice, nothing fails to detach."""

from __future__ import annotations

import importlib
import logging
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness import Recorder
from kernel.fake import AcmeInstrumentor
from spanwright.instrumentors._kernel import ending, settings
from spanwright.instrumentors._kernel import guard as guards
from spanwright.instrumentors._kernel.patching import Patch, PatchSet
from spanwright.instrumentors._kernel.telemetry import Telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

LIBRARY = Path(__file__).parent / "library"


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Return a function that imports a module of the library, which is not imported before."""
    monkeypatch.syspath_prepend(str(LIBRARY))
    yield importlib.import_module
    for name in ("acme", "acme_broken"):
        sys.modules.pop(name, None)


@pytest.fixture
def instrument(recorder: Recorder) -> Callable[..., AcmeInstrumentor]:
    """Return a function that instruments targets of the library; keyword arguments are environment variables."""

    def start(*targets: str, **environ: str) -> AcmeInstrumentor:
        kind = type(
            "AcmeInstrumentor", (AcmeInstrumentor,), {"targets": targets, "__module__": "instruments.acme"}
        )
        instrumentor = kind()
        recorder.instrument(instrumentor, **environ)
        return instrumentor

    return start


@pytest.fixture
def acme(library: Callable[[str], Any], instrument: Callable[..., AcmeInstrumentor]) -> Any:
    """Return the library, imported, with every method traced."""
    instrument("Client.ask", "Client.aask", "Client.later", "Client.stream")
    return library("acme")


@pytest.fixture
def telemetry(recorder: Recorder) -> Telemetry:
    """Return what opens operations by hand."""
    recorder.instrument()
    return Telemetry("tests", "1", **recorder.providers)


@pytest.fixture
def lax() -> Iterator[None]:
    """Guards report as they do in production."""
    settings.reload({})
    yield
    settings.reload()


@pytest.fixture(autouse=True)
def _watched(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """OpenTelemetry has nothing to complain of, each warning of ours is new, and nothing stays open."""
    monkeypatch.setattr(guards, "_seen", set())
    ending._open.clear()
    with caplog.at_level(logging.DEBUG, "spanwright"):
        yield
    assert [r.getMessage() for r in caplog.get_records("call") if r.name.startswith("opentelemetry")] == []


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return a function that returns what we logged above debug level."""

    def read() -> list[str]:
        return [
            r.getMessage() for r in caplog.records if r.name == "spanwright" and r.levelno > logging.DEBUG
        ]

    return read


@pytest.fixture
def together() -> Callable[[list[Callable[[], Any]]], None]:
    """Return a function that calls functions at once, each in a thread of its own."""

    def run(functions: list[Callable[[], Any]]) -> None:
        start = threading.Barrier(len(functions))
        failures: list[BaseException] = []

        def call(function: Callable[[], Any]) -> None:
            start.wait(10)
            try:
                function()
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=call, args=(function,)) for function in functions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert failures == []

    return run


@pytest.fixture
def calls() -> list[str]:
    """Return the names of the calls that passed a wrapper."""
    return []


@pytest.fixture
def patches() -> Iterator[PatchSet]:
    """Return a patch set, removed at the end."""
    found = PatchSet("acme")
    yield found
    found.remove()


@pytest.fixture
def patch(calls: list[str]) -> Callable[..., Patch]:
    """Return a maker of patches that note the calls."""

    def make(target: str, module: str = "acme", **options: Any) -> Patch:
        def wrapper(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
            calls.append(target)
            return wrapped(*args, **kwargs)

        return Patch(module, target, wrapper, **options)

    return make
