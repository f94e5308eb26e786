# SPDX-License-Identifier: Apache-2.0
"""Numbers and words as a person reads them: durations, counts, money, one-line text."""

from __future__ import annotations

from decimal import Decimal

_MILLISECOND = 1_000_000
_SECOND = 1_000 * _MILLISECOND
_HOUR = 60  # minutes
_MILLION = 1_000_000
_LEAST = Decimal("0.000001")


def duration(nanoseconds: int) -> str:
    """Three significant figures and a unit, so that a column of them can be compared at a glance."""
    if nanoseconds < _MILLISECOND // 10:
        return "0 ms" if nanoseconds <= 0 else "<0.1 ms"
    # The limits are those at which the next lower format would round up to one more digit.
    if nanoseconds < 9.95 * _MILLISECOND:
        return f"{nanoseconds / _MILLISECOND:.1f} ms"
    if nanoseconds < 999.5 * _MILLISECOND:
        return f"{nanoseconds / _MILLISECOND:.0f} ms"
    if nanoseconds < 9.995 * _SECOND:
        return f"{nanoseconds / _SECOND:.2f} s"
    if nanoseconds < 59.95 * _SECOND:
        return f"{nanoseconds / _SECOND:.1f} s"
    minutes, seconds = divmod(round(nanoseconds / _SECOND), 60)
    return f"{minutes}m {seconds:02d}s" if minutes < _HOUR else f"{minutes // _HOUR}h {minutes % _HOUR:02d}m"


def count(number: int) -> str:
    """Every digit up to a million, because tokens are money; beyond that, three figures."""
    return f"{number:,}" if number < _MILLION else f"{number / _MILLION:.2f}M"


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """Say how many of what: `1 model call`, `3 model calls`."""
    return f"{count(number)} {singular if number == 1 else plural or singular + 's'}"


def dollars(amount: Decimal) -> str:
    """Cents from a dollar on, and enough digits below it to tell two small calls apart."""
    if amount >= 1:
        return f"${amount:,.2f}"
    if 0 < amount < _LEAST:
        return f"<${_LEAST}"
    return f"${amount:.4f}" if amount >= Decimal("0.01") else f"${amount:.6f}"


def one_line(text: str, limit: int = 2_000) -> str:
    """Text on one line without control characters, which could otherwise redraw the reader's terminal."""
    printable = (character if character.isprintable() else " " for character in text[:limit])
    return " ".join("".join(printable).split())
