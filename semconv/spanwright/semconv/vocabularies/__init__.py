# SPDX-License-Identifier: Apache-2.0
"""Other tools' names for what a span says: the same model in their words, written beside those of the conventions.

A vocabulary is a module with one pure function, `attributes`. It is given what a finished operation is about, its
content as it stands on the span (so what was cut or redacted is cut and redacted here, too), its cost, and the number
of attributes that still have room on the span; what matters most comes first.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spanwright.semconv.billing import Cost
    from spanwright.semconv.model import Subject


class Vocabulary(Protocol):
    """What each of the modules here is."""

    def attributes(
        self, subject: Subject, taken: Mapping[str, str], cost: Cost | None, room: int
    ) -> dict[str, Any]:
        """Return at most `room` attributes; `taken` is the content by attribute key, as text."""
        ...


def load(name: str) -> Vocabulary:
    """Return the vocabulary of this name, imported now: none is loaded that is not asked for."""
    return cast("Vocabulary", import_module(f"{__name__}.{name}"))
