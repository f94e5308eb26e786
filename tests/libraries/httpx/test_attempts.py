# SPDX-License-Identifier: Apache-2.0
"""One attempt is one CLIENT span and one metric point, whatever comes of it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Decision, Sampler, SamplingResult
from opentelemetry.trace import SpanKind, StatusCode

from harness import Point, Recorder, recording
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.semconv import series

if TYPE_CHECKING:
    from collections.abc import Iterator

METRIC = "http.client.request.duration"


@pytest.fixture(autouse=True)
def instrumented(recorder: Recorder) -> None:
    recorder.instrument(HttpxInstrumentor())


def test_a_request_is_one_client_span_with_the_stable_attributes(
    recorder: Recorder, road: Any, server: Any
) -> None:
    assert road.get(f"{server.url}/ok?model=a&page=2").text == "hello"
    assert recorder.attributes() == {
        "http.request.method": "GET",
        "url.full": f"{server.url}/ok?model=a&page=2",
        "server.address": "127.0.0.1",
        "server.port": server.port,
        "http.response.status_code": 200,
        "network.protocol.version": "1.1",
    }
    span = recorder.one()
    assert (span.name, span.kind, span.status.status_code) == ("GET", SpanKind.CLIENT, StatusCode.UNSET)


def test_a_request_is_one_point_of_the_duration(recorder: Recorder, road: Any, server: Any) -> None:
    road.get(f"{server.url}/ok?page=2")
    labels = {
        "http.request.method": "GET",
        "url.scheme": "http",
        "server.address": "127.0.0.1",
        "server.port": server.port,
        "http.response.status_code": 200,
        "network.protocol.version": "1.1",
    }
    assert recorder.points() == [Point(METRIC, labels, IsFloat(gt=0), 1)]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Let so many series be told apart."""
    series.forget()
    monkeypatch.setattr(series, "AT_MOST", 20)
    yield series.AT_MOST
    series.forget()


def test_hosts_do_not_multiply_the_series_beyond_a_bound(recorder: Recorder, library: Any, few: int) -> None:
    with library.Client(transport=library.MockTransport(lambda _: library.Response(200))) as client:
        for number in range(3 * few):
            client.get(f"http://host{number}.test/")
    points = recorder.points()
    assert len(points) == few + 1
    assert sum(point.count for point in points) == 3 * few
    last = next(point for point in points if point.count > 1)
    assert last.labels["server.address"] == series.OTHER


def test_addresses_do_not_multiply_the_series(recorder: Recorder, library: Any) -> None:
    with library.Client(transport=library.MockTransport(lambda _: library.Response(200))) as client:
        for number in range(50):
            client.get(f"http://gateway.test/items/{number}?page={number}")
    (point,) = recorder.points()
    assert point.count == 50


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_a_failed_status_is_an_error(recorder: Recorder, road: Any, server: Any, status: int) -> None:
    assert road.get(f"{server.url}/status/{status}").status_code == status
    span = recorder.one()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
    assert recorder.attributes()["error.type"] == str(status)
    (point,) = recorder.points()
    assert point.labels["error.type"] == str(status)


def test_a_redirect_that_is_not_followed_is_no_error(recorder: Recorder, road: Any, server: Any) -> None:
    road.get(f"{server.url}/redirect/1")
    assert recorder.one().status.status_code is StatusCode.UNSET


def test_a_refused_connection_is_an_error_of_its_type(recorder: Recorder, road: Any, server: Any) -> None:
    server.server_close()
    with pytest.raises(road.library.ConnectError) as caught:
        road.get(f"{server.url}/ok")
    name = f"{road.library.__name__}.ConnectError"
    assert recorder.attributes() == {
        "http.request.method": "GET",
        "url.full": f"{server.url}/ok",
        "server.address": "127.0.0.1",
        "server.port": server.port,
        "error.type": name,
    }
    assert recorder.one().status.description == str(caught.value)
    (point,) = recorder.points()
    assert point.labels["error.type"] == name


def test_a_timeout_is_an_error_of_its_type(recorder: Recorder, road: Any, server: Any) -> None:
    with pytest.raises(road.library.ReadTimeout):
        road.get(f"{server.url}/hang", timeout=0.02)
    assert recorder.attributes()["error.type"] == f"{road.library.__name__}.ReadTimeout"


def test_a_cancelled_request_is_cancelled(recorder: Recorder, library: Any, server: Any) -> None:
    async def cancel() -> None:
        async with library.AsyncClient() as client:
            task = asyncio.ensure_future(client.get(f"{server.url}/hang"))
            while not server.requests:
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(cancel())
    assert recorder.attributes()["error.type"] == "cancelled"


def test_the_error_of_the_application_is_raised_as_it_was(library: Any) -> None:
    raised = ZeroDivisionError("of a transport")

    def fail(request: Any) -> Any:
        raise raised from KeyError("cause")

    with (
        library.Client(transport=library.MockTransport(fail)) as client,
        pytest.raises(ZeroDivisionError) as caught,
    ):
        client.get("http://gateway.test/")
    assert caught.value is raised
    assert isinstance(raised.__cause__, KeyError)


def test_the_text_of_an_error_of_the_application_is_content(recorder: Recorder, library: Any) -> None:
    def body() -> Iterator[bytes]:
        yield b"{"
        raise ValueError("cannot serialise: my PROMPT")

    def read(request: Any) -> Any:
        return library.Response(200, content=request.read())

    with (
        library.Client(transport=library.MockTransport(read)) as client,
        pytest.raises(ValueError, match="PROMPT"),
    ):
        client.post("http://gateway.test/", content=body())
    assert recorder.attributes()["error.type"] == "ValueError"
    assert "PROMPT" not in recorder.everything()


