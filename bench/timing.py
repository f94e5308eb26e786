# SPDX-License-Identifier: Apache-2.0
"""CPU time of alternatives, measured in turns in one run, so that a busy machine disturbs all of them alike."""

from __future__ import annotations

import gc
import itertools
from dataclasses import dataclass
from statistics import median
from time import process_time_ns
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass
class Alternative:
    """One way to do the work: `prepare` runs before each turn, `work` is what is timed."""

    name: str
    work: Callable[[], object]
    prepare: Callable[[], object] | None = None


_WARMUP = 30


def compare(
    alternatives: list[Alternative], *, turns: int = 40, each: int = 40, warmup: int = _WARMUP
) -> dict[str, float]:
    """Return CPU microseconds for one piece of work by each alternative, in its steady state.

    Placing and removing patches makes the interpreter forget what it had specialised for the patched classes, so each
    alternative works for a while before it is timed.

    In every turn each alternative does `each` pieces. A turn counts by its quietest third: what the operating
    system and other processes add is never negative.
    """
    times: dict[str, list[float]] = {alternative.name: [] for alternative in alternatives}
    for turn in range(turns + 2):
        for alternative in alternatives:
            if alternative.prepare is not None:
                alternative.prepare()
            for _ in range(warmup):
                alternative.work()
            gc.collect()
            start = process_time_ns()
            for _ in range(each):
                alternative.work()
            spent = (process_time_ns() - start) / each / 1000
            if turn > 1:
                times[alternative.name].append(spent)
    return {name: quiet(found) for name, found in times.items()}


def compare_long(alternatives: list[Alternative], *, turns: int) -> dict[str, float]:
    """Return the same of long work, whose `work` returns the times at which its parts ended, and when it started.

    Each part counts by its own quietest third, since hardly any long piece is undisturbed as a whole.
    """
    times: dict[str, list[list[float]]] = {alternative.name: [] for alternative in alternatives}
    for turn in range(turns + 1):
        for alternative in alternatives:
            if alternative.prepare is not None:
                alternative.prepare()
            alternative.work()
            gc.collect()
            marks: Any = alternative.work()
            if turn:
                times[alternative.name].append(
                    [(after - before) / 1000 for before, after in itertools.pairwise(marks)]
                )
    return {name: sum(quiet(part) for part in zip(*found, strict=True)) for name, found in times.items()}


def quiet(found: Iterable[float]) -> float:
    """Return the median of the quietest third."""
    ordered = sorted(found)
    return median(ordered[: max(len(ordered) // 3, 1)])
