# SPDX-License-Identifier: Apache-2.0
"""The conformance lane says how many recorded interactions it replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

REPLAYED = pytest.StashKey[set[str]]()


@pytest.fixture
def replayed(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Return what notes an interaction as replayed."""
    return pytestconfig.stash.setdefault(REPLAYED, set()).add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many were replayed."""
    if found := config.stash.get(REPLAYED, None):
        terminalreporter.write_line(f"{len(found)} recorded interactions replayed through the real SDKs")
