# SPDX-License-Identifier: Apache-2.0
"""Replicate's runs, streams and predictions: one span each, however often a prediction is polled."""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import threading
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import replicate
from dirty_equals import IsFloat, IsStr
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import SpanKind, StatusCode
from replicate.exceptions import ModelError, ReplicateError

from leaving import cancel
from spanwright.console.provider import Provider, Reply
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.replicate import ReplicateInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

INPUT = {"prompt": "robots SECRET", "max_tokens": 50, "temperature": 0.5, "seed": 7}
ASKED = {
    "gen_ai.operation.name": "generate_content",
    "gen_ai.provider.name": "replicate",
    "gen_ai.request.model": "acme/text",
    "gen_ai.request.max_tokens": 50,
    "gen_ai.request.temperature": 0.5,
    "gen_ai.request.seed": 7,
}
ANSWERED = {
    "gen_ai.response.id": IsStr(min_length=26, max_length=26),
    "gen_ai.response.model": "acme/text",
}
ENDED = {
    **ANSWERED,
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 2,
    "gen_ai.usage.output_tokens": 5,
}
ERRORS = [401, 404, 500]
WAITS = not version("replicate").startswith("0.")


def test_a_run_is_one_client_span(traced: Recorder, client: replicate.Client, server: dict[str, Any]) -> None:
    assert "".join(client.run("acme/text", input=INPUT)) == "You asked robots SECRET."
    span = traced.one()
    assert (span.name, span.kind, span.status.status_code) == (
        "generate_content acme/text",
        SpanKind.CLIENT,
        StatusCode.UNSET,
    )
    assert traced.attributes() == {**ASKED, **ENDED, **server}


async def test_an_awaited_run_tells_the_same(
    traced: Recorder, aclient: replicate.Client, server: dict[str, Any]
) -> None:
    await aclient.async_run("acme/text", input=INPUT)
    assert traced.attributes() == {**ASKED, **ENDED, **server}


def test_a_run_that_polls_is_one_span_with_its_usage_once(
    traced: Recorder, client: replicate.Client, provider: Provider, server: dict[str, Any]
) -> None:
    told = {"wait": False} if WAITS else {}
    client.run("acme/text", input=INPUT, **told)
    assert len([each for each in provider.requests if each.method == "GET"]) == 2
    assert traced.tree() == ["generate_content acme/text"]
    assert traced.attributes() == {**ASKED, **ENDED, **server}
    counted = {
        point.labels["gen_ai.token.type"]: (point.sum, point.count)
        for point in traced.points("gen_ai.client.token.usage")
    }
    assert counted == {"input": (2, 1), "output": (5, 1)}


async def test_an_awaited_run_that_polls_tells_the_same(
    traced: Recorder, aclient: replicate.Client, server: dict[str, Any]
) -> None:
    told = {"wait": False} if WAITS else {}
    await aclient.async_run("acme/text", input=INPUT, **told)
    assert traced.attributes() == {**ASKED, **ENDED, **server}


def test_a_run_that_gives_its_output_piece_by_piece_lasts_until_it_is_read(
    traced: Recorder, client: replicate.Client
) -> None:
    told = {"wait": False} if WAITS else {}
    pieces: Any = client.run("acme/iterator:1234", input=INPUT, **told)
    assert inspect.isgenerator(pieces)
    assert traced.spans == []
    assert list(pieces)
    assert traced.tree() == ["generate_content acme/iterator:1234"]
    found = traced.attributes()
    assert found["gen_ai.response.finish_reasons"] == ["stop"]
    assert found["gen_ai.usage.output_tokens"] == 5


def test_a_stream_is_one_span(traced: Recorder, client: replicate.Client, server: dict[str, Any]) -> None:
    events = list(client.stream("acme/text", input=INPUT))
    assert "".join(map(str, events)).startswith("You")
    assert traced.attributes() == {
        **ASKED,
        **ANSWERED,
        **server,
        "gen_ai.request.stream": True,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
    }


async def test_an_asynchronous_stream_tells_the_same(
    traced: Recorder, aclient: replicate.Client, server: dict[str, Any]
) -> None:
    events = [event async for event in await aclient.async_stream("acme/text", input=INPUT)]
    assert events
    assert traced.attributes() == {
        **ASKED,
        **ANSWERED,
        **server,
        "gen_ai.request.stream": True,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
    }


def test_a_stream_that_is_never_started_is_no_call(traced: Recorder, client: replicate.Client) -> None:
    client.stream("acme/text", input=INPUT)
    gc.collect()
    assert traced.tree() == []


def test_a_stream_that_is_closed_early_ends_its_span(traced: Recorder, client: replicate.Client) -> None:
    stream: Any = client.stream("acme/text", input=INPUT)
    next(stream)
    stream.close()
    assert traced.one().status.status_code is StatusCode.UNSET
    assert "gen_ai.response.id" in traced.attributes()


