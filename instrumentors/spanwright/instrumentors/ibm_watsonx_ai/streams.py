# SPDX-License-Identifier: Apache-2.0
"""Streams of texts: each text is taken out of its event in the very step that yields it, and the event is read there."""

from __future__ import annotations

from threading import local
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import watsonx_text
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard

if TYPE_CHECKING:
    from collections.abc import Callable

    Args = tuple[Any, ...]
    Kwargs = dict[str, Any]


class _Held(local):
    """The event of the step that runs in this thread."""

    event: Any = None


_held = _Held()


def taken(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Keep the event that a text is taken out of, for as long as the step lasts."""
    del instance
    guard(_keep, *args, **kwargs)
    return wrapped(*args, **kwargs)


def _keep(single_response: Any = None, *_: Any, **__: Any) -> None:
    # Outside of a stream nobody would let go of it.
    operation = current.operation()
    if operation is not None and operation.handed:
        _held.event = single_response


class Texts(watsonx_text.Chunks):
    """Keeps what is needed of a stream whose chunks are texts or, with `raw_response`, the events themselves."""

    __slots__ = ()

    def add(self, chunk: Any) -> None:
        """Take one chunk."""
        event, _held.event = _held.event, None
        if isinstance(chunk, str):
            chunk = event if event is not None else {"results": [{"generated_text": chunk}]}
        super().add(chunk)
