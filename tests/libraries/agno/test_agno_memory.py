# SPDX-License-Identifier: Apache-2.0
"""Memory: what a manager makes of what users say, and what the application keeps, finds and deletes there."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest
from agno.db.in_memory import InMemoryDb
from agno.memory.manager import MemoryManager, UserMemory

from alike.runs import content
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness import Recorder
    from spanwright.console.provider import Provider

# A manager asks a copy of its model, whose clients nobody closes.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
TEXT = "Likes the stairs."
KEY = "memory-1"
KEPT = [
    "upsert_memory",
    "  chat gpt-4o-mini",
    "  execute_tool add_memory",
    "  chat gpt-4o-mini",
]


@pytest.fixture(scope="module", autouse=True)
def collected() -> Iterator[None]:
    """Clients that nobody has closed are collected before the last of these tests is over."""
    yield
    gc.collect()


@pytest.fixture
def manager(model: Callable[..., Any]) -> MemoryManager:
    """Return a manager of a store that holds one memory."""
    store = InMemoryDb()
    store.upsert_user_memory(UserMemory(memory=TEXT, memory_id=KEY, user_id="u-1"))
    return MemoryManager(model=model(), db=store)


@pytest.fixture
def said(provider: Provider) -> Provider:
    """Return the provider whose model keeps what it is told."""
    call = ToolCall("add_memory", {"memory": "Likes the hall."})
    provider.say(Reply(tool_calls=[call]), Reply("Kept."))
    return provider


def test_what_a_user_says_is_kept_by_a_model(
    traced: Recorder, manager: MemoryManager, said: Provider
) -> None:
    manager.create_user_memories(message="I like the hall.", user_id="u-1")
    assert traced.tree() == KEPT
    assert dict(traced.one("upsert_memory").attributes or {}) == {"gen_ai.operation.name": "upsert_memory"}
    del said


async def test_what_is_awaited_is_kept_alike(
    traced: Recorder, manager: MemoryManager, said: Provider
) -> None:
    await manager.acreate_user_memories(message="I like the hall.", user_id="u-1")
    assert traced.tree() == KEPT
    del said


@pytest.mark.parametrize(
    ("call", "operation", "told"),
    [
        (lambda m: m.add_user_memory(UserMemory(memory=TEXT)), "create_memory", {"record.count": 1}),
        (
            lambda m: m.replace_user_memory(KEY, UserMemory(memory=TEXT), user_id="u-1"),
            "update_memory",
            {"record.id": KEY, "record.count": 1},
        ),
        (lambda m: m.get_user_memories("u-1"), "search_memory", {"record.count": 1}),
        (lambda m: m.get_user_memories("nobody"), "search_memory", {"record.count": 0}),
        (lambda m: m.get_user_memory(KEY, "u-1"), "search_memory", {"record.id": KEY, "record.count": 1}),
        (lambda m: m.search_user_memories(user_id="u-1"), "search_memory", {"record.count": 1}),
        (lambda m: m.delete_user_memory(KEY, user_id="u-1"), "delete_memory", {"record.id": KEY}),
    ],
)
def test_each_method_is_an_operation(
    traced: Recorder, manager: MemoryManager, call: Any, operation: str, told: dict[str, Any]
) -> None:
    call(manager)
    known = {f"gen_ai.memory.{key}": value for key, value in told.items()}
    assert dict(traced.one().attributes or {}) == {"gen_ai.operation.name": operation, **known}


def test_an_agent_is_told_what_is_known_inside_of_its_run(
    traced: Recorder, manager: MemoryManager, make: Callable[..., Any], provider: Provider
) -> None:
    provider.say(Reply("Up."))
    make(memory_manager=manager, add_memories_to_context=True, db=manager.db).run("Where?", user_id="u-1")
    assert [line for line in traced.tree() if "search_memory" in line] == ["  search_memory"]


def test_nothing_of_it_is_told_unless_asked_for(
    traced: Recorder, manager: MemoryManager, said: Provider
) -> None:
    manager.create_user_memories(message="I like the hall.", user_id="u-1")
    manager.get_user_memories("u-1")
    assert [word for word in ("hall", "stairs") if word in traced.everything()] == []
    del said


def test_what_was_said_is_content(shown: Recorder, manager: MemoryManager, said: Provider) -> None:
    manager.create_user_memories(message="I like the hall.", user_id="u-1")
    assert content(shown, "upsert_memory") == {"memory.records": [{"content": "I like the hall."}]}
    del said


def test_what_is_found_is_content(shown: Recorder, manager: MemoryManager) -> None:
    manager.get_user_memories("u-1")
    assert content(shown, "search_memory") == {"memory.records": [{"id": KEY, "content": TEXT}]}
