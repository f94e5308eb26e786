# SPDX-License-Identifier: Apache-2.0
"""Generators and datasets: each batch that the model is given is one operation, and nothing is pulled before its time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from torch.utils.data import Dataset

from libraries.transformers.conftest import GREEDY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder


class Prompts(Dataset):
    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> str:
        return ["hello", "hi", "a"][index]


def test_each_item_of_a_generator_is_a_span_when_it_is_pulled(traced: Recorder, speak: Any) -> None:
    results = iter(speak((each for each in ["hello", "hi"]), **GREEDY))
    assert traced.spans == []
    next(results)
    assert traced.attributes()["gen_ai.usage.input_tokens"] == 5
    next(results)
    assert len(traced.spans) == 2
    assert next(results, None) is None


def test_no_more_of_a_generator_is_pulled_than_the_library_pulls(traced: Recorder, speak: Any) -> None:
    def pulls() -> list[int]:
        pulled: list[int] = []

        def prompts() -> Iterator[str]:
            for index in range(4):
                pulled.append(index)
                yield "hello"

        results = iter(speak(prompts(), **GREEDY))
        found = [len(pulled)]
        for _ in results:
            found.append(len(pulled))
        return found

    with_us = pulls()
    traced.uninstrument()
    assert with_us == pulls()


def test_a_dataset_keeps_its_length_and_is_a_span_for_each_batch(traced: Recorder, speak: Any) -> None:
    results = speak(Prompts(), batch_size=2, **GREEDY)
    assert len(results) in (2, 3)  # batches or items, as the version counts
    assert len(list(results)) == 3
    assert [dict(span.attributes or {})["gen_ai.usage.input_tokens"] for span in traced.spans] == [7, 1]
    assert [span.name for span in traced.spans] == ["text_completion tiny/speaker"] * 2


def test_a_run_that_is_left_has_the_spans_of_what_was_run(traced: Recorder, speak: Any) -> None:
    for _ in speak((each for each in ["hello", "hi", "a"]), **GREEDY):
        break
    assert len(traced.spans) == 1


def test_an_error_of_the_generator_reaches_the_caller(traced: Recorder, speak: Any) -> None:
    def prompts() -> Iterator[str]:
        yield "hello"
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        list(speak(prompts(), **GREEDY))
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["length"]


def test_content_of_an_item_is_its_prompt_and_the_text_made_of_it(shown: Recorder, speak: Any) -> None:
    (((record,)),) = list(speak((each for each in ["hello"]), **GREEDY))
    found = shown.attributes()
    assert json.loads(found["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "hello"}]}
    ]
    (message,) = json.loads(found["gen_ai.output.messages"])
    assert "hello" + message["parts"][0]["content"] == record["generated_text"]


def test_content_of_a_batch_is_that_of_all_its_items(shown: Recorder, speak: Any) -> None:
    list(speak(Prompts(), batch_size=3, **GREEDY))
    found = shown.attributes()
    asked = [each["parts"][0]["content"] for each in json.loads(found["gen_ai.input.messages"])]
    assert asked == ["hello", "hi", "a"]
    assert len(json.loads(found["gen_ai.output.messages"])) == 3


def test_conversations_from_a_generator_are_chats(traced: Recorder, speak: Any) -> None:
    chat = [{"role": "user", "content": "hi"}]
    try:
        list(speak((each for each in [chat, chat]), **GREEDY))
    except Exception as error:  # versions before 4.44 take no conversations from a generator
        pytest.skip(f"this version takes none: {type(error).__name__}")
    assert [span.name for span in traced.spans] == ["chat tiny/speaker"] * 2
