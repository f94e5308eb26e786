# SPDX-License-Identifier: Apache-2.0
"""Names that a library's module has bound, with something of ours in their place: for what is no function to wrap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


class Swap:
    """Puts what `make` makes of a module's `name` into its place, and puts it back."""

    def __init__(self, name: str, make: Callable[[Any], Any]) -> None:
        self._name = name
        self._make = make
        self._module: ModuleType | None = None
        self._before: Any = None
        self._ours: Any = None

    def place(self, module: ModuleType) -> None:
        """Put ours in, if the module has the name."""
        held = vars(module)
        if self._name in held:
            self._module, self._before = module, held[self._name]
            self._ours = held[self._name] = self._make(self._before)

    def remove(self) -> None:
        """Put the library's own back, unless somebody has put something else there."""
        if self._module is not None and vars(self._module).get(self._name) is self._ours:
            vars(self._module)[self._name] = self._before
