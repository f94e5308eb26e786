# SPDX-License-Identifier: Apache-2.0
"""The Together SDK, instrumented, asks the reference provider."""

from __future__ import annotations

import pytest
import together

from alike.fixtures import *  # noqa: F403 - the fixtures of all SDKs that are alike
from alike.sdk import SDK
from lacking import lacking
from spanwright.instrumentors.together import TogetherInstrumentor
from wires.together import WIRE

# Before 3.0 the version was a part of the base address.
_PATH = "/v1" if together.__version__.startswith("2.") else ""

pytest_runtest_call = lacking("together", "3")


@pytest.fixture(scope="session")
def sdk() -> SDK:
    """Return what the shared tests need to know."""
    return SDK(
        together,
        TogetherInstrumentor,
        together.Together,
        together.AsyncTogether,
        WIRE,
        "together_ai",
        "meta-llama/Llama-3.3-70B-Instruct-Turbo",
        path=_PATH,
    )
