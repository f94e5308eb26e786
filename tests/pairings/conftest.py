# SPDX-License-Identifier: Apache-2.0
"""A provider that speaks what every family of clients speaks."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

import unheard  # noqa: F401, I001 - first of all
from spanwright.console.provider import Provider
from wires import anthropic, gemini

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", autouse=True)
def collected() -> Iterator[None]:
    """Clients that nobody has closed are collected, and warn of it, before the last of these tests is over."""
    yield
    gc.collect()


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Return the reference provider, on 127.0.0.1."""
    with Provider(wires=[anthropic.WIRE, gemini.WIRE]) as running:
        yield running
