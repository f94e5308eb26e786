# SPDX-License-Identifier: Apache-2.0
"""What every vector store's client is tested for: searches are retrievals, all else plain calls of a database.

A library's conftest brings the fixture `store`, once for each kind of client; its searches ask for two documents.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import re
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING, Any

from opentelemetry.context import attach, detach, get_current
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import SpanKind, StatusCode

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors._kernel.telemetry import Telemetry
from spanwright.semconv.model import Retrieval

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.instrumentors._kernel.instrumentor import Instrumentor

    Call = Callable[[], Any]

TEXT = "the capital of Germany"
VECTOR = [0.9, 0.1]
BOOKS: tuple[tuple[str, list[float], dict[str, Any]], ...] = (
    ("Berlin is the capital of Germany.", [1.0, 0.0], {"page": 11}),
    ("Paris is the capital of France.", [0.0, 1.0], {"page": 22}),
)
SECRETS = ("Berlin", "Paris", "Germany", "page")
DURATION = "gen_ai.client.operation.duration"


@dataclass(frozen=True)
class Stored:
    """One kind of client with a collection of two books: what it is called for, and what its spans are to tell."""

    system: str
    collection: str
    """Empty where the client does not know."""
    searches: dict[str, Call]
    """By the client's own word."""
    plain: dict[str, Call]
    failing: Call
    """A search that fails."""
    failure: str
    """Its `error.type`."""
    found: list[dict[str, Any]]
    """What the first of the searches finds."""
    owner: tuple[Any, str]
    """The object and the name of the method that the first of the searches calls."""
    server: dict[str, Any] = field(default_factory=dict[str, Any])
    text: str | None = None
    """What the first of the searches asks for."""

    @property
    def search(self) -> Call:
        """The first of the searches."""
        return next(iter(self.searches.values()))

    @property
    def name(self) -> str:
        """The name of a search's span."""
        return f"retrieval {self.collection}".rstrip()

    def facts(self, operation: str) -> dict[str, Any]:
        """Return what the span of every call tells."""
        told = {"db.system.name": self.system, "db.operation.name": operation, **self.server}
        return {**told, "db.collection.name": self.collection} if self.collection else told

    def retrieval(self, operation: str) -> dict[str, Any]:
        """Return what the span of a search tells."""
        found = {
            **self.facts(operation),
            "gen_ai.operation.name": "retrieval",
            "gen_ai.provider.name": self.system,
            "gen_ai.retrieval.top_k": 2,
        }
        return {**found, "gen_ai.data_source.id": self.collection} if self.collection else found


async def done(call: Call) -> Any:
    """Make a call of a plain or of an asynchronous client."""
    value = call()
    return await value if inspect.isawaitable(value) else value


def told(recorder: Recorder) -> list[tuple[str, dict[str, Any]]]:
    """Return names and attributes of all spans."""
    return [(span.name, dict(span.attributes or {})) for span in recorder.spans]


async def test_every_search_is_one_retrieval(store: Stored, traced: Recorder) -> None:
    for search in store.searches.values():
        await done(search)
    assert told(traced) == [(store.name, store.retrieval(each)) for each in store.searches]
    assert {span.kind for span in traced.spans} == {SpanKind.CLIENT}


async def test_every_other_call_is_one_plain_span_of_a_database(store: Stored, traced: Recorder) -> None:
    for call in store.plain.values():
        await done(call)
    assert told(traced) == [
        (f"{each} {store.collection}".rstrip(), store.facts(each)) for each in store.plain
    ]
    assert {span.kind for span in traced.spans} == {SpanKind.CLIENT}


async def test_every_other_call_is_one_point_of_a_database(store: Stored, traced: Recorder) -> None:
    for call in store.plain.values():
        await done(call)
    counted = {
        point.labels["db.operation.name"]: (point.count, point.labels)
        for point in traced.points("db.client.operation.duration")
    }
    assert counted == {each: (1, store.facts(each)) for each in store.plain}


async def test_a_search_is_no_point_of_a_database(store: Stored, traced: Recorder) -> None:
    await done(store.search)
    assert [point.metric for point in traced.points()] == [DURATION]


async def test_text_and_documents_are_content(store: Stored, shown: Recorder) -> None:
    await done(store.search)
    found = shown.attributes()
    assert found.get("gen_ai.retrieval.query.text") == store.text
    assert json.loads(found["gen_ai.retrieval.documents"]) == store.found


async def test_without_content_nothing_of_what_is_stored_is_told(store: Stored, traced: Recorder) -> None:
    for call in (*store.searches.values(), *store.plain.values()):
        await done(call)
    everything = traced.everything()
    assert [each for each in SECRETS if each in everything] == []


