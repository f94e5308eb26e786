# SPDX-License-Identifier: Apache-2.0
"""Memories of a store in this process, whose models are asked by the OpenAI SDK."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from opentelemetry.instrumentation.threading import ThreadingInstrumentor

from libraries.mem0.conftest import MINE
from spanwright.console.provider import Reply
from spanwright.instrumentors.mem0 import Mem0Instrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mem0 import AsyncMemory, Memory

    from harness import Recorder
    from spanwright.console.provider import Provider

TEXT = "I prefer the left."


@pytest.fixture
def whole(recorder: Recorder) -> Iterator[Recorder]:
    """Return the recorder with the OpenAI SDK instrumented as well, and threads, in which the first versions work."""
    recorder.instrument(Mem0Instrumentor(), OpenAIInstrumentor())
    ThreadingInstrumentor().instrument()
    yield recorder
    ThreadingInstrumentor().uninstrument()


def test_what_is_added_as_it_is_is_created(whole: Recorder, memory: Memory) -> None:
    memory.add(TEXT, user_id="u-1", infer=False)
    assert whole.attributes("create_memory") == {
        "gen_ai.operation.name": "create_memory",
        "gen_ai.memory.store.id": "walks",
        "gen_ai.memory.record.count": 1,
    }
    assert whole.one("create_memory").kind.name == "INTERNAL"


def test_embeddings_stand_below(whole: Recorder, memory: Memory) -> None:
    memory.add(TEXT, user_id="u-1", infer=False)
    tree = whole.tree()
    assert tree[0] == "create_memory"
    assert set(tree[1:]) == {"  embeddings text-embedding-3-small"}


def test_what_a_model_decides_on_is_upserted(whole: Recorder, memory: Memory, provider: Provider) -> None:
    nothing = Reply(json.dumps({"facts": [], "memory": []}))
    provider.say(nothing, nothing)
    memory.add(TEXT, user_id="u-1")
    tree = whole.tree()
    assert tree[0] == "upsert_memory"
    assert "  chat gpt-4o-mini" in tree
    assert whole.attributes("upsert_memory")["gen_ai.memory.record.count"] == 0


def test_each_method_is_an_operation(whole: Recorder, memory: Memory) -> None:
    added = memory.add(TEXT, user_id="u-1", infer=False)["results"][0]["id"]
    memory.search("Which way?", **MINE)
    memory.get(added)
    memory.get_all(**MINE)
    memory.update(added, data="I prefer the right.")
    memory.delete(added)
    memory.delete_all(user_id="u-1")
    told = [span for span in whole.spans if span.name.endswith("_memory")]
    assert [span.name for span in told] == [
        "create_memory",
        *["search_memory"] * 3,
        "update_memory",
        *["delete_memory"] * 2,
    ]
    keyed = [(span.attributes or {}).get("gen_ai.memory.record.id") for span in told]
    assert keyed == [None, None, added, None, added, added, None]


async def test_each_asynchronous_method_is_an_operation(whole: Recorder, amemory: AsyncMemory) -> None:
    added = (await amemory.add(TEXT, user_id="u-1", infer=False))["results"][0]["id"]
    await amemory.search("Which way?", **MINE)
    await amemory.get(added)
    await amemory.delete(added)
    told = [span.name for span in whole.spans if span.name.endswith("_memory")]
    assert told == ["create_memory", "search_memory", "search_memory", "delete_memory"]


async def test_embeddings_in_threads_stand_below(whole: Recorder, amemory: AsyncMemory) -> None:
    await amemory.add(TEXT, user_id="u-1", infer=False)
    assert set(whole.tree()[1:]) == {"  embeddings text-embedding-3-small"}


def test_content_of_what_is_added_and_found(shown: Recorder, memory: Memory) -> None:
    memory.add(TEXT, user_id="u-1", infer=False)
    memory.search("Which way?", **MINE)
    added, found = (span.attributes or {} for span in shown.spans)
    assert TEXT in str(added["gen_ai.memory.records"])
    assert found["gen_ai.memory.query.text"] == "Which way?"


def test_a_memory_that_is_not_there_is_an_error(traced: Recorder, memory: Memory) -> None:
    with pytest.raises(Exception, match=".*"):
        memory.delete_all()
    assert traced.attributes("delete_memory")["error.type"] == "ValueError"
