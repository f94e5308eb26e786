# SPDX-License-Identifier: Apache-2.0
"""Numbers and words as a person reads them: durations, counts, money, one-line text."""

from __future__ import annotations

from decimal import Decimal

_MILLISECOND = 1_000_000
_SECOND = 1_000 * _MILLISECOND
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE


def duration(nanoseconds: int) -> str:
    """Three significant figures and a unit, so that a column of them can be compared at a glance."""
    if nanoseconds < _MILLISECOND // 10:
        return "0 ms" if nanoseconds <= 0 else "<0.1 ms"
    if nanoseconds < 10 * _MILLISECOND:
        return f"{nanoseconds / _MILLISECOND:.1f} ms"
    if nanoseconds < 999_500_000:
        return f"{nanoseconds / _MILLISECOND:.0f} ms"
    if nanoseconds < 59_950_000_000:
        return f"{nanoseconds / _SECOND:.{1 if nanoseconds >= 9_995_000_000 else 2}f} s"
    if nanoseconds < _HOUR:
        return f"{nanoseconds // _MINUTE}m {nanoseconds % _MINUTE // _SECOND:02d}s"
    return f"{nanoseconds // _HOUR}h {nanoseconds % _HOUR // _MINUTE:02d}m"


def count(number: int) -> str:
    """Every digit up to a million, because tokens are money; beyond that, three figures."""
    if number < 1_000_000:
        return f"{number:,}"
    return f"{number / 1_000_000:.2f}M"


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """Say how many of what: `1 model call`, `3 model calls`."""
    return f"{count(number)} {singular if number == 1 else plural or singular + 's'}"


def dollars(amount: Decimal) -> str:
    """Cents from a dollar on, and enough digits below it to tell two small calls apart."""
    if amount >= 1:
        return f"${amount:,.2f}"
    return f"${amount:.4f}" if amount >= Decimal("0.01") else f"${amount:.6f}"


def one_line(text: str, limit: int = 2_000) -> str:
    """Text on one line without control characters, which could otherwise redraw the reader's terminal."""
    printable = (character if character.isprintable() else " " for character in text[:limit])
    return " ".join("".join(printable).split())
