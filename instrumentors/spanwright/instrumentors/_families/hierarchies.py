# SPDX-License-Identifier: Apache-2.0
"""Methods that a framework leaves to subclasses: wrapped in every class that defines one, made or still to be made.

A provider's package or the application defines them, before or after instrumentation, so no table can name them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.patching import OnImport, PatchSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType

    from spanwright.instrumentors._kernel.call import Args, Kwargs, Wrapper


class Hierarchies:
    """The classes below some roots. `joined`, to be wrapped around what every new class passes, tells of later ones."""

    def __init__(self, library: str) -> None:
        self._patches = PatchSet(library)
        self._roots: list[tuple[type, Mapping[str, Wrapper]]] = []

    def below(self, module: str, root: str, methods: Mapping[str, Wrapper]) -> OnImport:
        """Return what wraps `methods` in the class `root` of a module and in all below it."""

        def place(found: ModuleType) -> None:
            top: Any = getattr(found, root, None)
            if not isinstance(top, type):
                return
            self._patches.active = True
            self._roots.append((top, methods))
            for each in _family(top):
                guard(self._wrap, each, methods)

        return OnImport(module, place, self._remove)

    def joined(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Stand around `__init_subclass__` of a class above the roots; `instance` is the new class."""
        value = wrapped(*args, **kwargs)
        guard(self._join, instance)
        return value

    def _join(self, made: Any) -> None:
        for root, methods in self._roots:
            if isinstance(made, type) and issubclass(made, root):
                self._wrap(made, methods)

    def _wrap(self, owner: type, methods: Mapping[str, Wrapper]) -> None:
        held = vars(owner)
        for name, wrapper in methods.items():
            found = held.get(name)
            if found is not None and not getattr(found, "__isabstractmethod__", False):
                self._patches.wrap(owner, name, wrapper)

    def _remove(self) -> None:
        self._roots.clear()
        self._patches.remove()


def _family(top: type) -> Iterator[type]:
    """Yield a class and each class below it once."""
    seen: set[type] = set()
    waiting = [top]
    while waiting:
        found = waiting.pop()
        if found not in seen:
            seen.add(found)
            yield found
            waiting += type.__subclasses__(found)
