# SPDX-License-Identifier: Apache-2.0
"""Tells of modules that are executed again: reloaded, or forgotten and imported anew. wrapt tells of the first time alone."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel.guard import guard

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    Told = Callable[[ModuleType], None]

_watched: dict[str, list[Told]] = {}


def watch(name: str, told: Told) -> None:
    """Call `told` whenever the module, which is imported already, has been executed again."""
    if not any(isinstance(each, _Finder) for each in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
    _watched.setdefault(name, []).append(told)


def forget(name: str, told: Told) -> None:
    """Call `told` no more."""
    waiting = _watched[name]
    waiting.remove(told)
    if not waiting:
        del _watched[name]


class _Finder:
    """Finds what the finders behind it find, for the modules that are watched."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name not in _watched:
            return None
        for finder in list(sys.meta_path):
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(name, path, target) if find is not None else None
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader)  # pyright: ignore[reportAttributeAccessIssue] - it passes for one
                return spec
        return None


class _Loader:
    """A loader for one execution; the module never sees it."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def exec_module(self, module: ModuleType) -> None:
        guard(self._give_way, module)
        self._inner.exec_module(module)
        for told in list(_watched.get(module.__name__, ())):
            guard(told, module)

    def _give_way(self, module: ModuleType) -> None:
        for holder, name in ((module, "__loader__"), (module.__spec__, "loader")):
            if getattr(holder, name, None) is self:
                setattr(holder, name, self._inner)
