# SPDX-License-Identifier: Apache-2.0
"""The Anthropic SDK instrumented, and the real clients that ask the reference provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anthropic
import pytest

from lacking import lacking
from spanwright.console.provider import Provider, Wire
from wires.anthropic import WIRE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


MAJOR = int(anthropic.__version__.partition(".")[0])
# Since 1.0 the SDK has no text completions, and traces itself.
collect_ignore = ["test_anthropic_completions.py"] if MAJOR else ["test_anthropic_native.py"]

# How another version of the SDK says that it has no such resource, method, argument or model.
pytest_runtest_call = lacking(
    "anthropic",
    "2",
    r"'((Async)?(Anthropic|Messages)|.*[Ss]tream)' object has no attribute|"
    r"unexpected keyword argument|module 'anthropic' has no attribute|No module named 'anthropic\.",
)


@pytest.fixture
def wires() -> list[Wire]:
    """Return what the reference provider speaks here."""
    return [WIRE]


@pytest.fixture
def client(provider: Provider) -> Iterator[anthropic.Anthropic]:
    """Return a client that asks the reference provider and never retries."""
    with anthropic.Anthropic(base_url=provider.url, api_key="test", max_retries=0) as made:
        yield made


@pytest.fixture
async def aclient(provider: Provider) -> AsyncIterator[anthropic.AsyncAnthropic]:
    """Return its asynchronous twin."""
    async with anthropic.AsyncAnthropic(base_url=provider.url, api_key="test", max_retries=0) as made:
        yield made
