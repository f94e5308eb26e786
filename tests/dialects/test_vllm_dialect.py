# SPDX-License-Identifier: Apache-2.0
"""vLLM's outputs read without vLLM: whole, piece by piece, and odd."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import vllm_outputs as dialect
from spanwright.semconv.model import Text, Usage


def piece(ids: list[int], text: str, reason: str | None = None, index: int = 0) -> dict[str, Any]:
    made = {"index": index, "token_ids": ids, "text": text, "finish_reason": reason}
    return {"prompt_token_ids": [1, 2, 3], "num_cached_tokens": 2, "outputs": [made]}


def test_tokens_of_all_prompts_and_texts_are_added_up() -> None:
    found = dialect.response([piece([5], "a", "stop"), piece([5, 6], "b", "length")])
    assert found.usage == Usage(input=6, output=3, cache_read=4)
    assert found.finish_reasons == ["stop", "length"]


def test_pieces_of_what_is_new_are_added_up() -> None:
    chunks = dialect.Chunks(dialect.DELTA, content=True)
    for each in (piece([5], "a"), piece([6], "b"), piece([7], "c", "stop")):
        chunks.add(each)
    assert dialect.response(chunks.value()).usage == Usage(input=3, output=3, cache_read=2)
    assert dialect.output(chunks.value())[0].parts == [Text("abc")]


def test_of_pieces_of_all_so_far_the_last_counts() -> None:
    chunks = dialect.Chunks(dialect.CUMULATIVE, content=True)
    for each in (piece([5], "a"), piece([5, 6], "ab", "stop")):
        chunks.add(each)
    assert dialect.response(chunks.value()).usage == Usage(input=3, output=2, cache_read=2)
    assert dialect.output(chunks.value())[0].parts == [Text("ab")]


def test_a_stream_without_capture_keeps_no_text() -> None:
    chunks = dialect.Chunks(dialect.DELTA, content=False)
    chunks.add(piece([5], "SECRET"))
    assert "SECRET" not in repr(chunks.value())


def test_parameters_that_nobody_set_are_not_asked_for() -> None:
    usual = {"n": 1, "temperature": 1.0, "top_p": 1.0, "top_k": -1, "max_tokens": 16, "stop": []}
    found = dialect.request({**usual, "frequency_penalty": 0.0, "presence_penalty": 0.0})
    assert found.max_tokens == 16
    assert (found.temperature, found.top_p, found.top_k, found.choices, found.stop) == (None,) * 5


def test_token_ids_are_no_content() -> None:
    assert dialect.content([{"prompt_token_ids": [1, 2]}, [1, 2], "text"]).input[0].parts == [Text("text")]


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["outputs", "index", "token_ids", "text", "finish_reason", "prompt_token_ids", "prompt"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@given(ODD)
def test_odd_data_is_skipped(value: Any) -> None:
    dialect.request(value)
    dialect.kind(value)
    dialect.response(value)
    dialect.output(value)
    dialect.content(value)
    dialect.conversations(value, value)
    chunks = dialect.Chunks(dialect.DELTA, content=True)
    chunks.add(value)
    dialect.response(chunks.value())
    dialect.output(chunks.value())