@pytest.mark.parametrize(
    ("method", "known"),
    [("GET", True), ("QUERY", True), ("patch", True), ("BREW", False), ("PROPFIND", False)],
)
def test_unknown_methods_are_other(recorder: Recorder, road: Any, method: str, known: bool) -> None:
    transport = road.library.MockTransport(lambda _: road.library.Response(200))
    road.request(method, "http://gateway.test/", {"transport": transport})
    attributes = recorder.attributes()
    assert attributes["http.request.method"] == (method.upper() if known else "_OTHER")
    assert attributes.get("http.request.method_original") == (None if known else method)
    assert recorder.one().name == (method.upper() if known else "HTTP")


def test_the_known_methods_can_be_set(
    recorder: Recorder, library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.uninstrument()
    monkeypatch.setenv("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "GET, BREW")
    recorder.instrument(HttpxInstrumentor())
    with library.Client(transport=library.MockTransport(lambda _: library.Response(200))) as client:
        client.request("BREW", "http://gateway.test/")
        client.request("POST", "http://gateway.test/")
    assert [span.name for span in recorder.spans] == ["BREW", "HTTP"]


@pytest.mark.parametrize(("url", "port"), [("http://gateway.test/", 80), ("https://gateway.test/", 443)])
def test_the_port_of_the_scheme_is_known(recorder: Recorder, library: Any, url: str, port: int) -> None:
    with library.Client(transport=library.MockTransport(lambda _: library.Response(200))) as client:
        client.get(url)
    assert recorder.attributes()["server.port"] == port


def test_what_a_transport_does_not_say_is_absent(recorder: Recorder, library: Any) -> None:
    with library.Client(transport=library.MockTransport(lambda _: library.Response(200))) as client:
        client.get("http://gateway.test/")
    assert "network.protocol.version" not in recorder.attributes()


@pytest.mark.parametrize(("spoken", "version"), [(b"HTTP/2", "2"), (b"HTTP/1.0", "1.0"), (b"ICY", None)])
def test_the_version_is_that_of_the_answer(
    recorder: Recorder, library: Any, spoken: bytes, version: str | None
) -> None:
    def answer(request: Any) -> Any:
        return library.Response(200, extensions={"http_version": spoken})

    with library.Client(transport=library.MockTransport(answer)) as client:
        client.get("http://gateway.test/")
    assert recorder.attributes().get("network.protocol.version") == version


def test_an_address_without_a_host_is_no_attempt(recorder: Recorder, road: Any) -> None:
    with pytest.raises(road.library.UnsupportedProtocol):
        road.get("/relative")
    assert recorder.spans == []


def test_functions_of_the_module_are_covered(recorder: Recorder, library: Any, server: Any) -> None:
    library.get(f"{server.url}/ok")
    with library.stream("POST", f"{server.url}/ok") as response:
        response.read()
    assert recorder.tree() == ["GET", "POST"]


def test_every_kind_of_transport_is_covered(recorder: Recorder, library: Any) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"wsgi"]

    class Own(library.BaseTransport):  # type: ignore[misc]
        def handle_request(self, request: Any) -> Any:
            return library.Response(200, text="own")

    mounts = {"all://own.test": Own(), "all://wsgi.test": library.WSGITransport(application)}
    with library.Client(mounts=mounts) as client:
        assert client.get("http://own.test/").text == "own"
        assert client.get("http://wsgi.test/").text == "wsgi"
    assert recorder.tree() == ["GET", "GET"]


def test_the_attempt_is_current_while_the_library_runs_and_not_in_hooks(
    recorder: Recorder, road: Any
) -> None:
    tracer = recorder.tracer_provider.get_tracer("application")

    def answer(request: Any) -> Any:
        tracer.start_span("inside").end()
        return road.library.Response(200)

    def seen(_: Any) -> None:
        tracer.start_span("hook").end()

    async def aseen(_: Any) -> None:
        tracer.start_span("hook").end()

    hook = aseen if road.asynchronous else seen
    options = {
        "transport": road.library.MockTransport(answer),
        "event_hooks": {"request": [hook], "response": [hook]},
    }
    road.get("http://gateway.test/", options)
    assert recorder.tree() == ["hook", "GET", "  inside", "hook"]


def test_concurrent_requests_are_siblings(
    recorder: Recorder, library: Any, server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def both() -> None:
        async with library.AsyncClient() as client:
            await asyncio.gather(*(client.get(f"{server.url}/chunks/5") for _ in range(8)))

    with recorder.tracer_provider.get_tracer("application").start_as_current_span("work"):
        asyncio.run(both())
    assert recorder.tree() == ["work", *["  GET"] * 8]
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


def test_an_unsampled_request_is_counted_all_the_same(road: Any, server: Any) -> None:
    HttpxInstrumentor().uninstrument()
    with recording(sampler=ALWAYS_OFF) as recorder:
        recorder.instrument(HttpxInstrumentor())
        assert road.get(f"{server.url}/chunks/3").text == "chunk 0;chunk 1;chunk 2;"
        assert recorder.spans == []
        assert [point.count for point in recorder.points(METRIC)] == [1]


def test_a_sampler_that_drops_attributes_does_not_lose_them(library: Any) -> None:
    class Forgetful(Sampler):
        def should_sample(self, *args: Any, **kwargs: Any) -> SamplingResult:
            return SamplingResult(Decision.RECORD_AND_SAMPLE)

        def get_description(self) -> str:
            return "forgetful"

    HttpxInstrumentor().uninstrument()
    with recording(sampler=Forgetful()) as recorder:
        recorder.instrument(HttpxInstrumentor())
        with library.Client(transport=library.MockTransport(lambda _: library.Response(200))) as client:
            client.get("http://gateway.test/")
        assert recorder.attributes()["url.full"] == "http://gateway.test/"
