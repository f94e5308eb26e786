# SPDX-License-Identifier: Apache-2.0
"""What every measured agent does: it calls one tool after the other and answers in its tenth turn, or stops there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TURNS = 10
ASK = "How warm is it in the hall, and how late?"
ANSWER = "It is 21 degrees, at noon."


def thermometer(room: str) -> str:
    """Tell the temperature of a room.

    Args:
        room: The room.
    """
    return f"21 degrees in the {room}"


def clock(place: str) -> str:
    """Tell the time of a place.

    Args:
        place: The place.
    """
    return f"noon in {place}"


def called(done: int) -> tuple[str, dict[str, str]]:
    """Return the tool that is called after so many calls, and its arguments; some frameworks stop equal calls."""
    return ("clock", {"place": f"hall {done}"}) if done % 2 else ("thermometer", {"room": f"hall {done}"})


class Model:
    """Decides how the last turn ends: well, by a failure, or by a cancellation, for which it tells when it is waiting.

    `between` is called in each turn.
    """

    def __init__(
        self,
        *,
        fails: bool = False,
        waiting: Callable[[], object] | None = None,
        between: Callable[[], object] | None = None,
    ) -> None:
        self._fails = fails
        self._waiting = waiting
        self._between = between

    def step(self, done: int) -> bool:
        """Tell whether the turn after so many calls succeeds; where nothing can wait, a cancelled one is interrupted."""
        if self._between is not None:
            self._between()
        if done < TURNS - 1:
            return True
        if self._waiting is not None:
            self._waiting()
            raise asyncio.CancelledError
        return not self._fails

    async def astep(self, done: int) -> bool:
        """Tell the same; one that is to be cancelled waits until it is."""
        if done >= TURNS - 1 and self._waiting is not None:
            self._waiting()
            await asyncio.Event().wait()
        return self.step(done)
