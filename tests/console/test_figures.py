# SPDX-License-Identifier: Apache-2.0
"""Numbers as a person reads them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from spanwright.console._figures import count, dollars, duration

MS = 1_000_000


@pytest.mark.parametrize(
    ("nanoseconds", "shown"),
    [
        (-5, "0 ms"),
        (0, "0 ms"),
        (50_000, "<0.1 ms"),
        (1_240_000, "1.2 ms"),
        (9_970_000, "10 ms"),
        (812 * MS, "812 ms"),
        (999.7 * MS, "1.00 s"),
        (3_420 * MS, "3.42 s"),
        (9_996 * MS, "10.0 s"),
        (59_960 * MS, "1m 00s"),
        (61_000 * MS, "1m 01s"),
        (3_660_000 * MS, "1h 01m"),
    ],
)
def test_a_duration_has_about_three_figures(nanoseconds: float, shown: str) -> None:
    assert duration(int(nanoseconds)) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [(7, "7"), (1_640, "1,640"), (999_999, "999,999"), (1_234_567, "1.23M")]
)
def test_tokens_are_shown_to_the_digit_up_to_a_million(number: int, shown: str) -> None:
    assert count(number) == shown


@pytest.mark.parametrize(
    ("amount", "shown"), [("0.000367", "$0.000367"), ("0.0125", "$0.0125"), ("1234.5", "$1,234.50")]
)
def test_small_amounts_keep_the_digits_that_tell_them_apart(amount: str, shown: str) -> None:
    assert dollars(Decimal(amount)) == shown
