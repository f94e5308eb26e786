# SPDX-License-Identifier: Apache-2.0
"""An attribute value is of the right type and can be exported, or it is left out."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from math import inf, isfinite, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.strange import Color, Frame, Level, Loud
from spanwright.semconv.clean import flag, integer, number, text, texts

ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.lists(st.text(st.characters()) | st.integers() | st.none())
    | st.sampled_from([Color.RED, Level.HIGH, Loud("loud"), Decimal(1), object(), int, 10**400])
)


class Model(str, Enum):
    SMALL = "small"


@pytest.mark.parametrize(
    ("clean", "value", "kept"),
    [
        (text, "m1", "m1"),
        (text, "", None),
        (text, " \r\n", None),
        (text, Model.SMALL, "small"),
        (text, Color.RED, "red"),
        (text, Loud("loud"), "loud"),
        (text, 7, None),
        (text, None, None),
        (text, b"m1", None),
        (text, "half \ud83d a pair", "half ? a pair"),
        (integer, 3, 3),
        (integer, 3.0, 3),
        (integer, 3.5, None),
        (integer, True, None),
        (integer, "3", None),
        (integer, nan, None),
        (integer, inf, None),
        (integer, Level.HIGH, 3),
        (integer, 2**63 - 1, 2**63 - 1),
        (integer, 2**63, None),
        (number, 0.5, 0.5),
        (number, 1, 1.0),
        (number, True, None),
        (number, nan, None),
        (number, -inf, None),
        (number, 10**400, None),
        (flag, True, True),
        (flag, False, False),
        (flag, 1, None),
        (flag, "true", None),
        (texts, "stop", ["stop"]),
        (texts, ["a", None, 3, "", "b"], ["a", "b"]),
        (texts, ("a",), ["a"]),
        (texts, [None], None),
        (texts, {"a"}, None),
    ],
)
def test_a_value_is_kept_or_left_out(clean: Any, value: Any, kept: Any) -> None:
    found = clean(value)
    assert (found, type(found)) == (kept, type(kept))


@pytest.mark.parametrize("clean", [text, integer, number, flag, texts])
def test_a_sentinel_is_left_out(clean: Any) -> None:
    class Omit:
        def __bool__(self) -> bool:
            return False

    assert clean(Omit()) is None


@pytest.mark.parametrize("clean", [text, integer, number, flag, texts])
def test_an_object_whose_truth_is_ambiguous_is_left_out(clean: Any) -> None:
    assert clean(Frame()) is None


@given(ANYTHING)
def test_text_can_be_exported(value: Any) -> None:
    found = text(value)
    assert found is None or (type(found) is str and found.encode())


@given(ANYTHING)
def test_an_integer_fits_into_64_bits(value: Any) -> None:
    found = integer(value)
    assert found is None or (type(found) is int and -(2**63) <= found < 2**63)


@given(ANYTHING)
def test_a_number_is_finite(value: Any) -> None:
    found = number(value)
    assert found is None or (type(found) is float and isfinite(found))


@given(ANYTHING)
def test_a_list_holds_text_alone(value: Any) -> None:
    found = texts(value)
    assert found is None or (found and all(type(each) is str and each for each in found))
