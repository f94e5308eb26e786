# SPDX-License-Identifier: Apache-2.0
"""Putting the patches in place and taking them away; what is not ours stays untouched; what runs beside ours."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import TYPE_CHECKING, Any

import aiobotocore.client
import botocore.client
import botocore.eventstream
import pytest
from botocore.stub import Stubber
from opentelemetry import trace
from opentelemetry.instrumentation.botocore import BotocoreInstrumentor as OpenTelemetrys
from opentelemetry.instrumentation.utils import suppress_instrumentation

from harness import Recorder
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors.botocore import BotocoreInstrumentor
from spanwright.semconv.model import Inference, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HELLO: list[Any] = [{"role": "user", "content": [{"text": "Hello there"}]}]
MODEL = "anthropic.claude-v2"
PLACES = (
    (botocore.client.BaseClient, "_make_api_call"),
    (aiobotocore.client.AioBaseClient, "_make_api_call"),
    (botocore.eventstream.EventStream, "close"),
)


def held() -> list[Any]:
    """Return what stands in the places that are patched."""
    return [vars(owner).get(name) for owner, name in PLACES]


def test_a_client_and_a_method_made_before_are_traced(recorder: Recorder, client: Any) -> None:
    converse = client.converse
    recorder.instrument(BotocoreInstrumentor())
    converse(modelId=MODEL, messages=HELLO)
    assert recorder.tree() == [f"chat {MODEL}"]


def test_what_is_uninstrumented_is_silent(recorder: Recorder, client: Any) -> None:
    recorder.instrument(BotocoreInstrumentor())
    method = botocore.client.BaseClient._make_api_call
    recorder.uninstrument()
    client.converse(modelId=MODEL, messages=HELLO)
    method(client, "Converse", {"modelId": MODEL, "messages": HELLO})
    assert recorder.spans == []


def test_uninstrumenting_puts_back_what_was_there(recorder: Recorder) -> None:
    before = held()
    recorder.instrument(BotocoreInstrumentor())
    assert all(now is not then for now, then in zip(held(), before, strict=True))
    recorder.uninstrument()
    assert all(now is then for now, then in zip(held(), before, strict=True))


def test_what_is_instrumented_again_is_traced_once(recorder: Recorder, client: Any) -> None:
    recorder.instrument(BotocoreInstrumentor())
    recorder.uninstrument()
    recorder.instrument(BotocoreInstrumentor())
    client.converse(modelId=MODEL, messages=HELLO)
    assert recorder.tree() == [f"chat {MODEL}"]


def test_a_stream_that_is_open_when_we_leave_is_read_as_without_us(recorder: Recorder, client: Any) -> None:
    recorder.instrument(BotocoreInstrumentor())
    stream = client.converse_stream(modelId=MODEL, messages=HELLO)["stream"]
    recorder.uninstrument()
    assert "metadata" in list(stream)[-1]
    assert recorder.tree() == [f"chat {MODEL}"]


def test_methods_look_as_without_us(recorder: Recorder) -> None:
    told = inspect.signature(botocore.client.BaseClient._make_api_call)
    recorder.instrument(BotocoreInstrumentor())
    assert inspect.signature(botocore.client.BaseClient._make_api_call) == told
    assert inspect.iscoroutinefunction(aiobotocore.client.AioBaseClient._make_api_call)


def test_methods_can_be_pickled_and_copied(traced: Recorder) -> None:
    method = botocore.client.BaseClient._make_api_call
    assert pickle.loads(pickle.dumps(method)) == method
    assert copy.deepcopy(method) == method


def test_suppression_is_respected(traced: Recorder, client: Any) -> None:
    with suppress_instrumentation():
        client.converse(modelId=MODEL, messages=HELLO)
        list(client.converse_stream(modelId=MODEL, messages=HELLO)["stream"])
        client.invoke_model(modelId=MODEL, body=b"{}")["body"].read()
    assert traced.spans == []
    assert traced.points() == []


def test_what_the_conventions_do_not_know_is_not_traced(traced: Recorder, client: Any) -> None:
    if not hasattr(client, "count_tokens"):
        pytest.skip("this version of botocore counts no tokens")
    client.apply_guardrail(
        guardrailIdentifier="gr1234",
        guardrailVersion="1",
        source="INPUT",
        content=[{"text": {"text": "Hello there"}}],
    )
    client.count_tokens(modelId=MODEL, input={"converse": {"messages": HELLO}})
    assert traced.spans == []


def test_other_services_are_not_traced(traced: Recorder, connect: Callable[..., Any]) -> None:
    body = connect("s3").get_object(Bucket="bucket", Key="key")["Body"]
    assert type(body._raw_stream).__name__ == "HTTPResponse"
    assert body.read() == b"plain"
    assert traced.spans == []


def test_a_stubbed_client_gives_what_it_was_told_to(traced: Recorder, client: Any) -> None:
    """Applications' own tests hand over any object as a stream or a body."""
    with Stubber(client) as stub:
        answer = {"output": {"message": {"role": "assistant", "content": []}}, "stopReason": "end_turn"}
        told = {
            **answer,
            "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
            "metrics": {"latencyMs": 1},
        }
        stub.add_response("converse", told)
        assert client.converse(modelId=MODEL, messages=HELLO) == told
    assert traced.attributes()["gen_ai.usage.output_tokens"] == 2


