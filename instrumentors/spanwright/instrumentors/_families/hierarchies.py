# SPDX-License-Identifier: Apache-2.0
"""Methods that a framework leaves to subclasses: wrapped in every class that defines one, made or still to be made.

A provider's package or the application defines them, before or after instrumentation, so no table can name them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.patching import OnImport, PatchSet, Wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType

    from spanwright.instrumentors._kernel.call import Args, Kwargs, Wrapper


@dataclass(frozen=True, slots=True)
class _Root:
    kind: type
    methods: Mapping[str, Wrapper]
    promises: bool

    def holder(self, made: type, name: str) -> type | None:
        """Return the class that a call of the method reaches, unless what stands there is a promise."""
        found = next((each for each in made.__mro__ if name in vars(each)), None)
        if found is None or (self.promises and found is self.kind):
            return None
        method = vars(found)[name]
        return None if method is None or getattr(method, "__isabstractmethod__", False) else found


class Hierarchies:
    """The classes below some roots. Of later ones tells `joined`, to be wrapped around what every new class passes.

    Where there is no such place, `cover` is told of a class when it is met.
    """

    def __init__(self, library: str) -> None:
        self._patches = PatchSet(library)
        self._roots: list[_Root] = []

    def below(
        self, module: str, root: str, methods: Mapping[str, Wrapper], *, promises: bool = False
    ) -> OnImport:
        """Return what wraps `methods` in the class `root` of a module and in all below it.

        A root that `promises` has nothing of these methods but that subclasses have them.
        """

        def place(found: ModuleType) -> None:
            top: Any = getattr(found, root, None)
            if not isinstance(top, type):
                return
            self._patches.active = True
            known = _Root(top, methods, promises)
            self._roots.append(known)
            for each in _family(top):
                guard(self._wrap, each, known)

        return OnImport(module, place, self._remove)

    def joined(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Stand around `__init_subclass__` of a class above the roots; `instance` is the new class."""
        value = wrapped(*args, **kwargs)
        guard(self._join, instance)
        return value

    def cover(self, kind: Any) -> None:
        """Wrap the methods of a class that stands in for one below the roots, whatever it is made of."""
        for root in self._roots:
            self._wrap(kind, root)

    def _join(self, made: Any) -> None:
        for root in self._roots:
            if isinstance(made, type) and issubclass(made, root.kind):
                self._wrap(made, root)

    def _wrap(self, made: type, root: _Root) -> None:
        for name, wrapper in root.methods.items():
            holder = root.holder(made, name)
            # By now it may be wrapped: in a parent of several classes, or by a table that names the class.
            if holder is not None and not Wrapped.is_live(vars(holder)[name]):
                self._patches.wrap(holder, name, wrapper)

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
