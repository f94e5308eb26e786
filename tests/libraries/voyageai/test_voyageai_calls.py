# SPDX-License-Identifier: Apache-2.0
"""Voyage's embeddings and rerankings: the span of each, sync and async, in success and failure."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
import requests
import voyageai
import voyageai.error
from dirty_equals import IsFloat
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import SpanKind, StatusCode

from leaving import cancel
from spanwright.console.provider import Provider, Reply
from spanwright.instrumentors.voyageai import VoyageAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

TEXTS = ["two words SECRET", "one"]
RANK: dict[str, Any] = {"query": "red apple", "documents": ["a pear", "an apple", "a red apple"], "top_k": 2}
EMBEDDED = {
    "gen_ai.operation.name": "embeddings",
    "gen_ai.provider.name": "voyage",
    "gen_ai.request.model": "voyage-3.5",
    "gen_ai.response.model": "voyage-3.5",
    "gen_ai.usage.input_tokens": 4,
}
RANKED = {
    "gen_ai.operation.name": "rerank",
    "gen_ai.provider.name": "voyage",
    "gen_ai.request.model": "rerank-2",
    "gen_ai.retrieval.top_k": 2,
}
ERRORS = {401: "AuthenticationError", 404: "APIError", 429: "RateLimitError", 500: "ServerError"}


def test_embeddings_are_one_client_span(
    traced: Recorder, client: voyageai.Client, server: dict[str, Any]
) -> None:
    answer = client.embed(TEXTS, model="voyage-3.5", output_dimension=8, output_dtype="float")
    assert len(answer.embeddings[0]) == 8
    span = traced.one()
    assert (span.name, span.kind, span.status.status_code) == (
        "embeddings voyage-3.5",
        SpanKind.CLIENT,
        StatusCode.UNSET,
    )
    assert traced.attributes() == {
        **EMBEDDED,
        **server,
        "gen_ai.embeddings.dimension.count": 8,
        "gen_ai.request.encoding_formats": ["float"],
    }


async def test_awaited_embeddings_tell_the_same(
    traced: Recorder, aclient: voyageai.AsyncClient, server: dict[str, Any]
) -> None:
    await aclient.embed(TEXTS, "voyage-3.5", "query")
    assert traced.attributes() == {**EMBEDDED, **server}


@pytest.mark.filterwarnings("ignore:The `model` argument")
def test_the_default_model_is_told(traced: Recorder, client: voyageai.Client) -> None:
    client.embed(TEXTS)
    assert traced.one().name == f"embeddings {voyageai.VOYAGE_EMBED_DEFAULT_MODEL}"


def test_multimodal_embeddings_are_embeddings(
    traced: Recorder, client: voyageai.Client, server: dict[str, Any]
) -> None:
    client.multimodal_embed([["two words SECRET"], ["one"]], model="voyage-3.5")
    assert traced.attributes() == {**EMBEDDED, **server}


def test_contextualized_embeddings_are_embeddings(
    traced: Recorder, client: voyageai.Client, server: dict[str, Any]
) -> None:
    client.contextualized_embed([["two words SECRET"], ["one"]], "voyage-3.5")
    assert traced.attributes() == {**EMBEDDED, **server}


async def test_awaited_embeddings_of_other_kinds_tell_the_same(
    traced: Recorder, aclient: voyageai.AsyncClient
) -> None:
    await aclient.contextualized_embed(inputs=[["two words"], ["one"]], model="voyage-3.5")
    await aclient.multimodal_embed(inputs=[["two words"], ["one"]], model="voyage-3.5")
    assert traced.tree() == ["embeddings voyage-3.5", "embeddings voyage-3.5"]


def test_a_reranking_is_one_client_span(
    traced: Recorder, client: voyageai.Client, server: dict[str, Any]
) -> None:
    client.rerank(**RANK, model="rerank-2")
    assert (traced.one().name, traced.one().kind) == ("rerank", SpanKind.CLIENT)
    assert traced.attributes() == {**RANKED, **server}


async def test_an_awaited_reranking_tells_the_same(
    traced: Recorder, aclient: voyageai.AsyncClient, server: dict[str, Any]
) -> None:
    await aclient.rerank(RANK["query"], RANK["documents"], "rerank-2", 2)
    assert traced.attributes() == {**RANKED, **server}


@pytest.mark.parametrize("direct", [False, True], ids=["client", "resource"])
def test_the_ranked_documents_are_content_where_that_is_asked_for(
    shown: Recorder, client: voyageai.Client, direct: bool
) -> None:
    if direct:
        voyageai.Reranking.create(**RANK, model="rerank-2", **client._params)
    else:
        client.rerank(**RANK, model="rerank-2")
    found = shown.attributes()
    assert found["gen_ai.retrieval.query.text"] == "red apple"
    assert json.loads(found["gen_ai.retrieval.documents"]) == [
        {"id": "2", "score": IsFloat(), "content": "a red apple"},
        {"id": "1", "score": IsFloat(), "content": "an apple"},
    ]


def test_no_content_is_told_unless_it_is_asked_for(traced: Recorder, client: voyageai.Client) -> None:
    client.rerank("SECRET", ["SECRET"], "rerank-2")
    client.embed(TEXTS, model="voyage-3.5")
    with pytest.raises(voyageai.error.AuthenticationError):
        client.embed(TEXTS, model="error:401")
    assert "SECRET" not in traced.everything()


def test_a_resource_of_the_module_is_traced_too(
    traced: Recorder, client: voyageai.Client, server: dict[str, Any]
) -> None:
    voyageai.Embedding.create(input=TEXTS, model="voyage-3.5", **client._params)
    assert traced.attributes() == {**EMBEDDED, **server}


async def test_an_awaited_resource_of_the_module_is_traced_too(
    traced: Recorder, aclient: voyageai.AsyncClient
) -> None:
    await voyageai.Embedding.acreate(input=TEXTS, model="voyage-3.5", **aclient._params)
    assert traced.tree() == ["embeddings voyage-3.5"]


def test_tokens_and_time_are_counted_once(traced: Recorder, client: voyageai.Client) -> None:
    client.embed(TEXTS, model="voyage-3.5")
    (tokens,) = traced.points("gen_ai.client.token.usage")
    assert (tokens.sum, tokens.count) == (4, 1)
    (duration,) = traced.points("gen_ai.client.operation.duration")
    assert duration.count == 1


@pytest.mark.parametrize("status", ERRORS)
def test_an_error_is_told_by_its_class(
    traced: Recorder, client: voyageai.Client, status: int, server: dict[str, Any]
) -> None:
    with pytest.raises(getattr(voyageai.error, ERRORS[status])):
        client.embed(TEXTS, model=f"error:{status}")
    assert traced.one().status.status_code is StatusCode.ERROR
    assert traced.attributes() == {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "voyage",
        "gen_ai.request.model": f"error:{status}",
        **server,
        "error.type": f"voyageai.error.{ERRORS[status]}",
    }


@pytest.mark.parametrize("status", ERRORS)
async def test_an_error_is_told_asynchronously(
    traced: Recorder, aclient: voyageai.AsyncClient, status: int
) -> None:
    with pytest.raises(getattr(voyageai.error, ERRORS[status])):
        await aclient.rerank("a", ["a"], f"error:{status}")
    assert traced.attributes()["error.type"] == f"voyageai.error.{ERRORS[status]}"


def test_retries_are_one_call(
    traced: Recorder, make: Callable[..., Any], provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    make(voyageai.Client, max_retries=3).embed(TEXTS, model="flaky:429,429")
    assert len(provider.requests) == 3
    assert traced.tree() == ["embeddings flaky:429,429"]
    assert traced.attributes()["gen_ai.usage.input_tokens"] == 4


def test_a_cut_connection_is_the_sdks_error(
    traced: Recorder, client: voyageai.Client, provider: Provider
) -> None:
    provider.say(Reply(drop=True))
    with pytest.raises(voyageai.error.APIConnectionError):
        client.embed(TEXTS, model="voyage-3.5")
    assert traced.attributes()["error.type"] == "voyageai.error.APIConnectionError"


# Early versions of the SDK do not close the session of a call that is cancelled.
@pytest.mark.filterwarnings(
    "ignore:Unclosed client session", "ignore::pytest.PytestUnraisableExceptionWarning"
)
async def test_a_cancelled_call_is_told_as_cancelled(
    traced: Recorder, aclient: voyageai.AsyncClient, provider: Provider
) -> None:
    release = threading.Event()
    provider.say(Reply(hold=release))
    task = asyncio.ensure_future(aclient.embed(TEXTS, model="voyage-3.5"))
    await asyncio.to_thread(provider.wait, 1)
    await cancel(task, release)
    assert traced.attributes()["error.type"] == "cancelled"


def test_the_request_is_sent_within_the_span(
    traced: Recorder, client: voyageai.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    with requests.Session() as session:
        session.hooks["response"] = [lambda *_, **__: seen.append(trace.get_current_span().name)]
        monkeypatch.setattr(voyageai, "requestssession", session)
        client.embed(TEXTS, model="voyage-3.5")
    assert seen == ["embeddings voyage-3.5"]
    assert not trace.get_current_span().get_span_context().is_valid


def test_nothing_is_traced_while_instrumentation_is_suppressed(
    traced: Recorder, client: voyageai.Client
) -> None:
    with suppress_instrumentation():
        client.embed(TEXTS, model="voyage-3.5")
    assert traced.tree() == []


def test_a_client_made_before_and_its_bound_method_are_traced(
    recorder: Recorder, client: voyageai.Client
) -> None:
    embed = client.embed
    recorder.instrument(VoyageAIInstrumentor())
    client.embed(TEXTS, model="voyage-3.5")
    embed(TEXTS, model="voyage-3.5")
    assert recorder.tree() == ["embeddings voyage-3.5", "embeddings voyage-3.5"]


def test_uninstrumenting_silences_and_instrumenting_again_gives_one_span(
    traced: Recorder, client: voyageai.Client
) -> None:
    traced.uninstrument()
    client.embed(TEXTS, model="voyage-3.5")
    assert traced.tree() == []
    traced.instrument(VoyageAIInstrumentor())
    client.embed(TEXTS, model="voyage-3.5")
    assert traced.tree() == ["embeddings voyage-3.5"]


def test_what_is_sent_is_what_the_sdk_alone_sends(
    shown: Recorder, client: voyageai.Client, provider: Provider
) -> None:
    asked = dict(RANK)
    client.rerank(**asked, model="rerank-2")
    client.embed(TEXTS, model="voyage-3.5")
    shown.uninstrument()
    client.rerank(**asked, model="rerank-2")
    client.embed(TEXTS, model="voyage-3.5")
    bodies = [request.body for request in provider.requests]
    assert bodies[:2] == bodies[2:]
    assert asked == RANK


def test_a_model_in_this_process_is_no_call_of_a_provider(
    traced: Recorder, client: voyageai.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not hasattr(voyageai, "local"):
        pytest.skip("this version has no local models")
    monkeypatch.setattr("voyageai.client.embed_local", lambda **_: "vectors")
    assert client.embed(TEXTS, model="voyage-4-nano") == "vectors"
    assert traced.tree() == []
