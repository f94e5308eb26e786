# SPDX-License-Identifier: Apache-2.0
"""Fireworks' SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import fireworks
import httpx

from clients.chat import stainless
from spanwright.instrumentors.fireworks import FireworksInstrumentor

if TYPE_CHECKING:
    from clients import Case

INSTRUMENTOR = FireworksInstrumentor
DISTRIBUTIONS = ("fireworks-ai",)


def cases() -> list[Case]:
    """Return the calls."""
    return stainless(httpx, fireworks.Fireworks, fireworks.AsyncFireworks, "chat.completions.create")