async def test_what_is_written_is_never_told(store: Stored, both: Recorder) -> None:
    for call in store.plain.values():
        await done(call)
    assert [key for _, found in told(both) for key in found if key.startswith("gen_ai.")] == []


async def test_a_failed_search_tells_the_class_of_its_error(store: Stored, traced: Recorder) -> None:
    error = await _error(store.failing)
    assert error is not None
    (span,) = traced.spans
    assert (span.status.status_code, traced.attributes()["error.type"]) == (StatusCode.ERROR, store.failure)


async def test_the_error_is_the_librarys_own(store: Stored, recorder: Recorder, instrumentor: Any) -> None:
    bare = await _error(store.failing)
    recorder.instrument(instrumentor())
    error = await _error(store.failing)
    # Without the time and the order that gRPC writes into its own.
    texts = [str(each).partition("{")[0] for each in (error, bare)]
    assert (type(error), texts[0]) == (type(bare), texts[1])


async def test_the_answer_is_the_librarys_own(
    store: Stored, recorder: Recorder, instrumentor: type[Instrumentor]
) -> None:
    bare = [await done(search) for search in store.searches.values()]
    recorder.instrument(instrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT")
    answers = [await done(search) for search in store.searches.values()]
    assert [(type(each), _plain(each)) for each in answers] == [(type(each), _plain(each)) for each in bare]


async def test_the_duration_of_a_search_is_measured(store: Stored, traced: Recorder) -> None:
    await done(store.search)
    (point,) = traced.points()
    labels = {"gen_ai.operation.name": "retrieval", "gen_ai.provider.name": store.system, **store.server}
    assert (point.metric, point.labels, point.count) == (DURATION, labels, 1)


async def test_a_search_inside_a_frameworks_retrieval_adds_to_its_span(
    store: Stored, traced: Recorder
) -> None:
    telemetry = Telemetry("framework", "1", **traced.providers)
    outer = open_operation(telemetry, Retrieval())
    assert outer is not None
    tokens = current.enter(outer.context)
    await done(store.search)
    current.leave(tokens)
    outer.finish()
    (span,) = traced.spans
    operation = next(iter(store.searches))
    assert (span.name, dict(span.attributes or {})) == (store.name, store.retrieval(operation))
    assert [(point.metric, point.count) for point in traced.points()] == [(DURATION, 1)]


async def test_calls_stand_under_the_applications_span(store: Stored, traced: Recorder) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("application"):
        await done(store.search)
    assert traced.tree()[:2] == ["application", f"  {store.name}"]
    assert len(traced.spans) == 2


async def test_searches_at_one_time_are_siblings(store: Stored, traced: Recorder) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("application"):
        if inspect.isawaitable(first := store.search()):
            await asyncio.gather(first, store.search(), store.search())
        else:
            _in_threads(store.search, 2)
    assert traced.tree() == ["application", *[f"  {store.name}"] * 3]


async def test_a_client_made_before_is_traced(store: Stored, recorder: Recorder, instrumentor: Any) -> None:
    recorder.instrument(instrumentor())
    await done(store.search)
    assert recorder.tree() == [store.name]


async def test_uninstrumenting_silences_and_instrumenting_again_gives_one_span(
    store: Stored, recorder: Recorder, instrumentor: Any
) -> None:
    owner, name = store.owner
    before = getattr(type(owner), name)
    for _ in range(2):
        recorder.instrument(instrumentor())
        await done(store.search)
        recorder.uninstrument()
        await done(store.search)
    assert recorder.tree() == [store.name] * 2
    assert getattr(type(owner), name) is before


async def test_suppressed_calls_are_silent(store: Stored, traced: Recorder) -> None:
    with suppress_instrumentation():
        for call in (*store.searches.values(), *store.plain.values()):
            await done(call)
    assert traced.tree() == []


async def test_signatures_of_methods_stay(store: Stored, recorder: Recorder, instrumentor: Any) -> None:
    owner, name = store.owner
    before = inspect.signature(getattr(owner, name)), inspect.iscoroutinefunction(getattr(owner, name))
    recorder.instrument(instrumentor())
    method = getattr(owner, name)
    assert (inspect.signature(method), inspect.iscoroutinefunction(method)) == before


async def _error(call: Call) -> Exception | None:
    try:
        await done(call)
    except Exception as error:
        return error
    return None


def _plain(value: Any) -> str:
    """Return an answer as text, without the places of objects in memory."""
    held = getattr(value, "to_pylist", None)
    return re.sub(r" at 0x\w+", "", repr(held() if held is not None else value))


def _in_threads(call: Call, count: int) -> None:
    context = get_current()

    def run() -> None:
        token = attach(context)
        call()
        detach(token)

    threads = [Thread(target=run) for _ in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
