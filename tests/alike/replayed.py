# SPDX-License-Identifier: Apache-2.0
"""The provider of a library's tests at the address of its cassettes; a module of such tests imports it with a star.

The cassettes are made again, by the reference provider, in a lane of the matrix with

    pytest --record-mode=rewrite tests/libraries/<library>/test_<library>_cassettes.py

Then a client that the library makes reaches the provider as its proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cassette import ADDRESS

if TYPE_CHECKING:
    from spanwright.console.provider import Provider, Reply

__all__ = ["provider"]


class There:
    """What answers at the fixed address: the reference provider while recording, and its cassette after that."""

    url = ADDRESS
    base_url = f"{ADDRESS}/v1"

    def __init__(self, behind: Provider | None) -> None:
        self._behind = behind

    def say(self, *replies: Reply) -> None:
        """Tell the reference provider, where it is there, what to answer."""
        if self._behind is not None:
            self._behind.say(*replies)


@pytest.fixture
def provider(behind: Provider | None, monkeypatch: pytest.MonkeyPatch) -> There:
    """Return the provider that the library's own fixtures ask."""
    if behind is not None:
        monkeypatch.setenv("http_proxy", behind.url)
    return There(behind)
