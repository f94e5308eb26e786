# SPDX-License-Identifier: Apache-2.0
"""What Together has beside chats: completions, embeddings, images and rankings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsStr

if TYPE_CHECKING:
    from harness import Recorder

TEXTS = ["Paris is in France.", "The weather is fine.", "Refunds take five days."]
RANKED = {
    "gen_ai.operation.name": "rerank",
    "gen_ai.provider.name": "together_ai",
    "gen_ai.request.model": "Salesforce/Llama-Rank-V1",
    "gen_ai.retrieval.top_k": 2,
}


def ranking(client: Any, **more: Any) -> Any:
    """Ask for a ranking."""
    return client.rerank.create(
        model="Salesforce/Llama-Rank-V1",
        query="How is the weather?",
        documents=TEXTS,
        top_n=2,
        **more,
    )


def test_a_ranking_is_a_search_of_its_own_kind(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    ranking(client)
    assert traced.tree() == ["rerank"]
    assert traced.attributes() == {**server, **RANKED}
    (point,) = traced.points()
    assert (point.metric, point.count) == ("gen_ai.client.operation.duration", 1)
    assert point.labels["gen_ai.operation.name"] == "rerank"


async def test_an_awaited_ranking_tells_the_same(
    traced: Recorder, aclient: Any, server: dict[str, Any]
) -> None:
    await ranking(aclient)
    assert traced.attributes() == {**server, **RANKED}


@pytest.mark.parametrize("returned", [True, False])
def test_ranked_documents_are_told_with_their_texts(shown: Recorder, client: Any, returned: bool) -> None:
    answer = ranking(client, return_documents=returned)
    found = shown.attributes()
    assert found["gen_ai.retrieval.query.text"] == "How is the weather?"
    assert json.loads(found["gen_ai.retrieval.documents"]) == [
        {"id": str(each.index), "score": each.relevance_score, "content": TEXTS[each.index]}
        for each in answer.results
    ]


def test_a_ranking_tells_no_word_unasked(traced: Recorder, client: Any) -> None:
    ranking(client)
    assert "weather" not in traced.everything()


def test_a_completion_has_its_own_operation(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    answer = client.completions.create(
        model="mistralai/Mixtral-8x7B-v0.1", prompt="Hello there", max_tokens=50
    )
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "text_completion",
        "gen_ai.provider.name": "together_ai",
        "gen_ai.request.max_tokens": 50,
        "gen_ai.request.model": "mistralai/Mixtral-8x7B-v0.1",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": answer.id,
        "gen_ai.response.model": "mistralai/Mixtral-8x7B-v0.1",
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": answer.usage.completion_tokens,
    }


def test_an_embedding_is_an_operation_of_its_own(traced: Recorder, client: Any) -> None:
    client.embeddings.create(model="BAAI/bge-base-en-v1.5", input="Hello there")
    assert traced.tree() == ["embeddings BAAI/bge-base-en-v1.5"]


def test_a_picture_is_generated(shown: Recorder, client: Any, server: dict[str, Any]) -> None:
    client.images.generate(
        model="black-forest-labs/FLUX.1-schnell", prompt="A cat", response_format="url", n=1
    )
    assert shown.attributes() == {
        **server,
        "gen_ai.operation.name": "generate_content",
        "gen_ai.output.type": "image",
        "gen_ai.provider.name": "together_ai",
        "gen_ai.request.model": "black-forest-labs/FLUX.1-schnell",
        "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"A cat"}]}]',
        "gen_ai.output.messages": IsStr(regex=r'.*"type":"uri","modality":"image".*'),
    }
