# SPDX-License-Identifier: Apache-2.0
"""A streamed body belongs to its attempt, which ends exactly once on every way out."""

from __future__ import annotations

import asyncio
import gc
import logging
from time import time_ns
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import StatusCode

from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from harness import Recorder


@pytest.fixture(autouse=True)
def instrumented(recorder: Recorder, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    recorder.instrument(HttpxInstrumentor())
    yield
    # OpenTelemetry logs an error when a context is detached where it was not attached.
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


def streaming(library: Any, *chunks: bytes, error: BaseException | None = None) -> Any:
    """Return a transport whose answer has these chunks, then raises `error`."""

    class Chunks(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]
        def __iter__(self) -> Iterator[bytes]:
            yield from chunks
            if error is not None:
                raise error

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for chunk in chunks:
                yield chunk
            if error is not None:
                raise error

    return library.MockTransport(lambda _: library.Response(200, stream=Chunks()))


def test_the_span_lasts_until_the_body_is_exhausted(recorder: Recorder, library: Any) -> None:
    with (
        library.Client(transport=streaming(library, b"a", b"b")) as client,
        client.stream("GET", "http://gateway.test/") as response,
    ):
        chunks = response.iter_raw()
        next(chunks)
        next(chunks)
        assert recorder.spans == []
        before = time_ns()
        assert list(chunks) == []
        assert recorder.one().end_time >= before


def test_the_span_lasts_until_an_asynchronous_body_is_exhausted(recorder: Recorder, library: Any) -> None:
    async def read() -> None:
        async with (
            library.AsyncClient(transport=streaming(library, b"a", b"b")) as client,
            client.stream("GET", "http://gateway.test/") as response,
        ):
            chunks = response.aiter_raw()
            await chunks.__anext__()
            await chunks.__anext__()
            assert recorder.spans == []
            assert [chunk async for chunk in chunks] == []
            assert recorder.tree() == ["GET"]

    asyncio.run(read())


def test_a_body_is_read_whole(recorder: Recorder, road: Any, server: Any) -> None:
    assert b"".join(road.stream(f"{server.url}/chunks/4")) == b"chunk 0;chunk 1;chunk 2;chunk 3;"
    assert recorder.tree() == ["GET"]


@pytest.mark.parametrize("take", [0, 1, 2])
def test_a_body_that_is_left_early_is_no_error(recorder: Recorder, road: Any, server: Any, take: int) -> None:
    road.stream(f"{server.url}/chunks/9", take)
    assert recorder.one().status.status_code is StatusCode.UNSET
    assert recorder.attributes()["http.response.status_code"] == 200


def test_a_closed_body_ends_at_its_last_chunk(recorder: Recorder, library: Any) -> None:
    with library.Client(transport=streaming(library, b"a", b"b")) as client:
        response = client.send(client.build_request("GET", "http://gateway.test/"), stream=True)
        chunks = response.iter_raw()
        next(chunks)
        after = time_ns()
        response.close()
    assert recorder.one().end_time <= after


def test_a_response_that_is_never_read_ends_when_it_is_closed(recorder: Recorder, library: Any) -> None:
    with library.Client(transport=streaming(library, b"a")) as client:
        response = client.send(client.build_request("GET", "http://gateway.test/"), stream=True)
        assert recorder.spans == []
        response.close()
        response.close()
    assert recorder.tree() == ["GET"]


def test_a_dropped_response_ends_at_its_last_chunk(recorder: Recorder, library: Any) -> None:
    with library.Client(transport=streaming(library, b"a", b"b")) as client:
        response = client.send(client.build_request("GET", "http://gateway.test/"), stream=True)
        chunks = response.iter_raw()
        next(chunks)
        after = time_ns()
        del response, chunks
        gc.collect()
    assert recorder.one().end_time <= after


def test_a_dropped_asynchronous_response_ends_too(recorder: Recorder, library: Any) -> None:
    async def drop() -> None:
        async with library.AsyncClient(transport=streaming(library, b"a", b"b")) as client:
            response = await client.send(client.build_request("GET", "http://gateway.test/"), stream=True)
            del response
            gc.collect()

    asyncio.run(drop())
    assert recorder.tree() == ["GET"]


def test_a_response_that_is_open_at_the_end_of_the_process_is_ended(recorder: Recorder, library: Any) -> None:
    with library.Client(transport=streaming(library, b"a")) as client:
        response = client.send(client.build_request("GET", "http://gateway.test/"), stream=True)
        ending.finish_open()
        assert recorder.tree() == ["GET"]
        assert response.read() == b"a"
    assert recorder.tree() == ["GET"]


def test_a_connection_that_breaks_amid_the_body_is_an_error(
    recorder: Recorder, road: Any, server: Any
) -> None:
    with pytest.raises(road.library.RemoteProtocolError):
        road.stream(f"{server.url}/cut")
    attributes = recorder.attributes()
    assert attributes["http.response.status_code"] == 200
    assert attributes["error.type"] == f"{road.library.__name__}.RemoteProtocolError"


def test_a_connection_that_breaks_in_a_plain_call_is_an_error(
    recorder: Recorder, road: Any, server: Any
) -> None:
    with pytest.raises(road.library.RemoteProtocolError):
        road.get(f"{server.url}/cut")
    (point,) = recorder.points()
    assert point.labels["error.type"] == f"{road.library.__name__}.RemoteProtocolError"


def test_a_read_timeout_amid_the_body_is_an_error(recorder: Recorder, road: Any, server: Any) -> None:
    with pytest.raises(road.library.ReadTimeout):
        road.stream(f"{server.url}/pause", client={"timeout": 0.5})
    assert recorder.attributes()["error.type"] == f"{road.library.__name__}.ReadTimeout"


def test_a_cancelled_pull_is_cancelled(recorder: Recorder, library: Any, server: Any) -> None:
    async def cancel() -> None:
        async with library.AsyncClient() as client, client.stream("GET", f"{server.url}/pause") as response:
            chunks = response.aiter_raw()
            assert await chunks.__anext__() == b"first"
            task = asyncio.ensure_future(chunks.__anext__())
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(cancel())
    assert recorder.attributes()["error.type"] == "cancelled"


@pytest.mark.parametrize(
    ("method", "path"), [("HEAD", "/ok"), ("GET", "/status/204"), ("GET", "/status/304")]
)
def test_an_answer_without_a_body_ends_too(
    recorder: Recorder, road: Any, server: Any, method: str, path: str
) -> None:
    assert road.request(method, f"{server.url}{path}").content == b""
    assert recorder.tree() == [method]


def test_a_head_that_is_streamed_ends_when_it_is_left(recorder: Recorder, library: Any, server: Any) -> None:
    with library.Client() as client, client.stream("HEAD", f"{server.url}/ok"):
        pass
    assert recorder.tree() == ["HEAD"]


def test_switched_protocols_have_no_body(recorder: Recorder, library: Any) -> None:
    transport = library.MockTransport(lambda _: library.Response(101, stream=library.ByteStream(b"")))
    with library.Client(transport=transport) as client, client.stream("GET", "http://gateway.test/socket"):
        assert recorder.tree() == ["GET"]


def test_the_span_is_never_current_for_the_consumer(library: Any) -> None:
    with (
        library.Client(transport=streaming(library, b"a", b"b")) as client,
        client.stream("GET", "http://gateway.test/") as response,
    ):
        assert not trace.get_current_span().get_span_context().is_valid
        for _ in response.iter_bytes():
            assert not trace.get_current_span().get_span_context().is_valid


def test_a_consumer_may_be_an_asynchronous_generator_that_another_task_closes(
    recorder: Recorder, library: Any
) -> None:
    async def endpoint() -> AsyncIterator[bytes]:
        async with (
            library.AsyncClient(transport=streaming(library, b"a", b"b", b"c")) as client,
            client.stream("GET", "http://gateway.test/") as response,
        ):
            async for chunk in response.aiter_bytes():
                yield chunk

    async def serve() -> None:
        generator = endpoint()
        await generator.__anext__()
        await asyncio.ensure_future(generator.aclose())  # type: ignore[attr-defined]

    asyncio.run(serve())
    assert recorder.tree() == ["GET"]


def test_an_error_of_an_event_hook_closes_the_attempt_without_blaming_it(
    recorder: Recorder, library: Any
) -> None:
    def hook(response: Any) -> None:
        raise ZeroDivisionError

    with (
        library.Client(transport=streaming(library, b"a"), event_hooks={"response": [hook]}) as client,
        pytest.raises(ZeroDivisionError),
    ):
        client.get("http://gateway.test/")
    assert recorder.one().status.status_code is StatusCode.UNSET


def test_a_body_that_cannot_be_decoded_closes_the_attempt(recorder: Recorder, library: Any) -> None:
    def answer(request: Any) -> Any:
        return library.Response(
            200, headers={"content-encoding": "gzip"}, stream=library.ByteStream(b"no gzip at all")
        )

    with (
        library.Client(transport=library.MockTransport(answer)) as client,
        pytest.raises(library.DecodingError),
    ):
        client.get("http://gateway.test/")
    assert recorder.tree() == ["GET"]


def test_a_response_that_is_kept_keeps_no_telemetry(recorder: Recorder, library: Any) -> None:
    with library.Client(transport=streaming(library, b"a")) as client:
        kept = client.get("http://gateway.test/")
    assert kept.stream._operation is None
    assert recorder.tree() == ["GET"]
