# SPDX-License-Identifier: Apache-2.0
"""The Writer SDK, instrumented, asks the reference provider."""

from __future__ import annotations

import pytest
import writerai

from alike.fixtures import *  # noqa: F403 - the fixtures of all SDKs that are alike
from alike.lacking import pytest_runtest_call  # noqa: F401 - a hook of this folder
from alike.sdk import SDK
from spanwright.instrumentors.writer import WriterInstrumentor
from wires.writer import WIRE


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
