# SPDX-License-Identifier: Apache-2.0
"""Portkey's SDK, which carries a copy of OpenAI's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import portkey_ai

from clients.chat import stainless
from spanwright.instrumentors.portkey import PortkeyInstrumentor

if TYPE_CHECKING:
    from clients import Case

INSTRUMENTOR = PortkeyInstrumentor
DISTRIBUTIONS = ("portkey-ai",)


def cases() -> list[Case]:
    """Return the calls."""
    return stainless(httpx, portkey_ai.Portkey, portkey_ai.AsyncPortkey, "chat.completions.create")
