# SPDX-License-Identifier: Apache-2.0
"""The Groq SDK, instrumented, asks the reference provider."""

from __future__ import annotations

import groq
import pytest

from alike.fixtures import *  # noqa: F403 - the fixtures of all SDKs that are alike
from alike.sdk import SDK
from lacking import lacking
from spanwright.instrumentors.groq import GroqInstrumentor
from wires.groq import WIRE

pytest_runtest_call = lacking("groq", "1")


@pytest.fixture(scope="session")
def sdk() -> SDK:
    """Return what the shared tests need to know."""
    return SDK(
        groq,
        GroqInstrumentor,
        groq.Groq,
        groq.AsyncGroq,
        WIRE,
        "groq",
        "llama-3.3-70b-versatile",
    )
