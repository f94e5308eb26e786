# SPDX-License-Identifier: Apache-2.0
"""The Cerebras SDK, instrumented, asks the reference provider."""

from __future__ import annotations

import pytest
from cerebras.cloud import sdk as cerebras

from alike.fixtures import *  # noqa: F403 - the fixtures of all SDKs that are alike
from alike.lacking import pytest_runtest_call  # noqa: F401 - a hook of this folder
from alike.sdk import SDK
from spanwright.instrumentors.cerebras import CerebrasInstrumentor
from wires.cerebras import WIRE


@pytest.fixture(scope="session")
def sdk() -> SDK:
    """Return what the shared tests need to know."""
    return SDK(
        cerebras,
        CerebrasInstrumentor,
        cerebras.Cerebras,
        cerebras.AsyncCerebras,
        WIRE,
        "cerebras",
        "llama-3.3-70b",
        options={"warm_tcp_connection": False},
    )
