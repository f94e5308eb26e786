# SPDX-License-Identifier: Apache-2.0
"""CPU time of alternatives, measured in turns in one run, so that a busy machine disturbs all of them alike."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from statistics import median
from time import process_time_ns
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Alternative:
    """One way to do the work: `prepare` runs before each turn, `work` is what is timed."""

    name: str
    work: Callable[[], object]
    prepare: Callable[[], object] | None = None


_WARMUP = 30


def compare(alternatives: list[Alternative], *, turns: int = 40, each: int = 40) -> dict[str, float]:
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
            for _ in range(_WARMUP):
                alternative.work()
            gc.collect()
            start = process_time_ns()
            for _ in range(each):
                alternative.work()
            spent = (process_time_ns() - start) / each / 1000
            if turn > 1:
                times[alternative.name].append(spent)
    return {name: median(sorted(found)[: max(len(found) // 3, 1)]) for name, found in times.items()}
