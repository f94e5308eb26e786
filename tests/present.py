# SPDX-License-Identifier: Apache-2.0
"""Which of the libraries that are instrumented are installed here, and the lane in which the tests run."""

from __future__ import annotations

import os
from functools import cache
from importlib.metadata import PackageNotFoundError, entry_points, version
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

if TYPE_CHECKING:
    from spanwright.instrumentors._kernel.instrumentor import Instrumentor

LANE = os.environ.get("SPANWRIGHT_LANE", "")
"""The lane's name, `agno-oldest`; empty outside of the matrix."""


@cache
def named(library: str) -> type[Instrumentor] | None:
    """Return the class of the instrumentor that a library's entry point names."""
    for point in entry_points(group="opentelemetry_instrumentor", name=f"spanwright_{library}"):
        return point.load()
    return None


@cache
def installed(library: str) -> bool:
    """Tell whether a distribution that the library's instrumentor supports is there."""
    return any(map(found, getattr(named(library), "supports", ())))


def found(requirement: str) -> bool:
    """Tell whether any version of a distribution is there."""
    try:
        version(Requirement(requirement).name)
    except PackageNotFoundError:
        return False
    return True
