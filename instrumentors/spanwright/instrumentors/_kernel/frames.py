# SPDX-License-Identifier: Apache-2.0
"""Our own frames in a traceback, left out where a library writes one down for its model to read."""

from __future__ import annotations

from os.path import dirname
from types import TracebackType
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel.guard import guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Kwargs

_OURS = dirname(dirname(__file__))  # noqa: PTH120 - nothing else here needs `pathlib`


def unshown(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Call what writes an error down: a stranger's frames in it would be sent to the model, and push others out."""
    del instance
    held = guard(_hidden, *args, **kwargs)
    try:
        return wrapped(*args, **kwargs)
    finally:
        for error, whole in held or ():
            error.__traceback__ = whole


def _hidden(err: BaseException, **_: Any) -> list[tuple[BaseException, TracebackType | None]]:
    """Take our frames from an error and from those behind it; return what each had before."""
    held: list[tuple[BaseException, TracebackType | None]] = []
    left: list[BaseException | None] = [err]
    while left:
        error = left.pop()
        if error is None or any(error is known for known, _ in held):
            continue
        held.append((error, error.__traceback__))
        left += [error.__cause__, error.__context__]
    made = [_without_ours(whole) for _, whole in held]
    for pair, traceback in zip(held, made, strict=True):
        pair[0].__traceback__ = traceback
    return held


def _without_ours(traceback: TracebackType | None) -> TracebackType | None:
    kept: list[TracebackType] = []
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith(_OURS):
            kept.append(traceback)
        traceback = traceback.tb_next
    made: TracebackType | None = None
    for each in reversed(kept):
        made = TracebackType(made, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return made
