# SPDX-License-Identifier: Apache-2.0
"""Exceptions that only steer a workflow: a step that waits for an event is left by one, and is no failure."""

from __future__ import annotations

from asyncio import CancelledError
from typing import TYPE_CHECKING

from spanwright.semconv.model import Step, ToolRun

if TYPE_CHECKING:
    from spanwright.instrumentors._kernel.operation import Operation

_WAITING = "WaitingForEvent"


def settle(operation: Operation, error: BaseException) -> None:
    """End a step or a tool that is left by an exception which is no error.

    A workflow that has its result cancels the steps that are still at work.
    """
    if not isinstance(operation.subject, (Step, ToolRun)):
        return
    if any(each.__name__ == _WAITING for each in type(error).__mro__):
        operation.finish()
    elif isinstance(error, CancelledError) and isinstance(operation.subject, Step):
        operation.abandon()
