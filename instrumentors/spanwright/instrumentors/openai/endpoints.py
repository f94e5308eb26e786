# SPDX-License-Identifier: Apache-2.0
"""Which provider a client of the OpenAI SDK is made for, where its class says so."""

from __future__ import annotations

from typing import Any

from spanwright.semconv.names import ProviderName


def named(client: Any) -> str | None:
    """Tell Azure by the client: its addresses may be anyone's."""
    azure = any(base.__name__ == "BaseAzureClient" for base in type(client).__mro__)
    return ProviderName.AZURE_AI_OPENAI if azure else None
