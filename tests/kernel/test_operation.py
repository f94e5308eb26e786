# SPDX-License-Identifier: Apache-2.0
"""One operation: it ends once, tells what it may tell, and inherits what belongs to it."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.context import get_current
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Decision, Sampler, SamplingResult
from opentelemetry.trace import StatusCode

from harness import Recorder, recording
from kernel.fake import ANSWER, inference, opened, telling
from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors._kernel.operation import Operation, open_operation
from spanwright.instrumentors._kernel.telemetry import Telemetry
from spanwright.semconv import names as n
from spanwright.semconv.model import (
    AgentRun,
    Content,
    HttpRequest,
    Inference,
    Step,
    ToolRun,
    WorkflowRun,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.semconv.model import Subject

ENDS: dict[str, Callable[[Operation], None]] = {
    "finish": lambda operation: operation.finish(),
    "finish with an answer": lambda operation: operation.finish(ANSWER),
    "fail": lambda operation: operation.fail(ValueError("theirs")),
    "abandon": lambda operation: operation.abandon(),
    "drop": ending.dropped,
    "exit": lambda operation: ending.finish_open(),
}


@pytest.mark.parametrize("second", ENDS)
@pytest.mark.parametrize("first", ENDS)
def test_the_first_end_is_the_only_one(
    first: str, second: str, telemetry: Telemetry, recorder: Recorder
) -> None:
    operation = opened(telemetry)
    ENDS[first](operation)
    status, attributes = recorder.one().status.status_code, recorder.attributes()
    ENDS[second](operation)
    assert (recorder.one().status.status_code, recorder.attributes()) == (status, attributes)
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == 1


@pytest.mark.parametrize("end", ENDS)
def test_an_ended_operation_is_not_open(end: str, telemetry: Telemetry) -> None:
    operation = opened(telemetry)
    assert operation.is_open
    ENDS[end](operation)
    assert not operation.is_open


def test_what_arrives_after_the_end_changes_nothing(telemetry: Telemetry, recorder: Recorder) -> None:
    operation = opened(telemetry)
    operation.finish()
    before = recorder.attributes()
    operation.seen("late")
    operation.receive(ANSWER)
    operation.touch()
    operation.finish(ANSWER)
    assert recorder.attributes() == before


def test_an_ended_operation_is_freed_without_the_collector(telemetry: Telemetry) -> None:
    gc.disable()
    try:
        operation = opened(telemetry)
        held = weakref.ref(operation.span)
        operation.finish(ANSWER)
        context = operation.context
        del operation
        assert context is get_current()
        # The exporter holds a copy that can be read, never the span itself.
        assert held() is None
    finally:
        gc.enable()


def test_a_generator_exit_is_no_error(telemetry: Telemetry, recorder: Recorder) -> None:
    opened(telemetry).fail(GeneratorExit())
    assert recorder.one().status.status_code is StatusCode.UNSET


def test_a_failure_inside_a_successful_answer_is_an_error(telemetry: Telemetry, recorder: Recorder) -> None:
    operation = opened(telemetry)
    operation.receive(ANSWER)
    operation.subject.response.error = "server_error"  # type: ignore[union-attr]
    operation.finish()
    assert recorder.attributes()["error.type"] == "server_error"
    assert recorder.one().status.status_code is StatusCode.ERROR


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        (inference(), "CLIENT"),
        (inference(in_process=True), "INTERNAL"),
        (AgentRun(name="a"), "INTERNAL"),
        (AgentRun(name="a", remote=True, provider="acme"), "CLIENT"),
        (ToolRun(name="t"), "INTERNAL"),
        (WorkflowRun(name="w"), "INTERNAL"),
        (Step("node n"), "INTERNAL"),
        (HttpRequest("GET", "http://127.0.0.1/", address="127.0.0.1", port=80), "CLIENT"),
    ],
    ids=lambda value: getattr(value, "operation", None) or str(value)[:12],
)
def test_a_span_has_the_kind_of_its_operation(
    subject: Subject, kind: str, telemetry: Telemetry, recorder: Recorder
) -> None:
    opened(telemetry, subject).finish()
    assert recorder.one().kind.name == kind


def test_a_span_has_all_that_is_known_at_its_start_for_a_sampler() -> None:
    seen: list[Any] = []

    class Watching(Sampler):
        def should_sample(self, *args: Any, **kwargs: Any) -> SamplingResult:
            seen.append(kwargs.get("attributes") or args[4])
            return SamplingResult(Decision.RECORD_AND_SAMPLE, seen[-1])

        def get_description(self) -> str:
            return "watching"

    with recording(sampler=Watching()) as recorder:
        opened(telling(recorder), inference(address="127.0.0.1", port=80)).finish()
    assert set(seen[0]) == {
        n.GEN_AI_OPERATION_NAME,
        n.GEN_AI_PROVIDER_NAME,
        n.GEN_AI_REQUEST_MODEL,
        n.SERVER_ADDRESS,
        n.SERVER_PORT,
    }


def test_what_a_sampler_drops_is_there_in_the_end() -> None:
    class Dropping(Sampler):
        def should_sample(self, *args: Any, **kwargs: Any) -> SamplingResult:
            return SamplingResult(Decision.RECORD_AND_SAMPLE, None)

        def get_description(self) -> str:
            return "dropping"

    with recording(sampler=Dropping()) as recorder:
        opened(telling(recorder)).finish(ANSWER)
        assert recorder.attributes()[n.GEN_AI_REQUEST_MODEL] == "m1"


def test_an_unsampled_operation_is_still_counted() -> None:
    with recording(sampler=ALWAYS_OFF) as recorder:
        opened(telling(recorder)).finish(ANSWER)
        assert recorder.tree() == []
        assert sum(point.sum for point in recorder.points("gen_ai.client.token.usage")) == 8


def test_an_unsampled_operation_reads_no_content() -> None:
    def read() -> Content:
        raise AssertionError("content was read")

    with recording(sampler=ALWAYS_OFF) as recorder:
        operation = opened(
            telling(recorder, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true"), content=read
        )
        operation.finish(ANSWER)
        assert not operation.capturing


def test_without_an_sdk_operations_cost_nothing_and_break_nothing(recorder: Recorder) -> None:
    recorder.instrument()
    operation = opened(Telemetry("tests", "1"))
    operation.seen("a")
    operation.finish(ANSWER)
    assert not operation.is_open


def test_an_inference_without_a_reader_is_a_span(telemetry: Telemetry, recorder: Recorder) -> None:
    operation = open_operation(telemetry, Inference("chat", "acme"))
    assert operation is not None
    operation.seen("chunk")
    operation.finish(ANSWER)
    assert recorder.tree() == ["chat"]