def test_a_stream_that_is_dropped_ends_its_span(traced: Recorder, client: replicate.Client) -> None:
    for _ in client.stream("acme/text", input=INPUT):
        break
    gc.collect()
    assert traced.tree() == ["generate_content acme/text"]


async def test_an_asynchronous_stream_that_is_closed_early_ends_its_span(
    traced: Recorder, aclient: replicate.Client
) -> None:
    stream: Any = await aclient.async_stream("acme/text", input=INPUT)
    await stream.__anext__()
    await stream.aclose()
    assert traced.tree() == ["generate_content acme/text"]


def test_an_error_event_is_the_sdks_error(traced: Recorder, client: replicate.Client) -> None:
    with pytest.raises(RuntimeError):
        list(client.stream("acme/fail", input=INPUT))
    found = traced.attributes()
    assert (found["error.type"], found["gen_ai.response.finish_reasons"]) == ("RuntimeError", ["error"])


def test_a_model_that_fails_is_the_sdks_error(traced: Recorder, client: replicate.Client) -> None:
    with pytest.raises((ModelError, ReplicateError)):
        client.run("acme/fail", input=INPUT)
    assert traced.one().status.status_code is StatusCode.ERROR
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["error"]
    assert "SECRET" not in traced.everything()


def test_a_created_prediction_is_one_span_and_its_polling_none(
    traced: Recorder, client: replicate.Client, server: dict[str, Any]
) -> None:
    prediction = client.models.predictions.create("acme/text", INPUT)
    prediction.wait()
    assert client.predictions.get(prediction.id).status == "succeeded"
    assert traced.attributes() == {**ASKED, **ANSWERED, **server, "gen_ai.response.id": prediction.id}


def test_a_prediction_created_by_its_version_is_named_by_it(
    traced: Recorder, client: replicate.Client
) -> None:
    client.predictions.create(version="1234", input=INPUT)
    client.predictions.create("5678", INPUT)
    assert traced.tree() == ["generate_content 1234", "generate_content 5678"]


def test_a_prediction_created_by_its_model_is_one_span(traced: Recorder, client: replicate.Client) -> None:
    client.predictions.create(model="acme/text", input=INPUT)
    assert traced.tree() == ["generate_content acme/text"]


def test_a_prediction_of_a_deployment_is_one_span(traced: Recorder, client: replicate.Client) -> None:
    client.deployments.predictions.create("acme/mine", INPUT)
    client.deployments.predictions.create(("acme", "mine"), INPUT)
    assert traced.tree() == ["generate_content acme/mine", "generate_content acme/mine"]


async def test_an_awaited_prediction_is_one_span(traced: Recorder, aclient: replicate.Client) -> None:
    prediction = await aclient.predictions.async_create("1234", INPUT)
    await prediction.async_wait()
    assert traced.tree() == ["generate_content 1234"]


@pytest.mark.parametrize("status", ERRORS)
def test_an_error_is_told_by_its_class(traced: Recorder, client: replicate.Client, status: int) -> None:
    with pytest.raises(ReplicateError):
        client.run(f"error/{status}", input=INPUT)
    assert traced.attributes()["error.type"] == "replicate.exceptions.ReplicateError"
    assert traced.tree() == [f"generate_content error/{status}"]


async def test_an_error_is_told_asynchronously(traced: Recorder, aclient: replicate.Client) -> None:
    with pytest.raises(ReplicateError):
        await aclient.models.predictions.async_create("error/429", INPUT)
    assert traced.attributes()["error.type"] == "replicate.exceptions.ReplicateError"


async def test_a_cancelled_run_is_told_as_cancelled(
    traced: Recorder, aclient: replicate.Client, provider: Provider
) -> None:
    release = threading.Event()
    provider.say(Reply(hold=release))
    task = asyncio.ensure_future(aclient.async_run("acme/text", input=INPUT))
    await asyncio.to_thread(provider.wait, 1)
    await cancel(task, release)
    assert traced.attributes()["error.type"] == "cancelled"


def test_no_content_is_told_unless_it_is_asked_for(traced: Recorder, client: replicate.Client) -> None:
    client.run("acme/text", input=INPUT)
    list(client.stream("acme/text", input=INPUT))
    assert "SECRET" not in traced.everything()


