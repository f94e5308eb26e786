# SPDX-License-Identifier: Apache-2.0
"""A model call that several layers see is one span and is counted once; what is not the same call stays apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness import Recorder
from kernel.fake import Reader, asked, inference
from spanwright.instrumentors._kernel import ending, settings
from spanwright.instrumentors._kernel.operation import Operation, open_operation
from spanwright.instrumentors._kernel.telemetry import Telemetry
from spanwright.semconv import names as n
from spanwright.semconv.model import (
    AgentRun,
    Embeddings,
    FetchResponse,
    HttpRequest,
    Request,
    Response,
    Retrieval,
    Step,
    ToolRun,
    Usage,
    WorkflowRun,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.semconv.model import Subject

FRAMEWORKS = {"id": "run-1", "tokens": (30, 50), "text": "An answer."}
WIRES = {"id": "a1", "model": "m1-2026", "tokens": (3, 5), "text": "An answer."}


def layer(
    telemetry: Telemetry, subject: Subject | None = None, outer: Operation | None = None, **options: Any
) -> Operation:
    context = {"context": outer.context} if outer is not None else {}
    operation = open_operation(telemetry, subject or inference(), Reader(), **context, **options)
    assert operation is not None
    return operation


def tokens(recorder: Recorder) -> dict[str, float]:
    return {p.labels["gen_ai.token.type"]: p.sum for p in recorder.points("gen_ai.client.token.usage")}


def test_two_layers_are_one_span(telemetry: Telemetry, recorder: Recorder) -> None:
    outer = layer(telemetry)
    inner = layer(telemetry, outer=outer)
    layer(telemetry, outer=inner).finish(WIRES)
    inner.finish(WIRES)
    outer.finish(FRAMEWORKS)
    assert recorder.tree() == ["chat m1"]


def test_usage_is_counted_once_and_is_the_wires(telemetry: Telemetry, recorder: Recorder) -> None:
    outer = layer(telemetry)
    layer(telemetry, outer=outer).finish(WIRES)
    outer.finish(FRAMEWORKS)
    assert tokens(recorder) == {"input": 3, "output": 5}
    assert recorder.attributes()[n.GEN_AI_USAGE_INPUT_TOKENS] == 3


def test_usage_is_the_frameworks_where_the_wire_gives_none(telemetry: Telemetry, recorder: Recorder) -> None:
    outer = layer(telemetry)
    layer(telemetry, outer=outer).finish({"id": "a1"})
    outer.finish(FRAMEWORKS)
    assert tokens(recorder) == {"input": 30, "output": 50}


def test_of_layers_inside_each_other_the_innermost_that_knows_tells_the_usage(
    telemetry: Telemetry, recorder: Recorder
) -> None:
    outer = layer(telemetry)
    middle = layer(telemetry, outer=outer)
    for _ in range(2):
        layer(telemetry, outer=middle).finish(WIRES)
    layer(telemetry, outer=middle).finish({"id": "a1"})
    middle.finish({**WIRES, "tokens": (6, 10)})
    outer.finish(FRAMEWORKS)
    assert tokens(recorder) == {"input": 6, "output": 10}


def test_a_layer_in_the_middle_tells_the_usage_that_the_wire_does_not(
    telemetry: Telemetry, recorder: Recorder
) -> None:
    outer = layer(telemetry)
    middle = layer(telemetry, outer=outer)
    layer(telemetry, outer=middle).finish({"id": "a1"})
    middle.finish(WIRES)
    outer.finish(FRAMEWORKS)
    assert tokens(recorder) == {"input": 3, "output": 5}


def test_a_layer_in_the_middle_outlives_the_one_inside(telemetry: Telemetry, recorder: Recorder) -> None:
    outer = layer(telemetry)
    middle = layer(telemetry, outer=outer)
    layer(telemetry, outer=middle).finish({"id": "a1"})
    middle.seen({"tokens": (3, 5)})
    outer.finish()
    assert not middle.is_open


def test_a_duration_is_measured_once(telemetry: Telemetry, recorder: Recorder) -> None:
    outer = layer(telemetry)
    layer(telemetry, outer=outer).finish(WIRES)
    outer.finish(FRAMEWORKS)
    assert [point.count for point in recorder.points("gen_ai.client.operation.duration")] == [1]


def test_an_inner_layer_fills_what_the_outer_one_cannot_know(
    telemetry: Telemetry, recorder: Recorder
) -> None:
    outer = layer(telemetry)
    wire = inference(address="127.0.0.1", port=80)
    wire.provider = "openai"
    wire.request = Request(model="m1-wire", temperature=0.5, extra={"openai.request.service_tier": "flex"})
    layer(telemetry, wire, outer).finish(WIRES)
    outer.finish({"id": "run-1"})
    found = recorder.attributes()
    assert {
        key: found.get(key)
        for key in (n.SERVER_ADDRESS, n.GEN_AI_PROVIDER_NAME, n.GEN_AI_REQUEST_TEMPERATURE)
    } == {
        n.SERVER_ADDRESS: "127.0.0.1",
        n.GEN_AI_PROVIDER_NAME: "openai",
        n.GEN_AI_REQUEST_TEMPERATURE: 0.5,
    }
    assert (found[n.GEN_AI_REQUEST_MODEL], found[n.GEN_AI_RESPONSE_MODEL]) == ("m1", "m1-2026")


def test_what_the_outer_layer_knows_stays(telemetry: Telemetry, recorder: Recorder) -> None:
    outer = layer(telemetry)
    layer(telemetry, outer=outer).finish(WIRES)
    outer.finish(FRAMEWORKS)
    assert recorder.attributes()[n.GEN_AI_RESPONSE_ID] == "run-1"


def test_a_call_without_an_answer_of_its_own_has_the_wires(telemetry: Telemetry, recorder: Recorder) -> None:
    outer = layer(telemetry)
    layer(telemetry, outer=outer).finish(WIRES)
    outer.finish()
    assert recorder.attributes()[n.GEN_AI_RESPONSE_ID] == "a1"


def test_retries_inside_one_call_are_summed(telemetry: Telemetry, recorder: Recorder) -> None:
    outer = layer(telemetry)
    for _ in range(3):
        layer(telemetry, outer=outer).finish(WIRES)
    outer.finish(FRAMEWORKS)
    assert tokens(recorder) == {"input": 9, "output": 15}


def test_a_failed_attempt_inside_does_not_fail_the_call(telemetry: Telemetry, recorder: Recorder) -> None:
    outer = layer(telemetry)
    layer(telemetry, outer=outer).fail(ValueError("theirs"))
    layer(telemetry, outer=outer).finish(WIRES)
    outer.finish(FRAMEWORKS)
    assert recorder.one().status.is_unset
    assert recorder.logs == []


def test_a_streamed_inner_layer_gives_what_it_received(telemetry: Telemetry, recorder: Recorder) -> None:
    outer = layer(telemetry)
    inner = layer(telemetry, outer=outer)
    for chunk in ("An ", "answer.", {"id": "a1", "tokens": (3, 5)}):
        inner.seen(chunk)
    inner.abandon()
    outer.finish()
    assert tokens(recorder) == {"input": 3, "output": 5}


def test_an_inner_layer_reads_no_content(recorder: Recorder) -> None:
    recorder.instrument(OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true")
    telemetry = Telemetry("tests", "1", **recorder.providers)
    outer = layer(telemetry, content=asked)
    inner = layer(telemetry, outer=outer, content=lambda: pytest.fail("content was read"))
    inner.finish(WIRES)
    outer.finish(FRAMEWORKS)
    assert not inner.capturing


def test_an_inner_layer_that_ends_last_changes_nothing(telemetry: Telemetry, recorder: Recorder) -> None:
    outer = layer(telemetry)
    inner = layer(telemetry, outer=outer)
    outer.finish(FRAMEWORKS)
    inner.finish(WIRES)
    assert (recorder.attributes()[n.GEN_AI_USAGE_INPUT_TOKENS], ending._open) == (30, {})


def embedding() -> Embeddings:
    return Embeddings(provider="acme", request=Request(model="e1"))


def test_a_reranking_inside_a_search_is_a_call_of_its_own(telemetry: Telemetry, recorder: Recorder) -> None:
    outer = layer(telemetry, Retrieval(provider="acme"))
    inner = layer(telemetry, Retrieval("rerank", "acme"), outer=outer)
    inner.finish()
    outer.finish()
    assert recorder.tree() == ["retrieval", "  rerank"]


@pytest.fixture
def unjudged() -> Iterator[Recorder]:
    """Return a recorder for trees that no library makes."""
    recorder = Recorder()
    recorder.instrument()
    yield recorder
    recorder.shutdown()
    settings.reload()


def test_a_call_inside_an_ended_one_is_a_call_of_its_own(unjudged: Recorder) -> None:
    telemetry = Telemetry("tests", "1", **unjudged.providers)
    outer = layer(telemetry, embedding())
    context = outer.context
    outer.finish()
    again = open_operation(telemetry, embedding(), context=context)
    assert again is not None
    again.finish()
    assert unjudged.tree() == ["embeddings e1", "  embeddings e1"]


def test_an_embedding_inside_a_chat_is_not_merged(telemetry: Telemetry, recorder: Recorder) -> None:
    outer = layer(telemetry)
    layer(telemetry, embedding(), outer).finish()
    outer.finish(FRAMEWORKS)
    assert recorder.tree() == ["chat m1", "  embeddings e1"]


@pytest.mark.parametrize(
    "between", [ToolRun(name="t"), AgentRun(name="a"), WorkflowRun(name="w"), Step("node n")]
)
def test_a_call_with_something_in_between_is_not_merged(between: Subject, unjudged: Recorder) -> None:
    telemetry = Telemetry("tests", "1", **unjudged.providers)
    outer = layer(telemetry, embedding())
    middle = layer(telemetry, between, outer)
    inner = layer(telemetry, embedding(), middle)
    for operation in (inner, middle, outer):
        operation.finish()
    assert [line.strip() for line in unjudged.tree()][::2] == ["embeddings e1", "embeddings e1"]


def test_a_call_inside_an_http_request_is_merged_all_the_same(
    telemetry: Telemetry, recorder: Recorder
) -> None:
    outer = layer(telemetry)
    attempt = layer(telemetry, HttpRequest("POST", "http://127.0.0.1/", address="127.0.0.1", port=80), outer)
    attempt.finish()
    layer(telemetry, outer=outer).finish(WIRES)
    outer.finish(FRAMEWORKS)
    assert recorder.tree() == ["chat m1", "  POST"]


@pytest.mark.parametrize(
    "subject",
    [
        embedding,
        lambda: Retrieval(provider="acme", data_source_id="d1"),
        lambda: FetchResponse(provider="acme", response_id="r1"),
    ],
    ids=["embeddings", "retrieval", "fetch"],
)
def test_every_client_operation_is_merged_with_its_like(
    subject: Any, telemetry: Telemetry, recorder: Recorder
) -> None:
    outer = layer(telemetry, subject())
    layer(telemetry, subject(), outer).finish()
    outer.finish()
    assert len(recorder.spans) == 1


def test_agents_are_never_merged(telemetry: Telemetry, recorder: Recorder) -> None:
    outer = layer(telemetry, AgentRun(name="outer"))
    layer(telemetry, AgentRun(name="inner"), outer).finish()
    outer.finish()
    assert recorder.tree() == ["invoke_agent outer", "  invoke_agent inner"]


def test_sub_counts_of_retries_are_summed(telemetry: Telemetry, recorder: Recorder) -> None:
    outer = layer(telemetry)
    for cached in (None, 2, 3):
        inner = layer(telemetry, outer=outer)
        inner.merge(Response(usage=Usage(10, 5, cache_read=cached)))
        inner.finish()
    outer.finish()
    assert recorder.attributes()[n.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS] == 5


def test_a_store_tells_a_frameworks_retrieval_what_it_searches(
    telemetry: Telemetry, recorder: Recorder
) -> None:
    outer = layer(telemetry, Retrieval())
    found = Retrieval(provider="qdrant", data_source_id="books", top_k=3, address="127.0.0.1", port=6333)
    layer(telemetry, found, outer).finish({})
    layer(telemetry, Retrieval(provider="qdrant", data_source_id="others", top_k=9), outer).finish({})
    outer.finish({})
    assert recorder.tree() == ["retrieval books"]
    assert recorder.attributes()["gen_ai.retrieval.top_k"] == 3


def test_what_a_framework_knows_of_its_retrieval_stays(telemetry: Telemetry, recorder: Recorder) -> None:
    outer = layer(telemetry, Retrieval(data_source_id="shelf", top_k=2))
    layer(telemetry, Retrieval(data_source_id="books", top_k=8), outer).finish({})
    outer.finish({})
    assert recorder.tree() == ["retrieval shelf"]
    assert recorder.attributes()["gen_ai.retrieval.top_k"] == 2
