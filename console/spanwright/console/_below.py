# SPDX-License-Identifier: Apache-2.0
"""A command that is no Python program: it runs below this process, which stands in for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    from spanwright.console._command import Command
    from spanwright.console._session import End

# Signals from a terminal reach the whole group, and so the command by itself.
_OF_TERMINALS = ("SIGINT", "SIGQUIT")
_PASSED_ON = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")


def wait_for(command: Command, end: End | None) -> int:
    """Run the command and end as it ends, by its exit status or by its signal.

    `end` does what happens by itself at an exit; it is told what ended the command.
    """
    process: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def pass_on(number: int, _: FrameType | None) -> None:
        if process is None:
            early.append(number)
        else:
            process.send_signal(number)

    # Before the command starts: what comes in between would end this process, and leave the command to nobody.
    for name in _OF_TERMINALS + _PASSED_ON:
        if hasattr(signal, name):
            # Handlers, because a signal that is ignored here would be ignored below as well.
            signal.signal(getattr(signal, name), pass_on if name in _PASSED_ON else _leave)
    process = subprocess.Popen([command.program, *command.arguments])
    for number in early:
        process.send_signal(number)
    status = process.wait()
    if status < 0 and os.name == "posix":
        if end is not None:
            end(signal.Signals(-status).name)
        _die_by(-status)
    return status


def _leave(number: int, _: FrameType | None) -> None:
    """Leave a signal to the command, which has received it, too."""


def _die_by(number: int) -> None:
    """End by the signal that ended the command."""
    sys.stderr.flush()
    # SIGKILL and SIGSTOP take no handler, and need none.
    with suppress(OSError):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
