# SPDX-License-Identifier: Apache-2.0
"""Writer's SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import writerai

from clients.chat import stainless
from spanwright.instrumentors.writer import WriterInstrumentor

if TYPE_CHECKING:
    from clients import Case

INSTRUMENTOR = WriterInstrumentor
DISTRIBUTIONS = ("writer-sdk",)


def cases() -> list[Case]:
    """Return the calls."""
    return stainless(httpx, writerai.Writer, writerai.AsyncWriter, "chat.chat")
