# SPDX-License-Identifier: Apache-2.0
"""What clients of vector stores are tested for that ask a server over HTTP: failures of all kinds, and odd answers.

A library's conftest brings the fixture `remote`.
"""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.trace import StatusCode

from spanwright.console.provider import Provider, Reply
from spanwright.instrumentors.httpx import HttpxInstrumentor
from strange_answers import MANY, odd_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.instrumentors._kernel.instrumentor import Instrumentor

SECRET = "SECRET"
FIELDS = st.sampled_from(
    [
        *("ids", "documents", "metadatas", "distances", "scores", "include"),
        *("result", "points", "hits", "id", "score", "payload", "status", "time"),
        *("matches", "metadata", "values", "fields", "_id", "_score", "usage", "namespace"),
    ]
)


@dataclass(frozen=True)
class Remote:
    """A search by a plain client and by its asynchronous twin."""

    search: Callable[[], Any]
    asearch: Callable[[], Any]
    path: str
    """Where the address of the search ends."""
    failures: dict[int, str]
    """The `error.type` of an HTTP status."""
    httpx: bool = True
    """Whether the plain client asks by a client of httpx, and not by a transport alone."""
    ahttpx: bool = True
    """Whether the asynchronous one does."""


@pytest.fixture(params=[400, 401, 404])
def refused(request: pytest.FixtureRequest, remote: Remote, provider: Provider) -> str:
    """Let the next search be refused, and return the `error.type`."""
    provider.say(Reply(error=request.param, path=remote.path))
    return remote.failures[request.param]


def failed(recorder: Recorder, kind: str) -> None:
    """Look whether the one span tells of this failure."""
    (span,) = recorder.spans
    assert (span.status.status_code, (span.attributes or {})["error.type"]) == (StatusCode.ERROR, kind)


def test_a_refused_search_tells_its_error(remote: Remote, traced: Recorder, refused: str) -> None:
    with pytest.raises(Exception):
        remote.search()
    failed(traced, refused)


async def test_a_refused_search_that_is_awaited_tells_its_error(
    remote: Remote, traced: Recorder, refused: str
) -> None:
    with pytest.raises(Exception):
        await remote.asearch()
    failed(traced, refused)


def test_what_a_server_says_of_a_refused_search_is_not_told(
    remote: Remote, traced: Recorder, provider: Provider
) -> None:
    provider.say(Reply(body={"message": SECRET, "error": SECRET}, http_status=400, path=remote.path))
    with pytest.raises(Exception):
        remote.search()
    assert len(traced.spans) == 1
    assert SECRET not in traced.everything()


async def test_a_cancelled_search_is_told_as_cancelled(
    remote: Remote, traced: Recorder, provider: Provider
) -> None:
    release = threading.Event()
    before = len(provider.requests)
    provider.say(Reply(hold=release, path=remote.path))
    task = asyncio.ensure_future(remote.asearch())
    await asyncio.to_thread(provider.wait, before + 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    release.set()
    failed(traced, "cancelled")


def test_the_http_attempt_is_a_child(remote: Remote, traced: Recorder) -> None:
    traced.instrument(HttpxInstrumentor())
    remote.search()
    assert traced.tree() == ["retrieval books", *["  POST"] * remote.httpx]


async def test_the_http_attempt_of_an_asynchronous_search_is_a_child(
    remote: Remote, traced: Recorder
) -> None:
    traced.instrument(HttpxInstrumentor())
    await remote.asearch()
    assert traced.tree() == ["retrieval books", *["  POST"] * remote.ahttpx]


def _outcome(search: Callable[[], Any]) -> list[Any]:
    """Return everything that a caller sees."""
    try:
        value = search()
    except Exception as error:
        return [type(error), str(error), type(error.__cause__)]
    return [type(value), repr(value)]


def test_the_caller_of_odd_answers_gets_what_the_client_alone_gives(
    remote: Remote, recorder: Recorder, provider: Provider, instrumentor: type[Instrumentor]
) -> None:
    @MANY
    @given(odd_json(FIELDS))
    def any_answer(value: Any) -> None:
        body = json.dumps(value)
        provider.say(*[Reply(body=body, path=remote.path)] * 2)
        alone = _outcome(remote.search)
        recorder.spans_exporter.clear()
        recorder.instrument(
            instrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
        )
        try:
            assert _outcome(remote.search) == alone
        finally:
            recorder.uninstrument()
        assert len(recorder.spans) == 1
        assert recorder.findings() == []

    any_answer()
