# SPDX-License-Identifier: Apache-2.0
"""Searches and writes of vector stores from cassettes, with no server behind them: the whole span of each.

The cassettes are made again, by the reference provider as a proxy, with the newest lane's
`pytest --record-mode=rewrite tests/libraries/<library>/test_<library>_cassettes.py`. A library's conftest brings the
fixture `taped`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsStr

from cassette import LINE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness import Recorder

pytestmark = pytest.mark.vcr
# Versions differ in how they write vectors.
MATCH_ON = LINE


@dataclass(frozen=True)
class Taped:
    """Calls of a client that asks a fixed address; each makes its client anew."""

    system: str
    search: Callable[[], Any]
    asearch: Callable[[], Awaitable[Any]]
    write: Callable[[], Any]
    wrong: Callable[[], Any]
    """A search that is refused."""
    words: tuple[str, str]
    """What searching and writing are called."""
    server: dict[str, Any]

    def facts(self, word: str) -> dict[str, Any]:
        """Return what the span of every call tells."""
        told = {"db.system.name": self.system, "db.operation.name": word, "db.collection.name": "books"}
        return {**told, **self.server}

    @property
    def retrieval(self) -> dict[str, Any]:
        """What the span of a search tells."""
        return {
            **self.facts(self.words[0]),
            "gen_ai.operation.name": "retrieval",
            "gen_ai.provider.name": self.system,
            "gen_ai.data_source.id": "books",
            "gen_ai.retrieval.top_k": 2,
        }


@pytest.mark.default_cassette("search.yaml")
def test_a_recorded_search(traced: Recorder, taped: Taped) -> None:
    taped.search()
    assert traced.attributes("retrieval") == taped.retrieval


@pytest.mark.default_cassette("search_async.yaml")
async def test_a_recorded_search_that_is_awaited(traced: Recorder, taped: Taped) -> None:
    await taped.asearch()
    assert traced.attributes("retrieval") == taped.retrieval


@pytest.mark.default_cassette("search_content.yaml")
def test_a_recorded_search_with_its_documents(shown: Recorder, taped: Taped) -> None:
    taped.search()
    found = shown.attributes("retrieval")
    found.pop("gen_ai.retrieval.query.text", None)
    documents = IsStr(regex=r'\[\{"id":"1".*Berlin is the capital.*"id":"2".*Paris.*\]')
    assert found == {**taped.retrieval, "gen_ai.retrieval.documents": documents}


@pytest.mark.default_cassette("write.yaml")
def test_a_recorded_write(traced: Recorder, taped: Taped) -> None:
    taped.write()
    assert traced.attributes(taped.words[1]) == taped.facts(taped.words[1])


@pytest.mark.default_cassette("refused.yaml")
def test_a_recorded_refusal(traced: Recorder, taped: Taped) -> None:
    with pytest.raises(Exception):
        taped.wrong()
    assert traced.attributes("retrieval") == {**taped.retrieval, "error.type": IsStr()}
