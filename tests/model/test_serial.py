# SPDX-License-Identifier: Apache-2.0
"""The serialiser is total: whatever an application holds becomes valid JSON within the budget."""

from __future__ import annotations

import json
import sys
from collections import deque
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hostile
from model import strange
from spanwright.semconv.serial import digest, dumps, parsed, plain, shortened, valid

if TYPE_CHECKING:
    from collections.abc import Callable

WIDE = 100_000


def strict(text: str) -> Any:
    """Read JSON as a strict parser in another language would."""

    def refuse(constant: str) -> Any:
        raise AssertionError(f"{constant} is not JSON")

    text.encode()
    return json.loads(text, parse_constant=refuse)


# --- plain data goes through unchanged -------------------------------------------------------------------------------

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=8), inner, max_size=6),
    max_leaves=20,
)


@given(PLAIN)
def test_plain_data_is_what_a_strict_parser_reads_back(value: Any) -> None:
    assert strict(dumps(value, WIDE)) == value


def test_json_is_compact() -> None:
    assert dumps({"a": [1, 2], "b": None}, WIDE) == '{"a":[1,2],"b":null}'


def test_other_alphabets_are_not_escaped() -> None:
    assert dumps(["žluť", "天気", "🌦"], WIDE) == '["žluť","天気","🌦"]'


# --- what applications really hold ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown"), strange.SPOKEN, ids=[repr(type(v).__name__) for v, _ in strange.SPOKEN]
)
def test_a_value_is_shown_by_what_it_says(value: object, shown: object) -> None:
    assert strict(dumps(value, WIDE)) == shown


@pytest.mark.parametrize(
    "kind", [strange.Frame, strange.Unspeakable, strange.Masked, object, SimpleNamespace, iter]
)
def test_an_unknown_object_is_shown_by_its_type_alone(kind: Any) -> None:
    value = iter([]) if kind is iter else kind()
    name = f"<{type(value).__module__}.{type(value).__qualname__}>"
    assert strict(dumps([value, 1], WIDE)) == [name, 1]


def test_a_mapping_that_cannot_be_read_costs_only_itself() -> None:
    assert strict(dumps([strange.Hostile(a=1), 1], WIDE)) == ["<model.strange.Hostile>", 1]


def test_a_list_that_cannot_be_read_costs_only_itself() -> None:
    value = {"held": strange.HostileList([1]), "at": strange.NOW}
    assert strict(dumps(value, WIDE))["at"] == "2026-10-01 12:30:00+00:00"


def test_a_field_that_is_a_property_is_left_out() -> None:
    """To ask for it could run a query, and fail."""
    assert strict(dumps(strange.Failing(), WIDE)) == {"good": 1}


@pytest.mark.parametrize("kind", ["object", "str", "int", "float", "model", "dataclass"])
def test_no_method_of_a_value_is_called(kind: str) -> None:
    """Each could raise, block or ask a database; a collection alone is asked for its items."""
    touches = hostile.Touches(hostile.Stopped)
    value = [hostile.MAKERS[kind](touches), object()]
    strict(dumps(value, WIDE))
    strict(dumps(value, 10))
    assert touches.names == []


@pytest.mark.parametrize("kind", ["dict", "list", "tuple"])
def test_a_collection_that_cannot_be_asked_for_its_items_is_shown_by_its_type(kind: str) -> None:
    value = hostile.MAKERS[kind](hostile.Touches(hostile.Broken))
    assert strict(dumps([value, 1], WIDE)) == [f"<hostile.Touchy{kind.title()}>", 1]


def test_a_secret_field_is_shown_by_its_type_alone() -> None:
    assert strict(dumps(strange.Keyed(key="hidden"), WIDE)) == {"key": "<pydantic.types.SecretStr>"}


def test_a_model_is_read_without_a_warning_or_a_method_of_its_own(recwarn: pytest.WarningsRecorder) -> None:
    value = strange.Weather.model_construct(city=3, degrees="warm")
    assert strict(dumps(value, WIDE)) == {"city": 3, "degrees": "warm"}
    assert not recwarn.list


def test_a_coroutine_is_neither_awaited_nor_closed() -> None:
    async def fetch() -> int:
        return 1

    coroutine = fetch()
    assert strict(dumps({"fetched": coroutine}, WIDE)) == {"fetched": "<builtins.coroutine>"}
    with pytest.raises(StopIteration):
        coroutine.send(None)


def test_an_iterator_is_not_consumed() -> None:
    numbers = iter([1, 2, 3])
    dumps({"numbers": numbers}, WIDE)
    assert list(numbers) == [1, 2, 3]


def test_collections_of_the_standard_library_are_read() -> None:
    value = {"d": deque([1, 2]), "m": MappingProxyType({"a": 1}), "f": frozenset([3])}
    assert strict(dumps(value, WIDE)) == {"d": [1, 2], "m": {"a": 1}, "f": [3]}


