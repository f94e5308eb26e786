# SPDX-License-Identifier: Apache-2.0
"""Values that applications really pass to models and tools, and that naive serialisers fail on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, SecretStr

if TYPE_CHECKING:
    from collections.abc import Callable


class Color(Enum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Mode(str, Enum):
    FAST = "fast"


@dataclass
class Place:
    city: str
    at: datetime


@dataclass(slots=True)
class Unset:
    given: int
    missing: int = field(init=False)


@dataclass
class Tree:
    name: str
    up: Tree | None = None
    below: list[Tree] = field(default_factory=list)


def _fetched(self: Any) -> Any:
    raise RuntimeError("a property that queries a closed session")


@dataclass
class Failing:
    """Like an object of a mapper, whose fields are fetched when they are asked for."""

    good: int = 1
    bad: int = field(default=property(_fetched), init=False)  # type: ignore[assignment]


class Weather(BaseModel):
    model_config = ConfigDict(extra="allow")
    city: str
    degrees: float


class Undumpable(BaseModel):
    city: str

    def model_dump(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("a serializer that needs a connection")

    model_dump_json = model_dump

    def __repr__(self) -> str:
        raise RuntimeError("no repr either")


class Keyed(BaseModel):
    key: SecretStr


class Frame:
    """Like a data frame: its truth value, equality and length are not what they are for other objects."""

    def __bool__(self) -> bool:
        raise ValueError("The truth value of a DataFrame is ambiguous.")

    def __eq__(self, other: object) -> Any:
        return Frame()

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return 3

    def __iter__(self) -> Any:
        raise AssertionError("it was iterated")


class Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    __str__ = __repr__


class Masked:
    """A proxy whose target is gone."""

    @property
    def __class__(self) -> Any:
        raise ReferenceError("weakly-referenced object no longer exists")


class Loud(str):
    """A string that fails whenever anything of its own is called."""

    __slots__ = ()

    def __str__(self) -> str:
        raise RuntimeError("never call this")

    __repr__ = __format__ = __str__  # type: ignore[assignment]


class Hostile(dict[str, Any]):
    def items(self) -> Any:
        raise RuntimeError("a lazy mapping that is closed")

    keys = values = __iter__ = items


class HostileList(list[Any]):
    def __iter__(self) -> Any:
        raise RuntimeError("a lazy list that is closed")


NOW = datetime(2026, 10, 1, 12, 30, tzinfo=timezone.utc)
ID = UUID("12345678123456781234567812345678")


def family(width: int, depth: int) -> Tree:
    """Return a tree in which every node knows its parent and its children."""
    root = Tree("root")
    level = [root]
    for _ in range(depth):
        for node in level:
            node.below = [Tree("child", node) for _ in range(width)]
        level = level[0].below
    return root


def laughs(depth: int) -> Tree:
    """Return a tree that is small in memory and doubles at each level when it is written out."""
    held = Tree("ha")
    for _ in range(depth):
        held = Tree("ha", below=[held, held])
    return held


def cycle() -> list[Any]:
    """Return a list that holds itself many times over."""
    held: list[Any] = []
    held.extend([held] * 10)
    return held


class Odd:
    """The name of a value that is made in the test only: a runner that shows what is cyclic would never end."""

    def __init__(self, make: Callable[[], object]) -> None:
        self.make = make

    def __repr__(self) -> str:
        return f"Odd({self.make.__name__})"


def grown(value: Any) -> Any:
    """Return plain collections with each `Odd` replaced by what it makes."""
    if isinstance(value, Odd):
        return value.make()
    if isinstance(value, dict):
        return {grown(key): grown(item) for key, item in value.items()}
    return type(value)(map(grown, value)) if isinstance(value, (list, tuple)) else value


def deep() -> Tree:
    """Return a tree that is narrow and deep."""
    return laughs(64)


def wide() -> Tree:
    """Return a tree in which hundreds know each other."""
    return family(20, 4)


def mapping() -> Hostile:
    """Return a mapping that cannot be read."""
    return Hostile(a=1)


def sequence() -> HostileList:
    """Return a list that cannot be read."""
    return HostileList([1])


def huge() -> int:
    """Return an integer that Python refuses to write."""
    return 10**5000


def spoken() -> list[object]:
    """Return one of each value that says what it is."""
    return [value for value, _ in SPOKEN]


ODD = [
    Odd(make)
    for make in (
        cycle,
        deep,
        wide,
        mapping,
        sequence,
        huge,
        spoken,
        Frame,
        Unspeakable,
        Masked,
        Failing,
        object,
    )
]
SPOKEN: list[tuple[object, object]] = [
    (NOW, "2026-10-01 12:30:00+00:00"),
    (date(2026, 10, 1), "2026-10-01"),
    (Decimal("1.10"), "1.10"),
    (ID, str(ID)),
    (PurePosixPath("/tmp/x"), "/tmp/x"),
    (Color.RED, "red"),
    (Level.HIGH, 3),
    (Mode.FAST, "fast"),
    ((1, 2), [1, 2]),
    ({"only"}, ["only"]),
    (Place("Lisbon", NOW), {"city": "Lisbon", "at": "2026-10-01 12:30:00+00:00"}),
    (Unset(1), {"given": 1}),
    (
        Weather(city="Lisbon", degrees=21.5, source="station"),
        {"city": "Lisbon", "degrees": 21.5, "source": "station"},
    ),
    (Undumpable(city="Lisbon"), {"city": "Lisbon"}),
    (float("nan"), "nan"),
    ([float("-inf")], ["-inf"]),
    ({1: "a", 2.5: "b", None: "c", False: "d"}, {"1": "a", "2.5": "b", "null": "c", "false": "d"}),
    ({(1, "a"): 1, ID: 2, Color.RED: 3}, {'[1,"a"]': 1, str(ID): 2, "red": 3}),
    (b"\x00\x01", {"bytes": 2, "sha256": "b413f47d13ee2fe6c845b2ee141af81de858df4ec549a58b7970bb96645bc8d2"}),
    (Loud("spoken"), "spoken"),
    ([Loud("spoken"), NOW], ["spoken", "2026-10-01 12:30:00+00:00"]),
]
