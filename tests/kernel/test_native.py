# SPDX-License-Identifier: Apache-2.0
"""What a library traces by itself is told as our operations, however it handles its spans."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context, use_span

from kernel.fake import Reader, inference
from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors._kernel.native import NativeProvider, NativeTracer, Told
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors._kernel.telemetry import Telemetry
from spanwright.semconv.model import AgentRun, Content, Inference, Request, Response, ToolRun, Usage

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.semconv.model import Subject

CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


def read(told: Told) -> Subject | None:
    """Read what the library of these tests says: words, and the kinds that it knows."""
    said = told.attributes
    if told.name.startswith("agent"):
        return AgentRun(name=said.get("name"))
    if told.name == "tool":
        return ToolRun(name=said.get("name", "tool"))
    if told.name == "model":
        used = Usage(said["in"], said["out"]) if "in" in said else None
        return Inference(provider="acme", request=Request(said.get("model")), response=Response(usage=used))
    return None


def content(told: Told) -> Content:
    return Content(arguments=told.attributes.get("secret"))


@pytest.fixture
def tracer(telemetry: Telemetry) -> NativeTracer:
    return NativeTracer(telemetry, read, content)


def test_a_library_within_it_that_has_no_provider_does_not_end_it(
    tracer: NativeTracer, recorder: Recorder
) -> None:
    span = tracer.start_span("model")
    with use_span(span):
        trace.NoOpTracer().start_span("another library's").end()
    span.set_attribute("model", "m1")
    span.end()
    assert recorder.one().name == "chat m1"


def test_what_is_said_later_is_told(tracer: NativeTracer, recorder: Recorder) -> None:
    span = tracer.start_span("model", kind=SpanKind.CLIENT)
    span.set_attribute("model", "m1")
    span.set_attributes({"in": 3, "out": 4})
    span.end()
    assert recorder.one().name == "chat m1"
    assert recorder.attributes() == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "acme",
        "gen_ai.request.model": "m1",
        "gen_ai.usage.input_tokens": 3,
        "gen_ai.usage.output_tokens": 4,
    }
    assert {p.sum for p in recorder.points("gen_ai.client.token.usage")} == {3, 4}


def test_spans_nest_however_they_are_made_current(tracer: NativeTracer, recorder: Recorder) -> None:
    with tracer.start_as_current_span("agent", attributes={"name": "host"}):
        with use_span(tracer.start_span("plumbing"), end_on_exit=True):
            tool = tracer.start_span("tool")
            with use_span(tool, end_on_exit=True), trace.get_tracer("app").start_as_current_span("own"):
                pass
        tracer.start_span("model", context=set_span_in_context(trace.get_current_span())).end()
    assert recorder.tree() == ["invoke_agent host", "  execute_tool tool", "  chat"]
    assert recorder.attributes("execute_tool")["gen_ai.agent.name"] == "host"
    counted = {p.metric.rpartition(".")[2]: p.sum for p in recorder.points("gen_ai.invoke_agent")}
    assert (counted["inference_calls"], counted["tool_calls"]) == (1, 1)


def test_the_clients_layer_enriches_the_librarys(
    tracer: NativeTracer, telemetry: Telemetry, recorder: Recorder
) -> None:
    with use_span(tracer.start_span("model"), end_on_exit=True):
        inner = open_operation(telemetry, inference(), Reader())
        assert inner is not None
        inner.finish({"id": "a1", "model": "m1-2026", "tokens": (3, 5), "text": ""})
    assert recorder.tree() == ["chat m1"]
    assert recorder.attributes()["gen_ai.response.id"] == "a1"
    assert sorted(p.sum for p in recorder.points("gen_ai.client.token.usage")) == [3, 5]


def test_what_leaves_the_block_is_the_error(tracer: NativeTracer, recorder: Recorder) -> None:
    with pytest.raises(LookupError), tracer.start_as_current_span("tool"):
        raise LookupError("private")
    assert recorder.attributes()["error.type"] == "LookupError"
    assert "private" not in recorder.everything()


def test_a_library_may_say_itself_what_failed(tracer: NativeTracer, recorder: Recorder) -> None:
    with (
        pytest.raises(LookupError),
        tracer.start_as_current_span("tool", record_exception=False, set_status_on_exception=False),
    ):
        raise LookupError("control flow")
    assert recorder.one().status.status_code is StatusCode.UNSET


@pytest.mark.parametrize("status", [Status(StatusCode.ERROR, "private"), StatusCode.ERROR])
def test_a_status_alone_is_an_error(tracer: NativeTracer, recorder: Recorder, status: Any) -> None:
    span = tracer.start_span("tool")
    span.set_status(status)
    span.end()
    assert recorder.one().status.status_code is StatusCode.ERROR
    assert recorder.one().status.description is None
    assert recorder.attributes()["error.type"] == "_OTHER"


def test_a_status_that_cannot_be_read_is_none_and_reaches_nobody(
    tracer: NativeTracer, recorder: Recorder, lax: None
) -> None:
    class Odd(Status):
        @property
        def status_code(self) -> StatusCode:
            raise MemoryError

    span = tracer.start_span("tool")
    span.set_status(Odd())
    span.end()
    assert recorder.one().status.status_code is StatusCode.UNSET


def test_an_exception_that_is_recorded_but_handled_is_none(tracer: NativeTracer, recorder: Recorder) -> None:
    span = tracer.start_span("tool")
    span.record_exception(LookupError("private"))
    span.end()
    assert recorder.one().status.status_code is StatusCode.UNSET
    assert "private" not in recorder.everything()


def test_an_exception_may_be_told_in_words_alone(tracer: NativeTracer, recorder: Recorder) -> None:
    span = tracer.start_span("tool")
    span.add_event("exception", {"exception.type": "app.Refused", "exception.message": "private"})
    span.set_status(StatusCode.ERROR)
    span.end()
    assert recorder.attributes()["error.type"] == "app.Refused"
    assert "private" not in recorder.everything()


@pytest.mark.parametrize("error", [LookupError, asyncio.CancelledError])
def test_what_only_steers_the_library_is_no_error(
    telemetry: Telemetry, recorder: Recorder, error: type[BaseException]
) -> None:
    tracer = NativeTracer(telemetry, read, content, lambda left, operation: isinstance(left, error))
    with pytest.raises(error), tracer.start_as_current_span("tool"):
        raise error
    with (
        pytest.raises(error),
        use_span(
            tracer.start_span("agent"),
            end_on_exit=True,
            record_exception=False,
            set_status_on_exception=False,
        ),
    ):
        raise error
    assert [span.status.status_code for span in recorder.spans] == [StatusCode.UNSET] * 2


async def test_a_cancellation_passes_a_block_that_records_none(
    tracer: NativeTracer, recorder: Recorder
) -> None:
    begun = asyncio.Event()

    async def work() -> None:
        with use_span(tracer.start_span("tool"), end_on_exit=True):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert recorder.attributes()["error.type"] == "cancelled"


async def test_a_tracer_decorates_coroutines(tracer: NativeTracer, recorder: Recorder) -> None:
    @tracer.start_as_current_span("tool")
    async def work() -> str:
        await asyncio.sleep(0)
        tracer.start_span("model").end()
        return "done"

    assert await work() == "done"
    assert recorder.tree() == ["execute_tool tool", "  chat"]


def test_content_is_told_as_our_switch_says(
    tracer: NativeTracer, telemetry: Telemetry, recorder: Recorder
) -> None:
    tracer.start_span("tool", attributes={"secret": "private"}).end()
    assert "private" not in recorder.everything()
    recorder.instrument(**{CAPTURE: "true"})
    telemetry.settings = Telemetry("tests", "1").settings
    tracer.start_span("tool", attributes={"secret": "private"}).end()
    assert recorder.everything().count("private") == 1


def test_nothing_is_told_while_suppressed(tracer: NativeTracer, recorder: Recorder) -> None:
    with suppress_instrumentation(), tracer.start_as_current_span("agent") as span:
        span.set_attribute("name", "host")
    assert recorder.spans == []


def test_a_span_ends_once_and_says_nothing_after(tracer: NativeTracer, recorder: Recorder) -> None:
    span = tracer.start_span("tool")
    assert span.is_recording()
    span.end()
    span.end()
    assert not span.is_recording()
    assert len(recorder.spans) == 1


@pytest.mark.parametrize("cyclic", [False, True], ids=["dropped", "collected"])
def test_a_span_that_its_library_never_ends_ends_when_it_is_dropped(
    tracer: NativeTracer, recorder: Recorder, cyclic: bool
) -> None:
    span: Any = tracer.start_span("model")
    span.set_attribute("model", "m1")
    if cyclic:
        span.itself = span
    del span
    gc.collect()
    while ending._open:
        threading.Event().wait(0.001)
    assert recorder.one().name == "chat m1"
    assert recorder.one().status.status_code is StatusCode.UNSET


def test_a_mistake_of_the_reader_costs_the_span_alone(
    telemetry: Telemetry, recorder: Recorder, lax: None
) -> None:
    def broken(told: Told) -> Subject:
        raise ValueError(told.name)

    tracer = NativeProvider(NativeTracer(telemetry, broken, content)).get_tracer("acme")
    with tracer.start_as_current_span("agent") as span:
        span.add_event("said", {"a": 1})
        span.update_name("other")
    assert recorder.spans == []
