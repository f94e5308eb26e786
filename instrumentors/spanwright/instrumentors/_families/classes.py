# SPDX-License-Identifier: Apache-2.0
"""Methods of a framework's base class that an application's own classes implement: each class is covered when it is met."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from spanwright.instrumentors._kernel.patching import PatchSet, Wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spanwright.instrumentors._kernel.call import Wrapper


class Classes:
    """The classes whose methods are wrapped, `wrappers` by the methods' names.

    Wrapped is what a call of the method reaches first, so that one call passes one wrapper, whatever it calls of its
    parents. `base` is the framework's class, which holds no more than the promise of the method.
    """

    def __init__(self, library: str, base: str, wrappers: Mapping[str, Wrapper]) -> None:
        self._patches = PatchSet(library)
        self._base = base
        self._wrappers = wrappers
        self._placed: list[tuple[Any, str, Any, Any]] = []

    def place(self, root: Any) -> None:
        """Cover every class that stands on `root` by now."""
        self._patches.active = True
        waiting: list[Any] = list(root.__subclasses__())
        while waiting:
            kind = waiting.pop()
            waiting.extend(kind.__subclasses__())
            self.cover(kind)

    def cover(self, kind: Any) -> None:
        """Wrap the methods of a class, if they are not wrapped already."""
        if not self._patches.active:
            return
        for name, wrapper in self._wrappers.items():
            holder: Any = next((each for each in kind.__mro__ if name in _held(each)), None)
            if holder is None or holder.__name__ == self._base:
                continue
            original = _held(holder)[name]
            if isinstance(original, Wrapped):
                continue
            ours = Wrapped(original, wrapper, self._patches, holder, name)
            setattr(holder, name, ours)
            self._placed.append((holder, name, ours, original))

    def remove(self) -> None:
        """Silence every wrapper and restore each method that is still ours."""
        self._patches.active = False
        while self._placed:
            holder, name, ours, original = self._placed.pop()
            if _held(holder).get(name) is ours:
                setattr(holder, name, original)


def _held(kind: Any) -> Mapping[str, Any]:
    """Return what a class holds itself."""
    return cast("Mapping[str, Any]", vars(kind))
