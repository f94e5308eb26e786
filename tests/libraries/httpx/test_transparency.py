# SPDX-License-Identifier: Apache-2.0
"""The application sees what it would see without us: bytes, objects, errors, order, memory."""

from __future__ import annotations

import asyncio
import copy
import gc
import inspect
import itertools
import pickle
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import Recorder
from libraries.httpx.conftest import LIBRARIES
from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

SEEN = (
    "status_code",
    "is_closed",
    "is_stream_consumed",
    "num_bytes_downloaded",
    "extensions",
    "http_version",
)


def outcome(action: Callable[[], Any]) -> Any:
    """Return what an action gives, or the type and text of what it raises."""
    try:
        return action()
    except Exception as error:
        return type(error), str(error)


def observed(response: Any) -> dict[str, Any]:
    found = {name: outcome(lambda name=name: getattr(response, name)) for name in SEEN}
    elapsed = outcome(lambda: response.elapsed)
    found["elapsed"] = elapsed if isinstance(elapsed, tuple) else type(elapsed)
    found["content"] = outcome(lambda: response.content)
    return found


def play(
    library: Any, chunks: list[bytes], fail_at: int | None, take: int | None, size: int | None
) -> list[Any]:
    """Read a streamed body in this way and return everything that can be seen of it."""
    log: list[Any] = []

    class Chunks(library.SyncByteStream):  # type: ignore[misc]
        def __iter__(self) -> Iterator[bytes]:
            try:
                for number, chunk in enumerate(chunks):
                    if number == fail_at:
                        raise library.ReadError("broken")
                    log.append(("pulled", number))
                    yield chunk
            finally:
                log.append("iterator closed")

        def close(self) -> None:
            log.append("stream closed")

    def read(response: Any) -> None:
        for chunk in response.iter_bytes(size):
            log.append(chunk)
            if len(log) == take:
                break

    transport = library.MockTransport(lambda _: library.Response(200, stream=Chunks()))
    with library.Client(transport=transport) as client:
        with client.stream("GET", "http://gateway.test/") as response:
            log.append(observed(response))
            log.append(outcome(lambda: read(response)))
            log.append(outcome(lambda: list(response.iter_raw())))
            log.append(outcome(response.read))
        log.append(observed(response))
    return log


def aplay(
    library: Any, chunks: list[bytes], fail_at: int | None, take: int | None, size: int | None
) -> list[Any]:
    """Do the same asynchronously."""
    log: list[Any] = []

    class Chunks(library.AsyncByteStream):  # type: ignore[misc]
        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                for number, chunk in enumerate(chunks):
                    if number == fail_at:
                        raise library.ReadError("broken")
                    log.append(("pulled", number))
                    await asyncio.sleep(0)
                    yield chunk
            finally:
                log.append("iterator closed")

        async def aclose(self) -> None:
            log.append("stream closed")

    async def read(response: Any) -> None:
        async for chunk in response.aiter_bytes(size):
            log.append(chunk)
            if len(log) == take:
                break

    async def aoutcome(awaitable: Any) -> Any:
        try:
            return await awaitable
        except Exception as error:
            return type(error), str(error)

    async def run() -> None:
        transport = library.MockTransport(lambda _: library.Response(200, stream=Chunks()))
        async with library.AsyncClient(transport=transport) as client:
            async with client.stream("GET", "http://gateway.test/") as response:
                log.append(observed(response))
                log.append(await aoutcome(read(response)))
                log.append(outcome(lambda: list(response.iter_raw())))
                log.append(await aoutcome(response.aread()))
            log.append(observed(response))

    asyncio.run(run())
    return log


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
@pytest.mark.parametrize("way", [play, aplay])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    chunks=st.lists(st.binary(max_size=40), max_size=6),
    fail_at=st.none() | st.integers(0, 5),
    take=st.none() | st.integers(2, 8),
    size=st.none() | st.integers(1, 30),
)
def test_any_body_in_any_way_is_seen_as_without_us(
    library: Any, way: Any, chunks: list[bytes], fail_at: int | None, take: int | None, size: int | None
) -> None:
    bare = way(library, chunks, fail_at, take, size)
    recorder = Recorder()
    recorder.instrument(HttpxInstrumentor())
    try:
        assert way(library, chunks, fail_at, take, size) == bare
        assert recorder.tree() == ["GET"]
        assert recorder.findings() == []
    finally:
        recorder.shutdown()


