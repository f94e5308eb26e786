# SPDX-License-Identifier: Apache-2.0
"""What LanceDB alone has: queries that are built first and run in many ways, and halves that run in threads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from alike.stores import VECTOR

if TYPE_CHECKING:
    from harness import Recorder

WAYS = ("to_arrow", "to_list", "to_batches")


@pytest.mark.parametrize("way", WAYS)
def test_a_query_is_a_retrieval_however_it_is_run(traced: Recorder, table: Any, way: str) -> None:
    query = table.search(VECTOR).limit(2)
    assert traced.tree() == []
    getattr(query, way)()
    assert traced.tree() == ["retrieval books"]


@pytest.mark.parametrize("way", WAYS)
async def test_an_asynchronous_query_is_a_retrieval_however_it_is_run(
    traced: Recorder, atable: Any, way: str
) -> None:
    query = atable.query().nearest_to(VECTOR).limit(2)
    await getattr(query, way)()
    assert [span.name.partition(" ")[0] for span in traced.spans] == ["retrieval"]


def test_batches_stay_a_reader_of_arrow(both: Recorder, table: Any) -> None:
    reader = table.search(VECTOR).limit(2).to_batches()
    assert type(reader) is pa.RecordBatchReader
    assert reader.read_all().num_rows == 2


async def test_searched_words_are_content(shown: Recorder, table: Any, atable: Any) -> None:
    table.search("capital", query_type="fts").limit(1).to_list()
    await atable.query().nearest_to_text("capital").limit(1).to_list()
    both = atable.query().nearest_to(VECTOR).nearest_to_text("capital")
    await both.limit(1).to_list()
    table.search(query_type="hybrid").vector(VECTOR).text("capital").limit(1).to_list()
    told = [dict(span.attributes or {}) for span in shown.spans]
    assert [each["gen_ai.retrieval.query.text"] for each in told] == ["capital"] * 4
    assert [len(json.loads(each["gen_ai.retrieval.documents"])) for each in told] == [1] * 4


def test_a_hybrid_search_runs_its_halves_inside(
    traced: Recorder, table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("application"):
        table.search(query_type="hybrid").vector(VECTOR).text("capital").limit(2).to_list()
    assert traced.tree() == ["application", "  retrieval books"]


async def test_what_an_asynchronous_table_writes_is_told(traced: Recorder, atable: Any) -> None:
    await atable.add([{"id": 3, "vector": VECTOR, "text": "Rome", "page": 33}])
    await atable.delete("id = 3")
    merge = atable.merge_insert("id").when_not_matched_insert_all()
    await merge.execute([{"id": 4, "vector": VECTOR, "text": "Oslo", "page": 44}])
    assert traced.tree() == ["add books", "delete books", "merge_insert books"]
    assert "Rome" not in traced.everything()


def test_threads_of_the_library_are_its_own_again_without_us(recorder: Recorder, instrumentor: Any) -> None:
    import lancedb.query

    before = lancedb.query.ThreadPoolExecutor
    recorder.instrument(instrumentor())
    assert isinstance(lancedb.query.ThreadPoolExecutor(), before)
    recorder.uninstrument()
    assert lancedb.query.ThreadPoolExecutor is before
