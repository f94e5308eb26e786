# SPDX-License-Identifier: Apache-2.0
"""What pipelines are given and return, and the tokens of their models, read without transformers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import transformers_pipelines as dialect
from spanwright.instrumentors.transformers import tokens
from spanwright.semconv.model import Blob, Text, Uri

CHAT = [{"role": "user", "content": "hi"}]


class Tensor:
    """As much of a tensor as is read."""

    def __init__(self, listed: Any) -> None:
        self.listed = listed

    def tolist(self) -> Any:
        return self.listed


def pipeline(**settings: Any) -> Any:
    return SimpleNamespace(model=SimpleNamespace(generation_config=SimpleNamespace(**settings)))


def made(value: dict[str, Any], asked: dict[str, Any] | None = None, **settings: Any) -> Any:
    told = {name: Tensor(each) for name, each in value.items()}
    return tokens.made(pipeline(eos_token_id=2, pad_token_id=0, **settings), told, asked or {})


def test_the_prompt_is_cut_off() -> None:
    found = made({"generated_sequence": [[[0, 7, 5, 6]]], "input_ids": [[0, 7]]})
    assert found == [tokens.Made([5, 6], "length")]


def test_a_model_that_does_not_repeat_the_prompt_loses_nothing() -> None:
    found = made({"generated_sequence": [[5, 6, 2]], "input_ids": [[9, 9, 9]]})
    assert found == [tokens.Made([5, 6, 2], "stop")]


def test_padding_after_another_end_is_no_token() -> None:
    assert made({"generated_sequence": [[[5, 0, 0]]]}) == [tokens.Made([5], "stop")]


def test_the_start_token_of_a_decoder_is_no_token() -> None:
    found = made({"output_ids": [[[0, 5, 6, 2, 0]]]}, decoder_start_token_id=0)
    assert found == [tokens.Made([5, 6, 2], "stop")]


def test_stop_strings_end_a_text_before_its_limit() -> None:
    asked = {"max_new_tokens": 2, "stop_strings": ["x"]}
    assert made({"generated_sequence": [[[5]]]}, asked) == [tokens.Made([5], "stop")]
    assert made({"generated_sequence": [[[5, 6]]]}, asked) == [tokens.Made([5, 6], "length")]


def test_what_the_model_saw_is_counted_by_its_mask() -> None:
    given_ = {"input_ids": Tensor([[0, 7], [7, 7]]), "attention_mask": Tensor([[0, 1], [1, 1]])}
    assert tokens.seen(given_) == 3
    assert tokens.seen({"input_ids": Tensor([[7, 7]])}) == 2
    assert tokens.seen({"pixel_values": Tensor([[0.5]])}) is None


def test_conversations_are_told_from_prompts() -> None:
    assert [dialect.is_chat(each) for each in (CHAT, [CHAT], SimpleNamespace(messages=CHAT))] == [True] * 3
    assert [dialect.is_chat(each) for each in ("hi", ["hi"], None, {"text": "hi"}, [])] == [False] * 5


def test_media_are_named_by_their_address() -> None:
    message = {
        "role": "user",
        "content": [{"type": "image", "url": "http://x.test/a.png"}, {"type": "text", "text": "what?"}],
    }
    parts = dialect.content([message], {}).input[0].parts
    assert parts == [Uri("image", "http://x.test/a.png"), Text("what?")]


def test_bytes_are_media() -> None:
    assert dialect.content(b"abc", {}).input[0].parts == [Blob("audio", b"abc")]


def test_parameters_in_a_dict_of_their_own_are_asked_for() -> None:
    asked = dialect.flat({"generate_kwargs": {"max_new_tokens": 4}, "temperature": None})
    assert dialect.request(asked).max_tokens == 4


ODD = st.recursive(
    st.none() | st.integers() | st.text(max_size=3) | st.binary(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "content", "generated_text", "text", "messages", "type", "images"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@given(ODD, ODD)
@example(None, [[[]], None])
def test_odd_data_is_skipped(inputs: Any, value: Any) -> None:
    dialect.is_chat(inputs)
    dialect.content(inputs, {"tools": value})
    dialect.output(inputs, value, ["stop"])
    dialect.prompts(value)
    tokens.rows(Tensor(value))
