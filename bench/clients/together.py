# SPDX-License-Identifier: Apache-2.0
"""Together's SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import together

from clients.chat import stainless
from spanwright.instrumentors.together import TogetherInstrumentor

if TYPE_CHECKING:
    from clients import Case

INSTRUMENTOR = TogetherInstrumentor
DISTRIBUTIONS = ("together",)


def cases() -> list[Case]:
    """Return the calls."""
    return stainless(httpx, together.Together, together.AsyncTogether, "chat.completions.create")
