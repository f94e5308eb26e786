# SPDX-License-Identifier: Apache-2.0
"""What an older version of a library cannot do is skipped there; with the newest nothing is."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

# How most SDKs say that they have no such resource, method, argument or module yet.
LACKING = r"object has no attribute|unexpected keyword argument|No module named|Missing required arg"
ERRORS = (AttributeError, ImportError, TypeError)


def lacking(
    distribution: str,
    whole: str,
    saying: str = LACKING,
    errors: tuple[type[Exception], ...] = ERRORS,
) -> Callable[[], Generator[None, None, None]]:
    """Return the hook for a folder's conftest: before version `whole`, errors that say so skip their test."""
    installed = version(distribution)
    older = Version(installed) < Version(whole)
    said = re.compile(saying)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call() -> Generator[None, None, None]:
        try:
            return (yield)
        except errors as error:
            if older and said.search(str(error)):
                pytest.skip(f"{distribution} {installed}: {error}")
            raise

    return pytest_runtest_call


def needing(
    installed: tuple[int, ...], since: dict[str, tuple[int, ...]]
) -> Callable[[list[pytest.Item]], None]:
    """Return the hook for a folder's conftest: a test marked with what it `needs` is skipped before that version."""

    def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
        for item in items:
            for marker in item.iter_markers("needs"):
                if installed < since[marker.args[0]]:
                    item.add_marker(pytest.mark.skip(reason=f"not yet: {marker.args[0]}"))

    return pytest_collection_modifyitems
