# SPDX-License-Identifier: Apache-2.0
"""LanceDB instrumented: plain and asynchronous tables in a folder."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import lancedb
import pytest
from lancedb.index import FTS
from packaging.version import Version

from alike.stores import BOOKS, VECTOR, Stored

if TYPE_CHECKING:
    from pathlib import Path

WORD = "capital"
FAILURE = "RuntimeError" if Version(version("lancedb")) < Version("0.30") else "ValueError"


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    """Return the books as rows."""
    return [
        {"id": at, "vector": vector, "text": text, **told} for at, (text, vector, told) in enumerate(BOOKS, 1)
    ]


@pytest.fixture
async def atable(tmp_path: Path, rows: list[dict[str, Any]]) -> Any:
    """Return an asynchronous table that holds the books."""
    database = await lancedb.connect_async(str(tmp_path))
    made = await database.create_table("books", rows)
    await made.create_index("text", config=FTS())
    return made


@pytest.fixture
def table(atable: Any, tmp_path: Path) -> Any:
    """Return the same as a plain table."""
    return lancedb.connect(str(tmp_path)).open_table("books")


def _plain(table: Any, rows: list[dict[str, Any]]) -> Stored:
    def both() -> Any:
        return table.search(query_type="hybrid").vector(VECTOR).text(WORD)

    query = table.search(VECTOR).limit(2)
    return Stored(
        "lancedb",
        "books",
        {
            "vector_search": lambda: table.search(VECTOR).limit(2).to_list(),
            "full_text_search": lambda: table.search(WORD, query_type="fts").limit(2).to_list(),
            "hybrid_search": lambda: both().limit(2).to_arrow(),
        },
        {
            "query": lambda: table.search().where("id = 1").to_list(),
            "count_rows": lambda: table.count_rows(),
            "add": lambda: table.add(rows[:1]),
            "update": lambda: table.update("id = 1", {"page": 11}),
            "merge_insert": lambda: table.merge_insert("id").when_not_matched_insert_all().execute(rows[1:]),
            "delete": lambda: table.delete("id = 2"),
        },
        lambda: table.search(VECTOR).where("nonsense !").limit(2).to_list(),
        FAILURE,
        _found(),
        (query, "to_arrow"),
    )


def _asynchronous(table: Any, rows: list[dict[str, Any]]) -> Stored:
    def near() -> Any:
        return table.query().nearest_to(VECTOR)

    return Stored(
        "lancedb",
        "books" if hasattr(near(), "_table") else "",
        {
            "vector_search": lambda: near().limit(2).to_list(),
            "full_text_search": lambda: table.query().nearest_to_text(WORD).limit(2).to_list(),
            "hybrid_search": lambda: near().nearest_to_text(WORD).limit(2).to_arrow(),
        },
        {"query": lambda: table.query().where("id = 1").to_list()},
        lambda: near().where("nonsense !").limit(2).to_list(),
        FAILURE,
        _found(),
        (near(), "to_arrow"),
    )


def _found() -> list[dict[str, Any]]:
    return [
        {"id": str(at), "score": pytest.approx(distance, abs=0.001), "content": text, "metadata": told}
        for at, distance, (text, _, told) in zip((1, 2), (0.02, 1.62), BOOKS, strict=True)
    ]


@pytest.fixture(params=["plain", "async"])
def store(request: pytest.FixtureRequest, atable: Any, table: Any, rows: list[dict[str, Any]]) -> Stored:
    """Return a table of each kind as the shared tests call it."""
    return _plain(table, rows) if request.param == "plain" else _asynchronous(atable, rows)
