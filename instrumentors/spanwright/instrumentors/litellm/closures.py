# SPDX-License-Identifier: Apache-2.0
"""The seam beneath LiteLLM's module functions: what its decorator has closed over.

`from litellm import completion` before instrumentation keeps the decorated function, so that must stay as it is. All
that the decorator runs when a model is to be asked is the function that it was given, which it holds in a cell of its
closure under the name `original_function` (seen alike from 1.75 to 1.106). What stands in that cell is called once an
attempt, with positional and keyword arguments as they came; answers from the cache, guard rails and budgets never get
there. Lost when a release renames it: the spans of LiteLLM, not those of the SDKs beneath; one warning says so.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import wrapt

from spanwright.instrumentors._kernel.guard import warn_once
from spanwright.instrumentors._kernel.patching import OnImport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CellType, ModuleType

    from spanwright.instrumentors._kernel.call import Wrapper

logger = logging.getLogger("spanwright")
_HELD = "original_function"


class Closures:
    """The decorated functions of one module; `wrapper` makes the wrapper of one from its name and what it wraps."""

    def __init__(self, module: str, names: Iterable[str], wrapper: Callable[[str, Any], Wrapper]) -> None:
        self._module = module
        self._names = names
        self._wrapper = wrapper
        self._placed: list[tuple[CellType, Any, Any]] = []
        self._active = False

    def on_import(self) -> OnImport:
        """Return the registration for a patch set."""
        return OnImport(self._module, self._place, self._remove)

    def _place(self, module: ModuleType) -> None:
        self._active = True
        for name in self._names:
            function = getattr(module, name, None)
            if function is None:
                continue
            cell = _cell(function)
            if cell is None:
                warn_once(
                    ("litellm", self._module, name),
                    "litellm: %s.%s does not hold what it calls where it used to; its calls are not traced, "
                    "the application is unaffected",
                    self._module,
                    name,
                )
                continue
            original = cell.cell_contents
            ours: Any = wrapt.FunctionWrapper(
                original, self._wrapper(name, original), enabled=lambda: self._active
            )
            cell.cell_contents = ours
            self._placed.append((cell, ours, original))

    def _remove(self) -> None:
        self._active = False
        for cell, ours, original in self._placed:
            if cell.cell_contents is ours:
                cell.cell_contents = original
            else:
                logger.debug("a function of %s is wrapped by somebody else too; ours is silent", self._module)
        self._placed.clear()


def _cell(function: Any) -> CellType | None:
    """Find the cell in the function or in what it wraps: other decorators may stand before this one."""
    while function is not None:
        code = getattr(function, "__code__", None)
        if code is not None and _HELD in code.co_freevars:
            return function.__closure__[code.co_freevars.index(_HELD)]
        function = getattr(function, "__wrapped__", None)
    return None
