# SPDX-License-Identifier: Apache-2.0
"""Attempts of the same request are counted: redirects, rounds of authentication, retries of an SDK."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import openai
import pytest

from asking import HELLO
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors._kernel.telemetry import Telemetry
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.httpx.resends import Place, Resends
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.semconv.model import Inference, Request, ToolRun

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from harness import Recorder
    from spanwright.console.provider import Provider
    from spanwright.semconv.model import Subject


@pytest.fixture(autouse=True)
def instrumented(recorder: Recorder) -> None:
    recorder.instrument(HttpxInstrumentor(), OpenAIInstrumentor())


def counts(recorder: Recorder) -> list[int | None]:
    return [
        (span.attributes or {}).get("http.request.resend_count")  # type: ignore[misc]
        for span in recorder.spans
        if "url.full" in (span.attributes or {})
    ]


def paths(recorder: Recorder) -> list[str]:
    found = [str((span.attributes or {})["url.full"]) for span in recorder.spans]
    return ["/" + url.split("/", 3)[3] for url in found]


def statuses(*codes: int) -> Any:
    """Return a handler for a mock transport that answers with one code after the other."""
    left: Iterator[int] = iter(codes)
    return lambda library: library.MockTransport(lambda _: library.Response(next(left)))


def test_each_hop_of_a_redirect_is_an_attempt(recorder: Recorder, road: Any, server: Any) -> None:
    assert road.get(f"{server.url}/redirect/2", follow_redirects=True).text == "hello"
    assert paths(recorder) == ["/redirect/2", "/redirect/1", "/ok"]
    assert counts(recorder) == [None, 1, 2]


def test_hops_are_siblings(recorder: Recorder, road: Any, server: Any) -> None:
    with recorder.tracer_provider.get_tracer("application").start_as_current_span("work"):
        road.get(f"{server.url}/redirect/1", follow_redirects=True)
    assert recorder.tree() == ["work", "  GET", "  GET"]


def test_a_loop_of_redirects_ends_each_of_its_attempts(recorder: Recorder, road: Any, server: Any) -> None:
    with pytest.raises(road.library.TooManyRedirects):
        road.get(f"{server.url}/loop", {"max_redirects": 3}, follow_redirects=True)
    assert counts(recorder) == [None, 1, 2, 3]


def test_a_next_request_that_the_application_sends_itself_is_counted(
    recorder: Recorder, library: Any, server: Any
) -> None:
    with library.Client() as client:
        client.send(client.get(f"{server.url}/redirect/1").next_request)
    assert counts(recorder) == [None, 1]


def test_each_round_of_digest_authentication_is_an_attempt(
    recorder: Recorder, road: Any, server: Any
) -> None:
    answer = road.get(f"{server.url}/digest", auth=road.library.DigestAuth("user", "S3CRET"))
    assert answer.text == "in"
    assert counts(recorder) == [None, 1]
    assert "S3CRET" not in recorder.everything()


def test_a_request_for_a_token_is_no_resend(recorder: Recorder, library: Any) -> None:
    class Tokens(library.Auth):  # type: ignore[misc]
        def auth_flow(self, request: Any) -> Generator[Any, Any, None]:
            answer = yield request
            if answer.status_code == 401:
                yield library.Request("POST", "http://identity.test/token")
                yield request

    transport = statuses(401, 200, 200)(library)
    with library.Client(transport=transport, auth=Tokens()) as client:
        client.get("http://gateway.test/data")
    assert paths(recorder) == ["/data", "/token", "/data"]
    assert counts(recorder) == [None, None, 1]


def test_a_request_that_the_application_sends_again_after_an_error_is_counted(
    recorder: Recorder, library: Any
) -> None:
    with library.Client(transport=statuses(503, 200, 200)(library)) as client:
        request = client.build_request("GET", "http://gateway.test/")
        client.send(request)
        client.send(request)
        client.send(request)
    assert counts(recorder) == [None, 1, None]


def test_two_calls_to_the_same_address_are_no_resends(recorder: Recorder, library: Any) -> None:
    with library.Client(transport=statuses(500, 500)(library)) as client:
        client.get("http://gateway.test/")
        client.get("http://gateway.test/")
    assert counts(recorder) == [None, None]


def inside(recorder: Recorder, subject: Subject, library: Any, *codes: int) -> list[int | None]:
    """Return the counts of requests to one address inside an operation."""
    telemetry = Telemetry("test", "1", tracer_provider=recorder.tracer_provider)
    operation = open_operation(telemetry, subject)
    assert operation is not None
    tokens = current.enter(operation.context)
    with library.Client(transport=statuses(*codes)(library)) as client:
        for _ in codes:
            client.post("http://gateway.test/v1")
    current.leave(tokens)
    operation.finish()
    return counts(recorder)


def test_only_a_failed_attempt_is_sent_again_inside_an_operation(recorder: Recorder, library: Any) -> None:
    subject = Inference(provider="openai", request=Request(model="m"))
    assert inside(recorder, subject, library, 200, 503, 429, 200, 200) == [None, None, 1, 2, None]


def test_a_tool_that_polls_resends_nothing(recorder: Recorder, library: Any) -> None:
    assert inside(recorder, ToolRun(name="poll"), library, 404, 404, 200) == [None, None, None]


@pytest.fixture
def client(provider: Provider) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=provider.base_url, api_key="test", max_retries=2) as client:
        client._calculate_retry_timeout = lambda *_, **__: 0.0  # type: ignore[method-assign]
        yield client


def test_the_retries_of_an_sdk_are_attempts_of_one_operation(
    recorder: Recorder, client: openai.OpenAI
) -> None:
    client.chat.completions.create(model="flaky:500,500", messages=HELLO)
    assert recorder.tree() == ["chat flaky:500,500", "  POST", "  POST", "  POST"]
    assert counts(recorder) == [None, 1, 2]


def test_retries_of_another_call_start_anew(recorder: Recorder, client: openai.OpenAI) -> None:
    for number in (1, 2):
        client.chat.completions.create(model=f"flaky:{500 + number}", messages=HELLO)
    assert counts(recorder) == [None, 1, None, 1]


def test_the_retries_of_an_asynchronous_sdk_are_counted(recorder: Recorder, provider: Provider) -> None:
    async def call() -> None:
        async with openai.AsyncOpenAI(base_url=provider.base_url, api_key="test", max_retries=2) as client:
            client._calculate_retry_timeout = lambda *_, **__: 0.0  # type: ignore[method-assign]
            await client.chat.completions.create(model="flaky:500,500", messages=HELLO)

    asyncio.run(call())
    assert counts(recorder) == [None, 1, 2]


def test_the_body_of_a_streamed_answer_is_inside_of_its_operation(
    recorder: Recorder, client: openai.OpenAI
) -> None:
    list(client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True))
    chat, post = recorder.one("chat"), recorder.one("POST")
    assert post.parent is not None
    assert chat.context is not None
    assert post.parent.span_id == chat.context.span_id
    assert post.end_time is not None
    assert chat.end_time is not None
    assert post.end_time <= chat.end_time


def test_what_is_remembered_is_weak(library: Any) -> None:
    resends = Resends()
    request = library.Request("GET", "http://gateway.test/")

    class Span:
        pass

    span = Span()
    for _ in range(500):
        resends.failed(request, Place(0, ("GET", str(request.url))), span)
    assert len(resends._operations[span]["GET", "http://gateway.test/"]) == 64
    del request, span
    gc.collect()
    assert not resends._requests
    assert not resends._operations
