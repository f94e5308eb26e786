# SPDX-License-Identifier: Apache-2.0
"""The Cerebras SDK, instrumented, asks the reference provider."""

from __future__ import annotations

import pytest
from cerebras.cloud import sdk as cerebras

from alike.fixtures import *  # noqa: F403 - the fixtures of all SDKs that are alike
from alike.sdk import SDK
from lacking import lacking
from spanwright.instrumentors.cerebras import CerebrasInstrumentor
from wires.cerebras import WIRE

pytest_runtest_call = lacking("cerebras-cloud-sdk", "1.14")


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
