# SPDX-License-Identifier: Apache-2.0
"""A traceback that a library writes down has no frames of ours, and the error keeps the one that it had."""

from __future__ import annotations

import traceback

from spanwright.instrumentors._kernel.call import within
from spanwright.instrumentors._kernel.current import now
from spanwright.instrumentors._kernel.frames import unshown


def failing() -> None:
    raise LookupError("no forecast")


def raised() -> LookupError:
    try:
        within(now(), failing, (), {})
    except LookupError as error:
        return error
    raise AssertionError


def written(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def test_a_library_writes_an_error_down_without_frames_of_ours() -> None:
    error = raised()
    assert "spanwright/instrumentors" in written(error)
    shown = unshown(written, None, (error,), {})
    assert "spanwright/instrumentors" not in shown
    assert "in failing" in shown


def test_an_error_and_its_cause_keep_their_tracebacks() -> None:
    error, cause = raised(), raised()
    error.__cause__ = cause
    before = (error.__traceback__, cause.__traceback__)
    assert "spanwright/instrumentors" not in unshown(written, None, (error,), {})
    assert (error.__traceback__, cause.__traceback__) == before
