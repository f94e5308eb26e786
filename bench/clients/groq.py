# SPDX-License-Identifier: Apache-2.0
"""Groq's SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import groq
import httpx

from clients.chat import stainless
from spanwright.instrumentors.groq import GroqInstrumentor

if TYPE_CHECKING:
    from clients import Case

INSTRUMENTOR = GroqInstrumentor
DISTRIBUTIONS = ("groq",)


def cases() -> list[Case]:
    """Return the calls."""
    return stainless(httpx, groq.Groq, groq.AsyncGroq, "chat.completions.create")
