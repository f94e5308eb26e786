# SPDX-License-Identifier: Apache-2.0
"""Memories that the application keeps and finds itself: passages of an archive and blocks of an agent's context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsPartialDict
from letta_client import APIError
from letta_client.resources import agents
from opentelemetry.trace import SpanKind

from alike.runs import content, errors
from spanwright.console.provider import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from letta_client import AsyncLetta, Letta

    from harness import Recorder
    from spanwright.console.provider import Provider

    Called = Callable[[Any], Any]

SECRET = "The key is under the mat."
FOUND = "To the left."
HAS_PASSAGES = hasattr(agents, "PassagesResource")
passages = pytest.mark.skipif(not HAS_PASSAGES, reason="not yet: an agent's own passages")
CALLS: list[Any] = [
    (lambda c: c.archives.create(name="house"), "create_memory_store", {"store.id": "archive-1"}),
    (lambda c: c.archives.delete("archive-1"), "delete_memory_store", {"store.id": "archive-1"}),
    (
        lambda c: c.archives.passages.create("archive-1", text=SECRET),
        "create_memory",
        {"store.id": "archive-1", "record.count": 1},
    ),
    (
        lambda c: c.archives.passages.delete("passage-1", archive_id="archive-1"),
        "delete_memory",
        {"store.id": "archive-1", "record.id": "passage-1"},
    ),
    (lambda c: c.blocks.create(label="human", value=SECRET), "create_memory", {"record.count": 1}),
    (lambda c: c.blocks.retrieve("block-1"), "search_memory", {"record.id": "block-1", "record.count": 1}),
    (lambda c: c.blocks.update("block-1", value=SECRET), "update_memory", {"record.id": "block-1"}),
    (lambda c: c.blocks.delete("block-1"), "delete_memory", {"record.id": "block-1"}),
    (
        lambda c: c.agents.blocks.update("human", agent_id="agent-1", value=SECRET),
        "update_memory",
        {"record.id": "human"},
    ),
    *(
        pytest.param(*told, marks=passages)
        for told in (
            (
                lambda c: c.agents.passages.create("agent-1", text=SECRET),
                "create_memory",
                {"record.count": 1},
            ),
            (lambda c: c.agents.passages.list("agent-1"), "search_memory", {"record.count": 2}),
            (
                lambda c: c.agents.passages.search("agent-1", query=SECRET),
                "search_memory",
                {"record.count": 1},
            ),
            (
                lambda c: c.agents.passages.delete("passage-1", agent_id="agent-1"),
                "delete_memory",
                {"record.id": "passage-1"},
            ),
            (
                lambda c: c.passages.search(query=SECRET, archive_id="archive-1"),
                "search_memory",
                {"store.id": "archive-1", "record.count": 1},
            ),
            (
                lambda c: c.archives.passages.create_many("archive-1", passages=[{"text": SECRET}] * 2),
                "create_memory",
                {"store.id": "archive-1", "record.count": 2},
            ),
        )
    ),
]
every = pytest.mark.parametrize(("call", "operation", "told"), CALLS)


def attributes(operation: str, told: dict[str, Any], server: dict[str, Any]) -> dict[str, Any]:
    """Return all that a span has."""
    known = {f"gen_ai.memory.{key}": value for key, value in told.items()}
    return {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": "letta",
        **known,
        "server.address": server["server.address"],
        "server.port": server["server.port"],
    }


@every
def test_a_call_about_memories_is_an_operation(
    traced: Recorder,
    client: Letta,
    server: dict[str, Any],
    call: Called,
    operation: str,
    told: dict[str, Any],
) -> None:
    call(client)
    assert dict(traced.one().attributes or {}) == attributes(operation, told, server)
    assert (traced.one().name, traced.one().kind) == (operation, SpanKind.CLIENT)


@every
async def test_a_call_that_is_awaited_is_the_same_operation(
    traced: Recorder,
    later: AsyncLetta,
    server: dict[str, Any],
    call: Called,
    operation: str,
    told: dict[str, Any],
) -> None:
    await call(later)
    assert dict(traced.one().attributes or {}) == attributes(operation, told, server)


@every
def test_nothing_of_a_memory_is_told_unless_asked_for(
    traced: Recorder, client: Letta, call: Called, operation: str, told: dict[str, Any]
) -> None:
    call(client)
    assert SECRET not in traced.everything()
    assert FOUND not in traced.everything()
    del operation, told


@passages
def test_what_is_looked_for_and_found_is_content(shown: Recorder, client: Letta) -> None:
    client.passages.search(query="hall")
    assert content(shown, "search_memory") == {
        "memory.query.text": "hall",
        "memory.records": [{"id": "passage-1", "content": FOUND, "score": 0.5}],
    }


def test_what_is_kept_is_content(shown: Recorder, client: Letta) -> None:
    client.archives.passages.create("archive-1", text=SECRET)
    assert content(shown, "create_memory") == {"memory.records": [{"content": SECRET}]}


def test_the_duration_is_measured(traced: Recorder, client: Letta) -> None:
    client.blocks.delete("block-1")
    (point,) = traced.points("gen_ai.client.operation.duration")
    assert point.labels == IsPartialDict({"gen_ai.operation.name": "delete_memory"})


def test_an_error_is_told_and_left_unchanged(traced: Recorder, client: Letta, provider: Provider) -> None:
    provider.say(Reply(error=404, path="/v1/blocks/block-1"))
    with pytest.raises(APIError):
        client.blocks.retrieve("block-1")
    assert set(errors(traced)) == {"search_memory"}


def test_lists_are_no_operation(traced: Recorder, client: Letta, provider: Provider) -> None:
    provider.say(Reply(error=404, path="/v1/blocks/"))
    with pytest.raises(APIError):
        client.blocks.list()
    assert traced.spans == []
