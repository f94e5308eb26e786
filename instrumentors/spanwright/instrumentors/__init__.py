# SPDX-License-Identifier: Apache-2.0
"""Instrumentors for LLM applications and agents, one folder a library; found by `opentelemetry-instrument`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["conversation"]


@contextmanager
def conversation(id: str) -> Generator[None]:  # noqa: A002 - the word of `gen_ai.conversation.id`
    """Put every operation of a `with` block, or of the function that this decorates, into one conversation.

    An id that a framework or a request carries itself goes before this one. Nothing is imported until it is used.
    """
    from opentelemetry.context import set_value

    from spanwright.instrumentors._kernel import current
    from spanwright.instrumentors._kernel.guard import guard

    tokens = current.enter(guard(set_value, current.CONVERSATION, id), current.scope())
    try:
        yield
    finally:
        current.leave(tokens)
