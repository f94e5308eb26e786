# SPDX-License-Identifier: Apache-2.0
"""What an older version of an SDK cannot do is skipped there; with the newest nothing is."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

# How an older version says that it has no such resource, method, argument or module yet.
_LACKING = re.compile(
    r"object has no attribute|unexpected keyword argument|No module named|Missing required arg"
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Skip what the oldest version of the SDK lacks."""
    try:
        return (yield)
    except (AttributeError, ImportError, TypeError) as error:
        if os.environ.get("SPANWRIGHT_LANE", "").endswith("-oldest") and _LACKING.search(str(error)):
            pytest.skip(f"not in the oldest version: {error}")
        raise
