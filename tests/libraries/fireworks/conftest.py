# SPDX-License-Identifier: Apache-2.0
"""The Fireworks SDK, instrumented, asks the reference provider."""

from __future__ import annotations

import fireworks
import pytest

from alike.fixtures import *  # noqa: F403 - the fixtures of all SDKs that are alike
from alike.sdk import SDK
from lacking import lacking
from spanwright.instrumentors.fireworks import FireworksInstrumentor
from wires.fireworks import WIRE

pytest_runtest_call = lacking("fireworks-ai", "1.0")


@pytest.fixture(scope="session")
def sdk() -> SDK:
    """Return what the shared tests need to know."""
    return SDK(
        fireworks,
        FireworksInstrumentor,
        fireworks.Fireworks,
        fireworks.AsyncFireworks,
        WIRE,
        "fireworks",
        "accounts/fireworks/models/llama-v3p3-70b-instruct",
    )
