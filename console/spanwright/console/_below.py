# SPDX-License-Identifier: Apache-2.0
"""A command that is no Python program: it runs below this process, which stands in for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    from spanwright.console._command import Command

# Signals from a terminal reach the whole group, and so the command by itself.
_OF_TERMINALS = ("SIGINT", "SIGQUIT")
_PASSED_ON = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")


def wait_for(command: Command) -> int:
    """Run the command and end as it ends, by its exit status or by its signal."""
    process = subprocess.Popen([command.program, *command.arguments])

    def pass_on(number: int, _: FrameType | None) -> None:
        process.send_signal(number)

    for name in _OF_TERMINALS + _PASSED_ON:
        if hasattr(signal, name):
            # Handlers, because a signal that is ignored here would be ignored below as well.
            signal.signal(getattr(signal, name), pass_on if name in _PASSED_ON else lambda *_: None)
    status = process.wait()
    if status < 0 and os.name == "posix":
        _die_by(-status)
    return status


def _die_by(number: int) -> None:
    """Say the last words that an exit would have said, then end by the signal that ended the command."""
    import atexit

    atexit._run_exitfuncs()
    sys.stderr.flush()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
