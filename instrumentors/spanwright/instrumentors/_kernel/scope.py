# SPDX-License-Identifier: Apache-2.0
"""A place around a framework's own code where a start callback may make its run's span current.

Frameworks that announce runs by callback start a run in the middle of their own call. A callback alone cannot end
what it attached; a scope, which stands around that call (or around each pull of what it returns), restores the
context whatever the callback did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.context import attach, get_current

from spanwright.instrumentors._kernel import current

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.current import Tokens


class Scope:
    """Open for the first run that starts inside it; a run nested deeper has a scope of its own or none."""

    __slots__ = ("_context", "_taken")

    def __init__(self) -> None:
        self._context: Context | None = None
        self._taken = False

    def enter(self) -> Tokens | None:
        """Make current what the run left current at the last pull, at first nothing new. Never raises."""
        try:
            context = self._context if self._context is not None else get_current()
        except Exception:
            return None
        return current.enter(context, self)

    def leave(self, tokens: Tokens | None) -> None:
        """Restore the consumer's context."""
        current.leave(tokens)

    def take(self, context: Context | None) -> None:
        """Make `context` (None: nothing new) current until this scope is left, if no run has done so before."""
        if self._taken:
            return
        self._taken = True
        if context is not None:
            self._context = context
            attach(context)


def adopt(context: Context | None) -> None:
    """Say that a run starts here: make its context current if a scope is open for it."""
    if (scope := current.scope()) is not None:
        scope.take(context)
