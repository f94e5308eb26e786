# SPDX-License-Identifier: Apache-2.0
"""Memories of the hosted service."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.instrumentation.utils import suppress_instrumentation

from libraries.mem0.conftest import MINE
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.mem0 import Mem0Instrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from mem0 import AsyncMemoryClient, MemoryClient

    from harness import Recorder
    from libraries.mem0.service import Service

ASK: list[dict[str, str]] = [{"role": "user", "content": "I prefer the left."}]
CALLS: list[tuple[str, Callable[[Any], Any], dict[str, Any]]] = [
    ("upsert_memory", lambda c: c.add(ASK, user_id="u-1"), {"gen_ai.memory.record.count": 1}),
    ("search_memory", lambda c: c.search("Which way?", **MINE), {"gen_ai.memory.record.count": 1}),
    ("search_memory", lambda c: c.get_all(**MINE), {"gen_ai.memory.record.count": 2}),
    (
        "search_memory",
        lambda c: c.get("mem-1"),
        {"gen_ai.memory.record.id": "mem-1", "gen_ai.memory.record.count": 1},
    ),
    ("update_memory", lambda c: c.update("mem-1", text="The right."), {"gen_ai.memory.record.id": "mem-1"}),
    ("delete_memory", lambda c: c.delete("mem-1"), {"gen_ai.memory.record.id": "mem-1"}),
    ("delete_memory", lambda c: c.delete_all(user_id="u-1"), {}),
    (
        "update_memory",
        lambda c: c.batch_update([{"memory_id": "mem-1", "text": "Left."}, {"memory_id": "mem-2"}]),
        {"gen_ai.memory.record.count": 2},
    ),
    ("delete_memory", lambda c: c.batch_delete([{"memory_id": "mem-1"}]), {"gen_ai.memory.record.count": 1}),
]


def expected(operation: str, more: dict[str, Any], service: Service) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": "mem0",
        "server.address": "127.0.0.1",
        "server.port": service.port,
        **more,
    }


@pytest.mark.parametrize(("operation", "call", "more"), CALLS)
def test_each_method_is_an_operation(
    traced: Recorder, client: MemoryClient, service: Service, operation: str, call: Any, more: dict[str, Any]
) -> None:
    call(client)
    span = traced.one()
    assert (span.name, span.kind.name) == (operation, "CLIENT")
    assert traced.attributes() == expected(operation, more, service)


@pytest.mark.parametrize(("operation", "call", "more"), CALLS)
async def test_each_asynchronous_method_is_an_operation(
    traced: Recorder,
    aclient: AsyncMemoryClient,
    service: Service,
    operation: str,
    call: Any,
    more: dict[str, Any],
) -> None:
    await call(aclient)
    assert traced.one().name == operation
    assert traced.attributes() == expected(operation, more, service)


def test_its_duration_is_measured(traced: Recorder, client: MemoryClient) -> None:
    client.search("Which way?", **MINE)
    (point,) = traced.points("gen_ai.client.operation.duration")
    assert point.labels["gen_ai.operation.name"] == "search_memory"


def test_http_requests_stand_below(recorder: Recorder, client: MemoryClient) -> None:
    recorder.instrument(Mem0Instrumentor(), HttpxInstrumentor())
    client.search("Which way?", **MINE)
    assert recorder.tree() == ["search_memory", "  POST"]


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_an_error_of_the_service_is_told(
    traced: Recorder, client: MemoryClient, service: Service, status: int
) -> None:
    service.says.append((status, {"detail": "no"}))
    with pytest.raises(Exception, match=".*") as raised:
        client.search("Which way?", **MINE)
    kind = type(raised.value)
    assert traced.attributes()["error.type"] == f"{kind.__module__}.{kind.__qualname__}"


def test_what_is_refused_before_it_is_sent_is_an_error_too(traced: Recorder, client: MemoryClient) -> None:
    with pytest.raises(Exception, match=".*"):
        client.add(7)
    assert traced.attributes()["error.type"]


def test_nothing_is_content_unless_asked_for(traced: Recorder, client: MemoryClient) -> None:
    client.add(ASK, user_id="u-1")
    client.search("Which way?", **MINE)
    everything = traced.everything()
    assert "left" not in everything
    assert "Which way" not in everything


def test_content_of_a_search(shown: Recorder, client: MemoryClient) -> None:
    client.search("Which way?", **MINE)
    attributes = shown.attributes()
    assert attributes["gen_ai.memory.query.text"] == "Which way?"
    assert json.loads(attributes["gen_ai.memory.records"]) == [
        {"id": "mem-1", "score": 0.75, "content": "Prefers the left.", "metadata": {"room": "hall"}}
    ]


def test_content_of_what_is_accepted_and_done_later_is_what_was_given(
    shown: Recorder, client: MemoryClient, service: Service
) -> None:
    service.says.append((200, {"status": "PENDING", "event_id": "e-1"}))
    client.add(ASK, user_id="u-1")
    assert json.loads(shown.attributes()["gen_ai.memory.records"]) == [{"content": "I prefer the left."}]


def test_content_of_an_update(shown: Recorder, client: MemoryClient) -> None:
    client.update("mem-1", text="The right.")
    assert json.loads(shown.attributes()["gen_ai.memory.records"]) == [
        {"id": "mem-1", "content": "The right."}
    ]


def test_suppressed_instrumentation_traces_nothing(traced: Recorder, client: MemoryClient) -> None:
    with suppress_instrumentation():
        client.search("Which way?", **MINE)
    assert traced.spans == []


def test_uninstrumented_and_instrumented_again(recorder: Recorder, client: MemoryClient) -> None:
    search = client.search
    recorder.instrument(Mem0Instrumentor())
    recorder.uninstrument()
    client.search("Which way?", **MINE)
    assert recorder.spans == []
    recorder.instrument(Mem0Instrumentor())
    client.search("Which way?", **MINE)
    assert [span.name for span in recorder.spans] == ["search_memory"]
    del search


_ODD: Any = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from(["results", "memory", "id", "score", "metadata"]), inner, max_size=3),
    ),
    max_leaves=6,
)


@given(said=_ODD)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_odd_answers_are_what_the_bare_library_gives(
    shown: Recorder, client: MemoryClient, service: Service, said: Any
) -> None:
    service.says[:] = [(200, said), (200, said)]
    with suppress_instrumentation():
        bare = _outcome(client)
    assert _outcome(client) == bare


def _outcome(client: MemoryClient) -> Any:
    try:
        return client.search("Which way?", **MINE)
    # Whatever the library makes of an odd answer.
    except Exception as error:
        return type(error), str(error)
