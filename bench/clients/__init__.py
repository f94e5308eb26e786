# SPDX-License-Identifier: Apache-2.0
"""The model clients that are measured, a module a library; the module is named as the library's instrumentor.

Each has `INSTRUMENTOR`, a class, `DISTRIBUTIONS`, the names of what it measures, and `cases()`, which returns its calls
on a transport in memory: the SDK's own code runs in full, only the socket and the server are left out. A library without
a module here is not measured; to add one, add its module.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

CHUNKS = 1000


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of call: plain, asynchronous, streamed in about `CHUNKS` chunks, and both; None where there is none."""

    name: str
    call: Callable[[], object] | None = None
    acall: Callable[[], Awaitable[object]] | None = None
    stream: Callable[[], Iterable[object]] | None = None
    astream: Callable[[], Awaitable[Any]] | None = None