@pytest.mark.parametrize("how", ["run", "stream", "create"])
def test_content_is_told_where_it_is_asked_for(shown: Recorder, client: replicate.Client, how: str) -> None:
    asked = {**INPUT, "system_prompt": "Be kind.", "image": "https://images.test/1.png"}
    if how == "run":
        client.run("acme/text", input=asked)
    elif how == "stream":
        list(client.stream("acme/text", input=asked))
    else:
        client.models.predictions.create("acme/text", asked)
    found = shown.attributes()
    assert json.loads(found["gen_ai.system_instructions"]) == [{"type": "text", "content": "Be kind."}]
    (heard,) = json.loads(found["gen_ai.input.messages"])
    assert heard["parts"][0] == {"type": "text", "content": "robots SECRET"}
    assert heard["parts"][1]["uri"] == "https://images.test/1.png"
    if how != "create":
        (said,) = json.loads(found["gen_ai.output.messages"])
        assert said["parts"][0]["content"].replace(" ", "").startswith("Youasked")


def test_files_are_told_by_their_address(
    shown: Recorder, client: replicate.Client, provider: Provider
) -> None:
    provider.say(
        Reply(
            body={
                **{
                    "id": "p" * 26,
                    "model": "acme/image",
                    "version": "1",
                    "input": {},
                    "logs": "",
                    "error": None,
                },
                **{"status": "succeeded", "created_at": "", "urls": {}},
                "output": ["https://files.test/1.png"],
            }
        )
    )
    client.run("acme/image", input={"prompt": "robots"})
    (said,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert said["parts"] == [{"type": "uri", "modality": "image", "uri": "https://files.test/1.png"}]


def test_the_modules_own_functions_are_traced_though_they_were_bound_before(
    traced: Recorder, provider: Provider, monkeypatch: pytest.MonkeyPatch, client: replicate.Client
) -> None:
    """`replicate.run` is a bound method that is made when the module is imported."""
    from replicate import run, stream

    monkeypatch.setattr(replicate.default_client, "_base_url", provider.url)
    monkeypatch.setattr(replicate.default_client, "_Client__client", client._client, raising=False)
    run("acme/text", input=INPUT)
    list(stream("acme/text", input=INPUT))
    assert traced.tree() == ["generate_content acme/text", "generate_content acme/text"]


def test_a_client_and_a_method_made_before_are_traced(recorder: Recorder, client: replicate.Client) -> None:
    run, predictions = client.run, client.predictions
    recorder.instrument(ReplicateInstrumentor())
    run("acme/text", input=INPUT)
    predictions.create("1234", INPUT)
    assert recorder.tree() == ["generate_content acme/text", "generate_content 1234"]


def test_uninstrumenting_silences_and_instrumenting_again_gives_one_span(
    traced: Recorder, client: replicate.Client
) -> None:
    traced.uninstrument()
    client.run("acme/text", input=INPUT)
    list(client.stream("acme/text", input=INPUT))
    assert traced.tree() == []
    traced.instrument(ReplicateInstrumentor())
    client.run("acme/text", input=INPUT)
    assert traced.tree() == ["generate_content acme/text"]


def test_nothing_is_traced_while_instrumentation_is_suppressed(
    traced: Recorder, client: replicate.Client
) -> None:
    with suppress_instrumentation():
        client.run("acme/text", input=INPUT)
        list(client.stream("acme/text", input=INPUT))
    assert traced.tree() == []


def test_administration_is_not_traced(traced: Recorder, client: replicate.Client) -> None:
    prediction = client.predictions.create("1234", INPUT)
    prediction.cancel()
    prediction.reload()
    assert traced.tree() == ["generate_content 1234"]


def test_requests_nest_under_the_run(recorder: Recorder, client: replicate.Client) -> None:
    recorder.instrument(ReplicateInstrumentor(), HttpxInstrumentor())
    told = {"wait": False} if WAITS else {}
    client.run("acme/text", input=INPUT, **told)
    assert recorder.tree() == ["generate_content acme/text", "  POST", "  GET", "  GET"]


def test_what_is_sent_is_what_the_sdk_alone_sends(
    shown: Recorder, client: replicate.Client, provider: Provider
) -> None:
    asked = dict(INPUT)
    client.run("acme/text", input=asked)
    sent = provider.requests[0].body
    shown.uninstrument()
    client.run("acme/text", input=asked)
    again = [each for each in provider.requests if each.method == "POST"][1].body
    assert sent == again
    assert asked == INPUT


def test_the_span_is_not_current_while_the_application_has_an_event(
    traced: Recorder, client: replicate.Client
) -> None:
    for _ in client.stream("acme/text", input=INPUT):
        assert not trace.get_current_span().get_span_context().is_valid


def test_a_connection_that_is_cut_is_an_error_of_the_http_library(
    traced: Recorder, make: Callable[[], replicate.Client], provider: Provider
) -> None:
    provider.say(Reply(drop=True))
    with pytest.raises(httpx.RemoteProtocolError):
        make().run("acme/text", input=INPUT)
    assert traced.attributes()["error.type"] == "httpx.RemoteProtocolError"
