# SPDX-License-Identifier: Apache-2.0
"""The Writer SDK, instrumented, asks the reference provider."""

from __future__ import annotations

import pytest
import writerai

from alike.fixtures import *  # noqa: F403 - the fixtures of all SDKs that are alike
from alike.sdk import SDK
from lacking import lacking
from spanwright.instrumentors.writer import WriterInstrumentor
from wires.writer import WIRE

pytest_runtest_call = lacking("writer-sdk", "3")


@pytest.fixture(scope="session")
def sdk() -> SDK:
    """Return what the shared tests need to know."""
    return SDK(
        writerai,
        WriterInstrumentor,
        writerai.Writer,
        writerai.AsyncWriter,
        WIRE,
        "writer",
        "palmyra-x5",
        method="chat.chat",
        usage_unasked=False,
    )