def test_media_is_shown_by_size_and_digest() -> None:
    shown = strict(dumps({"image": memoryview(b"abc"), "raw": bytearray(b"abc")}, WIDE))
    assert shown["image"] == shown["raw"] == digest(b"abc")


# --- budgets ------------------------------------------------------------------------------------------------------------


def test_a_cycle_is_cut() -> None:
    tree = strange.Tree("root")
    tree.below = [strange.Tree("leaf", up=tree)]
    assert strict(dumps(tree, WIDE)) == {
        "name": "root",
        "up": None,
        "below": [{"name": "leaf", "up": "…", "below": []}],
    }


@pytest.mark.parametrize("make", [strange.cycle, strange.deep, strange.wide])
def test_what_multiplies_at_each_level_ends_within_the_budget(make: Callable[[], object]) -> None:
    text = dumps(make(), 2_000)
    assert len(text) <= 2_000
    assert strict(text)


def test_depth_is_cut() -> None:
    value: Any = []
    for _ in range(sys.getrecursionlimit() * 20):
        value = [value]
    assert "…" in dumps(value, WIDE)


def test_an_integer_that_python_refuses_to_write_costs_only_itself() -> None:
    assert strict(dumps({"huge": 10**5000, "small": 1}, WIDE)) == {"huge": "<builtins.int>", "small": 1}


def test_a_long_text_is_cut_with_a_mark_between_its_head_and_its_tail() -> None:
    text = strict(dumps({"text": "head" + "x" * 199_992 + "tail", "model": "m"}, 100_000))
    assert text["model"] == "m"
    assert "…[134464 more characters]…" in text["text"]
    assert (text["text"][:4], text["text"][-4:]) == ("head", "tail")


@given(st.text(), st.integers(0, 300))
def test_a_shortened_text_is_within_its_limit(text: str, limit: int) -> None:
    assert len(shortened(text * 9, limit)) <= limit


def test_a_long_conversation_keeps_its_head_and_its_tail() -> None:
    messages = [{"role": "user", "content": f"message {i}"} for i in range(5_000)]
    kept = strict(dumps(messages, 20_000))
    assert (kept[0], kept[-1]) == (messages[0], messages[-1])


def test_a_document_that_fits_exactly_is_not_cut() -> None:
    assert dumps("x" * 98, 100) == '"' + "x" * 98 + '"'


@pytest.mark.parametrize(("value", "empty"), [([1] * 99, "[]"), ({"a" * 99: 1}, "{}"), ("x" * 99, '""')])
def test_the_smallest_budget_gives_an_empty_document_of_the_same_kind(value: object, empty: str) -> None:
    assert dumps(value, 2) == empty


# --- text that cannot be exported -----------------------------------------------------------------------------------------


def test_a_lone_surrogate_is_replaced_anywhere() -> None:
    assert strict(dumps({"a\ud800": ["\udfff"]}, WIDE)) == {"a?": ["?"]}


@given(st.text(st.characters()))
def test_valid_text_can_be_encoded_and_keeps_its_length(text: str) -> None:
    clean = valid(text)
    clean.encode()
    assert len(clean) == len(text)


# --- whatever it is -------------------------------------------------------------------------------------------------------

ODD = st.sampled_from(strange.ODD)
KEYS = st.text(st.characters(), max_size=8) | st.integers() | st.floats() | st.none() | st.booleans()
KEYS |= st.tuples(st.text(max_size=3), st.integers()) | st.just(strange.ID)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary() | ODD,
    lambda inner: (
        st.lists(inner, max_size=8) | st.tuples(inner, inner) | st.dictionaries(KEYS, inner, max_size=6)
    ),
    max_leaves=25,
)


@settings(max_examples=200, deadline=None)
@given(ANYTHING, st.integers(2, 400) | st.just(WIDE))
def test_anything_becomes_valid_json_within_the_budget(value: Any, limit: int) -> None:
    text = dumps(strange.grown(value), limit)
    assert len(text) <= limit
    strict(text)


@settings(max_examples=100, deadline=None)
@given(ANYTHING)
def test_plain_gives_builtin_types_only(value: Any) -> None:
    held = [plain(strange.grown(value), 2_000)]
    while held:
        each = held.pop()
        assert type(each) in {dict, list, str, int, float, bool, type(None)}
        held += each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()


# --- its small siblings ---------------------------------------------------------------------------------------------------


@given(st.text(st.characters()) | st.binary())
def test_media_of_any_text_or_bytes_has_a_digest(data: str | bytes) -> None:
    assert set(digest(data)) == {"bytes", "sha256"}


def test_base64_is_measured_as_the_bytes_it_stands_for() -> None:
    assert digest("aGVsbG8=") == digest(b"hello")


@given(st.text() | st.integers() | st.none())
def test_text_that_is_no_json_comes_back_as_it_is(text: Any) -> None:
    try:
        expected = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        expected = text
    assert parsed(text) == expected or expected != expected


def test_json_too_deep_to_be_read_comes_back_as_text() -> None:
    text = "[" * 100_000
    assert parsed(text) == text
