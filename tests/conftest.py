# SPDX-License-Identifier: Apache-2.0
"""What every test shares: strict guards, a recorder, the reference provider, and the recordings when they are there."""

from __future__ import annotations

import os

# A bug of ours that the guard would swallow must fail a test.
os.environ["SPANWRIGHT_STRICT"] = "1"

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pictures.plugin
import proof.plugin
from harness import Recorder, recording
from spanwright.console.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator

# Tests that several libraries share; each library's folder imports them.
pytest.register_assert_rewrite("alike")

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--proof` and `--picture`."""
    proof.plugin.pytest_addoption(parser)
    pictures.plugin.pytest_addoption(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Listen to the tests where one of them is asked for."""
    proof.plugin.pytest_configure(config)
    pictures.plugin.pytest_configure(config)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Return a real SDK in memory; what it holds at the end is judged by the conformance oracle."""
    with recording() as recorder:
        yield recorder


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Return the reference provider, listening on 127.0.0.1."""
    with Provider() as provider:
        yield provider


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Return the folder of real provider traffic; tests that need it are skipped without it."""
    if not RECORDINGS.is_dir():
        pytest.skip("the folder of real recordings is not there")
    return RECORDINGS
