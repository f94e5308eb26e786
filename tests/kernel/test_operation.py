# SPDX-License-Identifier: Apache-2.0
"""One operation: it ends once, tells what it may tell, and inherits what belongs to it."""

from __future__ import annotations

import gc
import json
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import baggage
from opentelemetry.context import attach, detach, get_current
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Decision, Sampler, SamplingResult
from opentelemetry.trace import StatusCode

from harness import Recorder, recording
from kernel.conftest import Reader, asked, inference
from spanwright.instrumentors import conversation
from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors._kernel.operation import Operation, open_operation
from spanwright.instrumentors._kernel.telemetry import Telemetry
from spanwright.semconv import names as n
from spanwright.semconv.model import (
    AgentRun,
    Content,
    HttpRequest,
    Inference,
    Message,
    Step,
    Text,
    ToolRun,
    WorkflowRun,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.semconv.model import Subject

ANSWER = {"id": "a1", "tokens": (3, 5), "text": "An answer."}
MODES = ["NO_CONTENT", "SPAN_ONLY", "EVENT_ONLY", "SPAN_AND_EVENT"]
INPUT = [{"role": "user", "parts": [{"type": "text", "content": "a question"}]}]
OUTPUT = [
    {"role": "assistant", "parts": [{"type": "text", "content": "An answer."}], "finish_reason": "stop"}
]


def opened(telemetry: Telemetry, subject: Subject | None = None, **options: Any) -> Operation:
    operation = open_operation(telemetry, subject or inference(), Reader(), **options)
    assert operation is not None
    return operation


def inside(outer: Operation) -> Any:
    return {"context": outer.context}


def telling(recorder: Recorder, **environ: str) -> Telemetry:
    recorder.instrument(**environ)
    return Telemetry("tests", "1", **recorder.providers)


# --- the end ---------------------------------------------------------------------------------------------------------

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


# --- content ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_content_is_where_it_was_asked_for(mode: str) -> None:
    with recording() as recorder:
        telemetry = telling(recorder, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=mode)
        opened(telemetry, content=asked).finish(ANSWER)
        attributes = recorder.attributes()
        on_span = {
            key: json.loads(attributes[key])
            for key in (n.GEN_AI_INPUT_MESSAGES, n.GEN_AI_OUTPUT_MESSAGES)
            if key in attributes
        }
        on_events = [record.attributes.get(n.GEN_AI_INPUT_MESSAGES) is not None for record in recorder.logs]
    both = {n.GEN_AI_INPUT_MESSAGES: INPUT, n.GEN_AI_OUTPUT_MESSAGES: OUTPUT}
    assert on_span == (both if mode.startswith("SPAN") else {})
    assert on_events == ([True] if mode.endswith("EVENT") or mode == "EVENT_ONLY" else [])


def test_content_is_not_even_read_when_it_is_not_asked_for(telemetry: Telemetry) -> None:
    def read() -> Content:
        raise AssertionError("content was read")

    opened(telemetry, content=read).finish(ANSWER)


def test_content_is_read_at_once_since_an_application_may_change_its_lists() -> None:
    with recording() as recorder:
        messages = [Message("user", [Text("a question")])]
        telemetry = telling(recorder, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true")
        operation = opened(telemetry, content=lambda: Content(input=messages))
        messages[0].parts.append(Text("added later"))
        operation.finish()
        assert json.loads(recorder.attributes()[n.GEN_AI_INPUT_MESSAGES]) == INPUT


def test_content_is_cut_to_the_budget() -> None:
    with recording() as recorder:
        telemetry = telling(
            recorder,
            OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true",
            SPANWRIGHT_CONTENT_LIMIT="300",
        )
        opened(telemetry, content=asked).finish({**ANSWER, "text": "long " * 1000})
        text = recorder.attributes()[n.GEN_AI_OUTPUT_MESSAGES]
        assert len(text) <= 300
        assert json.loads(text)[0]["role"] == "assistant"


@pytest.mark.parametrize("mode", MODES)
def test_the_text_of_an_error_is_content(mode: str) -> None:
    with recording() as recorder:
        telemetry = telling(recorder, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=mode)
        opened(telemetry).fail(ValueError("input 'a secret question' is too long"))
        assert ("a secret question" in recorder.everything()) == (mode != "NO_CONTENT")


def test_text_that_cannot_be_encoded_is_replaced() -> None:
    with recording() as recorder:
        telemetry = telling(recorder, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true")
        operation = opened(telemetry, ToolRun(name="t", content=Content(arguments="half \ud83d a pair")))
        operation.finish()
        assert recorder.attributes()[n.GEN_AI_TOOL_CALL_ARGUMENTS] == "half ? a pair"


# --- metrics ---------------------------------------------------------------------------------------------------------


def test_a_failed_operation_is_measured_with_its_error(telemetry: Telemetry, recorder: Recorder) -> None:
    opened(telemetry).fail(ValueError("theirs"))
    (point,) = recorder.points("gen_ai.client.operation.duration")
    assert point.labels["error.type"] == "ValueError"


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("compat", {"gen_ai.client.operation.duration", "gen_ai.client.token.usage"}),
        (
            "latest",
            {
                "gen_ai.client.inference.duration",
                "gen_ai.client.inference.operation.input_tokens",
                "gen_ai.client.inference.operation.output_tokens",
                "gen_ai.client.inference.usage.input_tokens",
                "gen_ai.client.inference.usage.output_tokens",
            },
        ),
    ],
)
def test_a_profile_has_its_metrics(profile: str, expected: set[str]) -> None:
    with recording() as recorder:
        opened(telling(recorder, SPANWRIGHT_METRICS=profile)).finish(ANSWER)
        assert {point.metric for point in recorder.points()} == expected


def test_labels_do_not_grow_with_the_calls(telemetry: Telemetry, recorder: Recorder) -> None:
    for number in range(50):
        opened(telemetry, inference(conversation_id=f"c{number}")).finish({**ANSWER, "id": f"a{number}"})
    assert len(recorder.points("gen_ai.client.operation.duration")) == 1


def test_an_agent_counts_its_calls_and_its_tools(telemetry: Telemetry, recorder: Recorder) -> None:
    agent = opened(telemetry, AgentRun(name="planner"))
    for _ in range(3):
        opened(telemetry, **inside(agent)).finish(ANSWER)
    tool = opened(telemetry, ToolRun(name="search"), **inside(agent))
    opened(telemetry, **inside(tool)).finish(ANSWER)
    tool.finish()
    agent.finish()
    counts = {
        point.metric: point.sum for point in recorder.points("gen_ai.invoke_agent") if "calls" in point.metric
    }
    assert counts == {
        n.METRIC_GEN_AI_INVOKE_AGENT_INFERENCE_CALLS: 4,
        n.METRIC_GEN_AI_INVOKE_AGENT_TOOL_CALLS: 1,
    }


def test_an_agent_inside_an_agent_counts_for_itself(telemetry: Telemetry, recorder: Recorder) -> None:
    outer = opened(telemetry, AgentRun(name="outer"))
    inner = opened(telemetry, AgentRun(name="inner"), **inside(outer))
    opened(telemetry, **inside(inner)).finish(ANSWER)
    inner.finish()
    outer.finish()
    counts = {
        point.labels[n.GEN_AI_AGENT_NAME]: point.sum
        for point in recorder.points(n.METRIC_GEN_AI_INVOKE_AGENT_INFERENCE_CALLS)
    }
    assert counts == {"outer": 0, "inner": 1}


def test_a_tool_is_told_its_agent(telemetry: Telemetry, recorder: Recorder) -> None:
    agent = opened(telemetry, AgentRun(name="planner"))
    opened(telemetry, ToolRun(name="search"), **inside(agent)).finish()
    agent.finish()
    assert recorder.attributes("execute_tool")[n.GEN_AI_AGENT_NAME] == "planner"


# --- conversations ---------------------------------------------------------------------------------------------------


def conversation_of(recorder: Recorder, prefix: str) -> Any:
    return recorder.attributes(prefix).get(n.GEN_AI_CONVERSATION_ID)


def test_a_conversation_of_the_application_is_on_every_operation(
    telemetry: Telemetry, recorder: Recorder
) -> None:
    with conversation("c1"):
        workflow = opened(telemetry, WorkflowRun(name="w"))
        agent = opened(telemetry, AgentRun(name="a"), **inside(workflow))
        chat = opened(telemetry, **inside(agent))
        for operation in (chat, agent, workflow):
            operation.finish()
    assert {conversation_of(recorder, prefix) for prefix in ("invoke_w", "invoke_a", "chat")} == {"c1"}


def test_a_conversation_ends_with_its_block(telemetry: Telemetry, recorder: Recorder) -> None:
    before = get_current()
    with conversation("c1"):
        pass
    opened(telemetry).finish()
    assert (conversation_of(recorder, "chat"), get_current() is before) == (None, True)


def test_a_conversation_ends_with_its_block_after_an_error() -> None:
    before = get_current()
    with pytest.raises(ValueError, match="theirs"), conversation("c1"):
        raise ValueError("theirs")
    assert get_current() is before


def test_the_inner_one_of_two_conversations_counts(telemetry: Telemetry, recorder: Recorder) -> None:
    with conversation("outer"), conversation("inner"):
        opened(telemetry).finish()
    assert conversation_of(recorder, "chat") == "inner"


def test_a_conversation_decorates_a_function(telemetry: Telemetry, recorder: Recorder) -> None:
    @conversation("c1")
    def turn() -> None:
        opened(telemetry).finish()

    turn()
    assert conversation_of(recorder, "chat") == "c1"


@pytest.mark.parametrize("odd", ["", None, 7])
def test_what_is_no_conversation_id_is_left_out(odd: Any, telemetry: Telemetry, recorder: Recorder) -> None:
    with conversation(odd):
        opened(telemetry).finish()
    assert conversation_of(recorder, "chat") is None


def test_a_conversation_that_came_as_baggage_is_used(telemetry: Telemetry, recorder: Recorder) -> None:
    token = attach(baggage.set_baggage("gen_ai.conversation.id", "c1"))
    opened(telemetry).finish()
    detach(token)
    assert conversation_of(recorder, "chat") == "c1"


def test_an_operations_own_conversation_goes_first_and_is_inherited(
    telemetry: Telemetry, recorder: Recorder
) -> None:
    with conversation("of the application"):
        agent = opened(telemetry, AgentRun(name="a", conversation_id="its own"))
        opened(telemetry, **inside(agent)).finish()
        agent.finish()
    assert {conversation_of(recorder, prefix) for prefix in ("invoke_a", "chat")} == {"its own"}


def test_a_conversation_does_not_leak_into_the_next_run(telemetry: Telemetry, recorder: Recorder) -> None:
    opened(telemetry, AgentRun(name="first", conversation_id="c1")).finish()
    opened(telemetry, AgentRun(name="second")).finish()
    assert conversation_of(recorder, "invoke_agent second") is None


def test_a_conversation_is_no_label(telemetry: Telemetry, recorder: Recorder) -> None:
    with conversation("c1"):
        opened(telemetry).finish(ANSWER)
    assert "c1" not in str(recorder.points())


def test_subject_without_conversation_is_untouched(telemetry: Telemetry, recorder: Recorder) -> None:
    with conversation("c1"):
        opened(telemetry, Step("node n")).finish()
    assert recorder.attributes("node") == {}


def test_an_inference_without_a_reader_is_a_span(telemetry: Telemetry, recorder: Recorder) -> None:
    operation = open_operation(telemetry, Inference("chat", "acme"))
    assert operation is not None
    operation.seen("chunk")
    operation.finish(ANSWER)
    assert recorder.tree() == ["chat"]
