# SPDX-License-Identifier: Apache-2.0
"""A library of ten lines that nobody instruments but these tests; it is imported when a test imports it."""

from __future__ import annotations

from typing import Any


class Stream:
    """A stream like those of the SDKs: its chunks come from `_iterator`."""

    def __init__(self, iterator: Any) -> None:
        self._iterator = iterator

    def __iter__(self) -> Any:
        return self._iterator

    def __aiter__(self) -> Any:
        return self._iterator

    def __next__(self) -> Any:
        return next(self._iterator)


class Base:
    def inherited(self, work: Any) -> Any:
        return work()


class Client(Base):
    """A client."""

    def ask(self, work: Any, *, model: str = "m1") -> Any:
        """Ask."""
        return work()

    async def aask(self, work: Any, *, model: str = "m1") -> Any:
        """Ask, asynchronously."""
        return await work()

    def later(self, work: Any) -> Any:
        return work()

    def stream(self, chunks: Any) -> Stream:
        return Stream(chunks)

    @classmethod
    def made(cls, work: Any) -> Any:
        return cls, work()

    @staticmethod
    def helped(work: Any) -> Any:
        return work()


class Special(Client):
    """A client that overrides nothing."""


def ask(work: Any) -> Any:
    """Ask without a client."""
    return work()
