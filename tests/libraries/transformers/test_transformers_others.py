# SPDX-License-Identifier: Apache-2.0
"""Pipelines that do not continue texts: vectors, texts made of texts, and those that make nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.trace import SpanKind
from transformers import BertConfig, BertForSequenceClassification, pipeline

from libraries.transformers import tiny
from libraries.transformers.conftest import GREEDY

if TYPE_CHECKING:
    from harness import Recorder


def rewriting(task: str) -> Any:
    try:
        return pipeline(task, model=tiny.rewriter(), tokenizer=tiny.tokenizer(), device="cpu")
    except KeyError:
        pytest.skip(f"this version has no pipeline for {task}")


def test_vectors_are_an_embedding(traced: Recorder, embed: Any) -> None:
    embed("hello")
    assert traced.attributes() == {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "huggingface",
        "gen_ai.request.model": "tiny/embedder",
        "gen_ai.embeddings.dimension.count": 32,
        "gen_ai.usage.input_tokens": 5,
    }
    # The conventions know no other kind for an embedding.
    assert traced.one().kind is SpanKind.CLIENT


def test_vectors_of_several_texts_are_one_embedding(traced: Recorder, embed: Any) -> None:
    assert len(embed(["hello", "hi"], batch_size=2)) == 2
    assert traced.attributes()["gen_ai.usage.input_tokens"] == 7


@pytest.mark.parametrize(
    ("task", "operation"),
    [
        ("text2text-generation", "text_completion"),
        ("summarization", "generate_content"),
        ("translation_en_to_de", "generate_content"),
    ],
)
def test_a_text_made_of_a_text_is_counted_without_the_start_token(
    traced: Recorder, task: str, operation: str
) -> None:
    rewriting(task)("hello there", **{"min_length": 0, **GREEDY})
    found = traced.attributes()
    assert found["gen_ai.operation.name"] == operation
    assert found["gen_ai.usage.input_tokens"] == len("hello there")
    assert found["gen_ai.usage.output_tokens"] == 5
    assert found["gen_ai.response.finish_reasons"] == ["length"]
    assert traced.one().kind is SpanKind.INTERNAL


def test_texts_made_of_a_generators_texts_are_counted(traced: Recorder) -> None:
    list(rewriting("text2text-generation")((each for each in ["hello"]), **GREEDY))
    assert traced.attributes()["gen_ai.usage.output_tokens"] == 5


def test_a_classification_is_no_operation(traced: Recorder) -> None:
    config = BertConfig(
        vocab_size=259,
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=64,
    )
    classify = pipeline(
        "text-classification",
        model=BertForSequenceClassification(config),
        tokenizer=tiny.tokenizer(),
        device="cpu",
    )
    assert {"label", "score"} == set(classify("hello")[0])
    assert traced.spans == []
