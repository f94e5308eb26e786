# SPDX-License-Identifier: Apache-2.0
"""The Portkey SDK, instrumented, asks the reference provider."""

from __future__ import annotations

import portkey_ai
import pytest

from alike.fixtures import *  # noqa: F403 - the fixtures of all SDKs that are alike
from alike.sdk import SDK
from lacking import lacking
from spanwright.instrumentors.portkey import PortkeyInstrumentor
from wires.portkey import WIRE

pytest_runtest_call = lacking("portkey-ai", "2.2")


@pytest.fixture(scope="session")
def sdk() -> SDK:
    """Return what the shared tests need to know."""
    return SDK(
        portkey_ai._vendor.openai,
        PortkeyInstrumentor,
        portkey_ai.Portkey,
        portkey_ai.AsyncPortkey,
        WIRE,
        "portkey",
        "gpt-4o-mini",
        answered="gpt-4o-mini-2024-07-18",
        path="/v1",
        inner=portkey_ai._vendor.openai.OpenAI,
        errors="openai",
        usage_unasked=False,
    )
