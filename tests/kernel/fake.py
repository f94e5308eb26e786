# SPDX-License-Identifier: Apache-2.0
"""What the tests of the kernel have in place of a library: a reader, a seam, an instrumentor and subjects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness import Recorder
from spanwright.instrumentors._kernel.call import traced
from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.operation import Operation, open_operation
from spanwright.instrumentors._kernel.patching import Patch
from spanwright.instrumentors._kernel.streams import observed
from spanwright.instrumentors._kernel.telemetry import Telemetry
from spanwright.semconv.model import Content, Inference, Message, Request, Response, Subject, Text, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable

ANSWER = {"id": "a1", "tokens": (3, 5), "text": "An answer."}


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


def opened(telemetry: Telemetry, subject: Subject | None = None, **options: Any) -> Operation:
    operation = open_operation(telemetry, subject or inference(), Reader(), **options)
    assert operation is not None
    return operation


def inside(outer: Operation) -> Any:
    return {"context": outer.context}


def telling(recorder: Recorder, **environ: str) -> Telemetry:
    recorder.instrument(**environ)
    return Telemetry("tests", "1", **recorder.providers)
