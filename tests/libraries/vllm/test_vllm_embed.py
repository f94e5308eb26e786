# SPDX-License-Identifier: Apache-2.0
"""Vectors of an engine that was started to make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vllm import LLM

from libraries.vllm.conftest import SMALL

if TYPE_CHECKING:
    from harness import Recorder


def test_vectors_are_one_embedding(traced: Recorder, folder: str) -> None:
    llm = LLM(folder, runner="pooling", convert="embed", **SMALL)
    assert len(llm.embed(["hello", "hi"], use_tqdm=False)) == 2
    assert traced.attributes() == {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "vllm",
        "gen_ai.request.model": folder,
        "gen_ai.usage.input_tokens": 7,
    }
