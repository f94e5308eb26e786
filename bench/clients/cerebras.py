# SPDX-License-Identifier: Apache-2.0
"""The SDK of Cerebras."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from cerebras.cloud import sdk as cerebras

from clients.chat import stainless
from spanwright.instrumentors.cerebras import CerebrasInstrumentor

if TYPE_CHECKING:
    from clients import Case

INSTRUMENTOR = CerebrasInstrumentor
DISTRIBUTIONS = ("cerebras-cloud-sdk",)


def cases() -> list[Case]:
    """Return the calls."""
    return stainless(
        httpx, cerebras.Cerebras, cerebras.AsyncCerebras, "chat.completions.create", warm_tcp_connection=False
    )