def test_a_response_read_as_usual_is_as_without_us(recorder: Recorder, road: Any, server: Any) -> None:
    bare = road.get(f"{server.url}/chunks/3")
    recorder.instrument(HttpxInstrumentor())
    traced = road.get(f"{server.url}/chunks/3")
    names = [name for name in SEEN if name != "extensions"]
    assert [getattr(traced, name) for name in names] == [getattr(bare, name) for name in names]
    assert traced.elapsed.total_seconds() > 0
    assert type(traced) is type(bare)
    assert traced.content == bare.content


def test_the_stream_is_of_the_kind_that_the_library_asks_for(
    recorder: Recorder, road: Any, server: Any
) -> None:
    recorder.instrument(HttpxInstrumentor())
    stream = road.get(f"{server.url}/ok").stream
    assert isinstance(stream, road.library.AsyncByteStream) is road.asynchronous
    assert isinstance(stream, road.library.SyncByteStream) is not road.asynchronous


def test_a_sync_call_on_an_asynchronous_response_fails_as_without_us(
    recorder: Recorder, library: Any, server: Any
) -> None:
    recorder.instrument(HttpxInstrumentor())

    async def read() -> None:
        async with library.AsyncClient() as client, client.stream("GET", f"{server.url}/ok") as response:
            with pytest.raises(RuntimeError, match="sync"):
                response.read()

    asyncio.run(read())


def test_a_response_can_be_pickled(recorder: Recorder, road: Any, server: Any) -> None:
    recorder.instrument(HttpxInstrumentor())
    copied = pickle.loads(pickle.dumps(road.get(f"{server.url}/chunks/2")))
    assert copied.text == "chunk 0;chunk 1;"


@pytest.mark.parametrize("client", ["Client", "AsyncClient"])
@pytest.mark.parametrize("name", ["_send_single_request", "_build_redirect_request"])
def test_patched_methods_look_and_pickle_as_before(
    recorder: Recorder, library: Any, client: str, name: str
) -> None:
    kind = getattr(library, client)
    bare = getattr(kind, name)
    recorder.instrument(HttpxInstrumentor())
    ours = getattr(kind, name)
    assert inspect.signature(ours) == inspect.signature(bare)
    assert inspect.iscoroutinefunction(ours) == inspect.iscoroutinefunction(bare)
    assert ours.__doc__ == bare.__doc__
    stored = vars(kind)[name]
    assert pickle.loads(pickle.dumps(stored)) == ours
    assert copy.deepcopy(stored) is stored


def test_the_public_methods_are_not_touched(recorder: Recorder, library: Any) -> None:
    before = {name: vars(library.Client)[name] for name in ("send", "request", "get", "stream", "__init__")}
    recorder.instrument(HttpxInstrumentor())
    assert {name: vars(library.Client)[name] for name in before} == before


def test_the_application_finds_its_request_and_history_in_the_response(
    recorder: Recorder, library: Any, server: Any
) -> None:
    recorder.instrument(HttpxInstrumentor())
    with library.Client(follow_redirects=True) as client:
        request = client.build_request("GET", f"{server.url}/redirect/1")
        response = client.send(request)
    assert response.history[0].request is request
    assert str(response.request.url) == f"{server.url}/ok"


def test_the_extensions_of_a_request_are_not_touched(recorder: Recorder, library: Any) -> None:
    recorder.instrument(HttpxInstrumentor())
    with library.Client(transport=library.MockTransport(lambda _: library.Response(503))) as client:
        request = client.build_request("GET", "http://gateway.test/", extensions={"mine": 1})
        before = dict(request.extensions)
        client.send(request)
    assert request.extensions == before


def test_hundreds_of_requests_leave_nothing_behind(recorder: Recorder, library: Any) -> None:
    recorder.instrument(HttpxInstrumentor())
    answers = [200, 302, 404, 500]

    def answer(request: Any) -> Any:
        status = answers[len(request.url.path) % 4]
        headers = {"location": "/"} if status == 302 else {}
        return library.Response(status, headers=headers, stream=library.ByteStream(b"body"))

    with library.Client(transport=library.MockTransport(answer)) as client:

        def run(times: int) -> None:
            for number in range(times):
                client.get("http://gateway.test/" + "x" * (number % 4))
                recorder.spans_exporter.clear()

        # So many that the library's own caches are full.
        run(800)
        gc.collect()
        tracemalloc.start()
        run(40)
        gc.collect()
        held = [tracemalloc.get_traced_memory()[0]]
        for _ in range(3):
            run(400)
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
    # What stays of each request stays every time; a cache that fills is so once.
    assert min(after - before for before, after in itertools.pairwise(held)) < 20_000
    assert not ending._open
