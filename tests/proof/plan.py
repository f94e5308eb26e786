# SPDX-License-Identifier: Apache-2.0
"""Which fault is raised in which test."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from zlib import crc32

from proof.injection import KINDS
from proof.trusted import TRUSTED

if TYPE_CHECKING:
    from types import CodeType

    import pytest

Seen: TypeAlias = "tuple[float, pytest.Item, dict[tuple[int, str], CodeType]]"


@dataclass(frozen=True)
class Fault:
    """A function, the phase of a test in which it raises, what it raises, the how manieth that is, and the test."""

    code: CodeType
    phase: str
    kind: type[Exception]
    turn: int
    item: pytest.Item

    @property
    def key(self) -> int:
        """Return what the function is known by."""
        return id(self.code)

    def __str__(self) -> str:
        return f"{self.kind.__name__} in {called(self.code)}, {self.phase} the test's body"


def planned(reached: list[Seen], lane: str) -> list[Fault]:
    """Return the faults of a lane in the quickest tests that reach them; `reached` has the quickest first.

    Each function fails once before one fails twice, and what takes long comes last.
    """
    tests: dict[tuple[int, str], tuple[CodeType, list[pytest.Item]]] = {}
    for _, item, inner in reached:
        for place, code in inner.items():
            if not _trusted(code):
                tests.setdefault(place, (code, []))[1].append(item)
    faults = [
        Fault(code, phase, kind, turn, items[turn % len(items)])
        for (_, phase), (code, items) in tests.items()
        for turn, kind in enumerate(_kinds(code, phase, lane))
    ]
    order = {item.nodeid: place for place, (_, item, _) in enumerate(reached)}
    return sorted(faults, key=lambda each: (each.turn, order[each.item.nodeid]))


def called(code: CodeType) -> str:
    """Return how a function is told of."""
    return _called(code.co_filename, getattr(code, "co_qualname", code.co_name))


@cache
def _called(file: str, name: str) -> str:
    place = Path(file)
    return f"{place.parent.name}.{place.stem}.{name}"


def _kinds(code: CodeType, phase: str, lane: str) -> tuple[type[Exception], ...]:
    """Return what a function raises: in its library's lane all of it, in any other one kind, not the same in all."""
    library = lane.rpartition("-")[0]
    if not library or Path(code.co_filename).parent.name == library:
        return KINDS
    return (KINDS[crc32(f"{lane} {phase} {called(code)}".encode()) % len(KINDS)],)


def _trusted(code: CodeType) -> bool:
    return any(called(code) == each or called(code).startswith(f"{each}.") for each in TRUSTED)