def test_the_span_is_current_while_the_request_is_sent(traced: Recorder, client: Any) -> None:
    seen: list[Any] = []

    def sending(**_: Any) -> None:
        seen.append(trace.get_current_span().get_span_context().span_id)

    client.meta.events.register("before-send.bedrock-runtime", sending)
    client.converse(modelId=MODEL, messages=HELLO)
    assert seen == [traced.one().context.span_id]


def test_a_call_is_a_child_of_what_is_current(traced: Recorder, client: Any) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("request"):
        client.converse(modelId=MODEL, messages=HELLO)
        client.invoke_model(modelId=MODEL, body=b"{}")["body"].read()
    assert traced.tree() == ["request", f"  chat {MODEL}", f"  chat {MODEL}"]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_a_call_within_a_frameworks_model_call_fills_that_ones_span(
    recorder: Recorder, client: Any, streamed: bool
) -> None:
    recorder.instrument(BotocoreInstrumentor())
    telemetry = BotocoreInstrumentor()._telemetry(**recorder.providers)
    outer = open_operation(telemetry, Inference(request=Request(model="framework")))
    assert outer is not None
    tokens = current.enter(outer.context)
    if streamed:
        list(client.converse_stream(modelId=MODEL, messages=HELLO)["stream"])
    else:
        client.converse(modelId=MODEL, messages=HELLO)
    current.leave(tokens)
    outer.finish()
    assert recorder.tree() == ["chat framework"]
    assert recorder.attributes()["gen_ai.usage.output_tokens"] == 27
    assert recorder.attributes()["gen_ai.provider.name"] == "aws.bedrock"


@pytest.fixture
def beside(recorder: Recorder, request: pytest.FixtureRequest) -> Iterator[Recorder]:
    """Return a recorder with OpenTelemetry's own instrumentation beside ours, whichever came first."""
    theirs = OpenTelemetrys()
    if request.param == "before":
        theirs.instrument(tracer_provider=recorder.tracer_provider)
    recorder.instrument(BotocoreInstrumentor())
    if request.param == "after":
        theirs.instrument(tracer_provider=recorder.tracer_provider)
    yield recorder
    if request.param == "after":
        theirs.uninstrument()
    recorder.uninstrument()
    if request.param == "before":
        theirs.uninstrument()


BESIDE = pytest.mark.parametrize("beside", ["before", "after"], indirect=True)


@BESIDE
def test_a_model_call_has_one_span_beside_opentelemetrys_instrumentation(
    beside: Recorder, client: Any
) -> None:
    client.converse(modelId=MODEL, messages=HELLO)
    list(client.converse_stream(modelId=MODEL, messages=HELLO)["stream"])
    client.invoke_model(modelId=MODEL, body=b"{}")["body"].read()
    assert beside.tree() == [f"chat {MODEL}"] * 3


@BESIDE
def test_spans_of_other_services_remain_beside_ours(beside: Recorder, connect: Callable[..., Any]) -> None:
    connect("s3").get_object(Bucket="bucket", Key="key")["Body"].read()
    assert beside.tree() == ["S3.GetObject"]


def test_opentelemetrys_instrumentation_alone_is_as_before(recorder: Recorder, client: Any) -> None:
    recorder.instrument(BotocoreInstrumentor())
    recorder.uninstrument()
    theirs = OpenTelemetrys()
    alone = Recorder()
    theirs.instrument(tracer_provider=alone.tracer_provider)
    try:
        client.converse(modelId=MODEL, messages=HELLO)
    finally:
        theirs.uninstrument()
    assert alone.tree() == [f"chat {MODEL}"]
    alone.shutdown()
