# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the whole span of each.

The cassettes are made again, by the reference provider, with the newest lane's

    pytest --record-mode=rewrite tests/libraries/voyageai/test_voyageai_cassettes.py

Then the client reaches the provider as its proxy, so that it asks for the same fixed address as in a replay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import voyageai
import voyageai.error

from cassette import ADDRESS, SERVER

if TYPE_CHECKING:
    from harness import Recorder

pytestmark = pytest.mark.vcr
BASE_URL = f"{ADDRESS}/v1"
VOYAGE = {"gen_ai.provider.name": "voyage", **SERVER}
EMBEDDED = {
    **VOYAGE,
    "gen_ai.operation.name": "embeddings",
    "gen_ai.request.model": "voyage-3.5",
    "gen_ai.response.model": "voyage-3.5",
    "gen_ai.usage.input_tokens": 2,
}
RANKED = {
    **VOYAGE,
    "gen_ai.operation.name": "rerank",
    "gen_ai.request.model": "rerank-2",
    "gen_ai.retrieval.top_k": 1,
}


@pytest.fixture(autouse=True)
def address(proxy: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the fixed address, while recording through a provider as the proxy."""
    monkeypatch.setattr(voyageai, "api_base", BASE_URL, raising=False)
    if proxy:
        monkeypatch.setattr(voyageai, "proxy", proxy)


def make(kind: Any, key: str = "test") -> Any:
    """Return a client of the fixed address."""
    made = kind(api_key=key)
    if "base_url" in made._params:
        made._params["base_url"] = BASE_URL
    return made


@pytest.mark.default_cassette("embed.yaml")
def test_embeddings(traced: Recorder) -> None:
    make(voyageai.Client).embed(["Hello there"], model="voyage-3.5")
    assert traced.attributes() == EMBEDDED


@pytest.mark.default_cassette("embed_async.yaml")
async def test_awaited_embeddings(traced: Recorder) -> None:
    await make(voyageai.AsyncClient).embed(["Hello there"], model="voyage-3.5")
    assert traced.attributes() == EMBEDDED


@pytest.mark.default_cassette("rerank.yaml")
def test_a_reranking(traced: Recorder) -> None:
    make(voyageai.Client).rerank("apple", ["a pear", "an apple"], "rerank-2", top_k=1)
    assert traced.attributes() == RANKED


@pytest.mark.default_cassette("error_401.yaml")
def test_a_refused_key(traced: Recorder) -> None:
    with pytest.raises(voyageai.error.AuthenticationError):
        make(voyageai.Client, "invalid-key").rerank("apple", ["a pear"], "rerank-2", top_k=1)
    assert traced.attributes() == {**RANKED, "error.type": "voyageai.error.AuthenticationError"}
