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
from spanwright.instrumentors._kernel import ending, settings
from spanwright.instrumentors._kernel import guard as guards
from spanwright.instrumentors._kernel.call import traced
from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.operation import Operation, open_operation
from spanwright.instrumentors._kernel.patching import Patch
from spanwright.instrumentors._kernel.streams import observed
from spanwright.instrumentors._kernel.telemetry import Telemetry
from spanwright.semconv.model import Content, Inference, Message, Request, Response, Subject, Text, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

LIBRARY = Path(__file__).parent / "library"


class Reader:
    """Reads answers of the library: a dict with `text` and the counts of tokens."""

    def response(self, value: Any) -> Response:
        return Response(
            id=value.get("id"), model=value.get("model"), usage=Usage(*value.get("tokens", (None, None)))
        )

    def output(self, value: Any) -> list[Message]:
        return [Message("assistant", [Text(value.get("text", ""))], finish_reason="stop")]

    def chunks(self, *, content: bool) -> Any:
        return Chunks()


class Chunks:
    """Keeps the chunks of a stream: strings, and at the end perhaps a dict of facts."""

    def __init__(self) -> None:
        self.text = ""
        self.facts: dict[str, Any] = {}

    def add(self, chunk: Any) -> None:
        if isinstance(chunk, dict):
            self.facts.update(chunk)
        else:
            self.text += chunk

    def value(self) -> Any:
        return {"text": self.text, **self.facts}


def inference(**fields: Any) -> Inference:
    """Return a subject that the conventions accept."""
    return Inference("chat", "acme", Request(model="m1"), **fields)


def asked() -> Content:
    return Content(input=[Message("user", [Text("a question")])])


class Asking:
    """The seam of every method of the library."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def begin(self, instance: Any, args: Any, kwargs: Any) -> Any:
        subject: Subject = Inference("chat", "acme", Request(model=kwargs.get("model", "m1")))
        operation = open_operation(self._telemetry, subject, Reader(), content=asked)
        return None if operation is None else (operation, args, kwargs)

    def returned(self, operation: Operation, value: Any) -> None:
        if hasattr(value, "_iterator"):
            value._iterator = observed(value._iterator, operation)
        else:
            operation.finish(value)


class AcmeInstrumentor(Instrumentor):
    """Instruments what a test names: `targets` are paths within the library."""

    targets: Iterable[str] = ()
    module = "acme"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch]:
        call = traced(Asking(telemetry))
        for target in self.targets:
            yield Patch(self.module, target, call)


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
