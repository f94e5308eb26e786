# SPDX-License-Identifier: Apache-2.0
"""Memory: what is remembered, recalled, changed and forgotten, by the application and by an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

unified = pytest.importorskip("crewai.memory.unified_memory", reason="not yet: one memory for all")

from crewai.memory.types import MemoryRecord

from alike.runs import content, errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

TEXT = "The hall is to the left."
KEY = "record-1"
TOLD: dict[str, Any] = {"scope": "/house", "categories": ["way"], "metadata": {}, "importance": 0.5}


class Shelf:
    """A storage of the application's own, which holds records in a list."""

    def __init__(self) -> None:
        self.records: list[Any] = []

    def save(self, records: list[Any]) -> None:
        self.records += records

    def search(self, embedding: Any, **_: Any) -> list[Any]:
        del embedding
        return [(each, 0.5) for each in self.records]

    def delete(self, record_ids: Any = None, **_: Any) -> int:
        gone = [each for each in self.records if each.id in record_ids]
        self.records = [each for each in self.records if each not in gone]
        return len(gone)

    def update(self, record: Any) -> None:
        self.records = [record if each.id == record.id else each for each in self.records]

    def get_record(self, record_id: str) -> Any:
        return next((each for each in self.records if each.id == record_id), None)

    def touch_records(self, record_ids: list[str]) -> None: ...

    def list_scopes(self, parent: str = "/") -> list[str]:
        del parent
        return []

    def reset(self, scope_prefix: str | None = None) -> None: ...


@pytest.fixture
def memory(llm: Callable[..., Any]) -> Any:
    """Return a memory that holds one record, made before it is traced."""
    shelf = Shelf()
    shelf.save([MemoryRecord(id=KEY, content=TEXT, embedding=[1.0, 0.0])])
    return unified.Memory(llm=llm(), storage=shelf, embedder=lambda texts: [[1.0, 0.0] for _ in texts])


def test_what_is_remembered_is_an_operation(traced: Recorder, memory: Any) -> None:
    memory.remember("The stairs lead up.", **TOLD)
    assert dict(traced.one("upsert_memory").attributes or {}) == {
        "gen_ai.operation.name": "upsert_memory",
        "gen_ai.memory.record.count": 1,
    }


def test_what_is_recalled_is_counted(traced: Recorder, memory: Any) -> None:
    assert [each.record.id for each in memory.recall("Where is the hall?", depth="shallow")] == [KEY]
    assert dict(traced.one("search_memory").attributes or {}) == {
        "gen_ai.operation.name": "search_memory",
        "gen_ai.memory.record.count": 1,
    }


async def test_what_is_awaited_is_one_operation(traced: Recorder, memory: Any) -> None:
    await memory.arecall("Where is the hall?", depth="shallow")
    assert [span.name for span in traced.spans] == ["search_memory"]


def test_what_is_changed_is_named(traced: Recorder, memory: Any) -> None:
    memory.update(KEY, "The hall is to the right.")
    assert traced.attributes("update_memory")["gen_ai.memory.record.id"] == KEY


def test_what_is_forgotten_is_counted(traced: Recorder, memory: Any) -> None:
    assert memory.forget(record_ids=[KEY]) == 1
    assert traced.attributes("delete_memory")["gen_ai.memory.record.count"] == 1


def test_what_is_kept_in_the_background_stays_under_who_keeps_it(traced: Recorder, memory: Any) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("request"):
        memory.remember_many(["The stairs lead up.", "The door is red."], **TOLD)
        memory.drain_writes()
    assert "  upsert_memory" in traced.tree()
    assert traced.attributes("upsert_memory")["gen_ai.memory.record.count"] == 2


def test_nothing_of_it_is_told_unless_asked_for(traced: Recorder, memory: Any) -> None:
    memory.remember("The stairs lead up.", **TOLD)
    memory.recall("Where is the hall?", depth="shallow")
    assert [word for word in ("hall", "stairs") if word in traced.everything()] == []


def test_what_was_looked_for_and_found_is_content(shown: Recorder, memory: Any) -> None:
    (match,) = memory.recall("Where is the hall?", depth="shallow")
    assert content(shown, "search_memory") == {
        "memory.query.text": "Where is the hall?",
        "memory.records": [{"id": KEY, "content": TEXT, "score": match.score}],
    }


def test_what_is_to_be_remembered_is_content(shown: Recorder, memory: Any) -> None:
    memory.remember("The stairs lead up.", **TOLD)
    assert content(shown, "upsert_memory") == {"memory.records": [{"content": "The stairs lead up."}]}


def test_an_error_is_the_operations_own(traced: Recorder, memory: Any) -> None:
    with pytest.raises(ValueError, match="not found"):
        memory.update("nobody", "Nothing.")
    assert errors(traced) == {"update_memory": "ValueError"}
