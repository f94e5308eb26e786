# SPDX-License-Identifier: Apache-2.0
"""Names that a library's module has bound, with something of ours in their place: for what is no function to wrap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel.guard import warn_once

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


class Swap:
    """Puts what `make` makes of a module's `name` into its place, and puts it back.

    A module without the name is no news, unless something is `lost` by that.
    """

    def __init__(self, name: str, make: Callable[[Any], Any], *, lost: str | None = None) -> None:
        self._name = name
        self._make = make
        self._lost = lost
        self._module: ModuleType | None = None
        self._before: Any = None
        self._ours: Any = None

    def place(self, module: ModuleType) -> None:
        """Put ours in, if the module has the name."""
        held = vars(module)
        if self._name in held:
            self._module, self._before = module, held[self._name]
            self._ours = held[self._name] = self._make(self._before)
        elif self._lost is not None:
            warn_once(
                (module.__name__, self._name),
                "%s.%s is not found in the installed version; %s, the application is unaffected",
                module.__name__,
                self._name,
                self._lost,
            )

    def remove(self) -> None:
        """Put the library's own back, unless somebody has put something else there."""
        if self._module is not None and vars(self._module).get(self._name) is self._ours:
            vars(self._module)[self._name] = self._before


class Api:
    """OpenTelemetry's `trace` as a library's module has it, but that `tracer` answers who asks for a tracer."""

    def __init__(self, inner: Any, tracer: Callable[..., Any]) -> None:
        self._inner = inner
        self._tracer = tracer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def get_tracer(self, *args: Any, **kwargs: Any) -> Any:
        """Return ours."""
        return self._tracer(*args, **kwargs)
