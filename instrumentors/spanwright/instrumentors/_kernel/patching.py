# SPDX-License-Identifier: Apache-2.0
"""Patches: declared as data, placed when the application imports the module, switched off and undone together."""

from __future__ import annotations

import logging
import sys
from copy import deepcopy
from dataclasses import dataclass
from importlib import import_module
from operator import attrgetter
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import wrapt

from spanwright.instrumentors._kernel.guard import guard, warn_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from spanwright.instrumentors._kernel.call import Wrapper

logger = logging.getLogger("spanwright")


@dataclass(frozen=True, slots=True)
class Patch:
    """One attribute to wrap: `target` is a dotted path inside `module`, `lost` what is missing without it.

    An `optional` patch may be absent in a supported version of the library, which is no news; the absence of any
    other is one warning. One that `replaces` stands in the place of the library's own telemetry, which it need not
    call; the library's work is called by every other one, and the proof of that asks for it.
    """

    module: str
    target: str
    wrapper: Wrapper
    optional: bool = False
    lost: str = "its calls are not traced"
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class OnImport:
    """Code to run when the application has imported `module`: a registration with a hook that a library publishes."""

    module: str
    place: Callable[[ModuleType], None]
    remove: Callable[[], None] | None = None


class PatchSet:
    """The patches of one instrumentor; while it is inactive, every wrapper that somebody still holds is silent."""

    def __init__(self, library: str, first_import: Callable[[], None] | None = None) -> None:
        self._library = library
        self._first_import = first_import
        self._placed: list[tuple[Any, str, Any, Any, bool]] = []
        self._removals: list[Callable[[], None]] = []
        self._generation = 0
        self.active = False

    def place_when(self, modules: Iterable[str], patches: Callable[[], Iterable[Patch | OnImport]]) -> None:
        """Ask for the patches and place them when the first of `modules` is imported; at once if none is named."""
        self.active = True
        self._generation += 1
        generation = self._generation

        def hook(module: ModuleType) -> None:
            del module
            if self.active and generation == self._generation:
                guard(lambda: self.place(patches()))

        watched = tuple(modules)
        if not watched:
            self.place(patches())
        for name in watched:
            guard(wrapt.register_post_import_hook, hook, name)

    def place(self, patches: Iterable[Patch | OnImport]) -> None:
        """Place what is imported already and register hooks for the rest; nothing is imported for it."""
        self.active = True
        self._generation += 1
        generation = self._generation
        modules: dict[str, list[Patch | OnImport]] = {}
        for patch in patches:
            modules.setdefault(patch.module, []).append(patch)
        for module, group in modules.items():
            hook = self._hook(group, generation)
            # A module in `sys.modules` may still be executing; wrapt would fire the hook on its unfinished body.
            guard(wrapt.register_post_import_hook, hook, module)

    def remove(self) -> None:
        """Silence every wrapper, cancel pending hooks and restore each attribute that is still ours."""
        self.active = False
        self._generation += 1
        for parent, name, ours, original, own in reversed(self._placed):
            guard(_restore, parent, name, ours, original, own=own)
        self._placed.clear()
        for removal in reversed(self._removals):
            guard(removal)
        self._removals.clear()

    def _hook(self, group: list[Patch | OnImport], generation: int) -> Callable[[ModuleType], None]:
        # wrapt raises what a hook raises out of the application's import statement.
        def hook(module: ModuleType) -> None:
            if self.active and generation == self._generation:
                if self._first_import is not None:
                    first, self._first_import = self._first_import, None
                    guard(first)
                for patch in group:
                    guard(self._place_one, module, patch)
                guard(self._watch, group, generation)

        return hook

    def _watch(self, group: list[Patch | OnImport], generation: int) -> None:
        """Place the patches again in what a module makes anew when it is executed again."""
        # Not needed before a library is imported.
        from spanwright.instrumentors._kernel import reloading

        def again(module: ModuleType) -> None:
            if self.active and generation == self._generation:
                for patch in group:
                    guard(self._place_again, module, patch)

        name = group[0].module
        reloading.watch(name, again)
        self._removals.append(lambda: reloading.forget(name, again))

    def _place_again(self, module: ModuleType, patch: Patch | OnImport) -> None:
        if isinstance(patch, Patch):
            self._place_one(module, patch)
            return
        # What a registration has made may live on elsewhere; made twice, it could trace twice.
        warn_once(
            (self._library, patch.module, "again"),
            "%s: %s was loaded again, and some of what it does is not traced until the instrumentor is uninstrumented "
            "and instrumented anew; the application is unaffected",
            self._library,
            patch.module,
        )

    def _place_one(self, module: ModuleType, patch: Patch | OnImport) -> None:
        if isinstance(patch, OnImport):
            if patch.remove is not None:
                self._removals.append(patch.remove)
            patch.place(module)
            return
        *path, name = patch.target.split(".")
        parent: Any = module
        for step in path:
            parent = getattr(parent, step, None)
        if parent is None or getattr(parent, name, None) is None:
            if not patch.optional:
                self._warn_missing(patch)
            return
        self.wrap(parent, name, patch.wrapper)

    def wrap(self, parent: Any, name: str, wrapper: Wrapper) -> None:
        """Wrap what a module or a class has under `name`, until the patches are removed."""
        held = _held(parent)
        own = name in held
        original = held[name] if own else getattr(parent, name)
        # An inherited method is wrapped as the plain function that the parent class holds.
        base = original if own else _inherited(parent, name, original)
        # It may be wrapped there already: then the subclass's calls pass that wrapper, and need no second one.
        if Wrapped.is_of(base, self):
            return
        ours = Wrapped(base, wrapper, self, parent, name)
        setattr(parent, name, ours)
        self._placed.append((parent, name, ours, original, own))

    def _warn_missing(self, patch: Patch) -> None:
        warn_once(
            (self._library, patch.module, patch.target),
            "%s: %s.%s is not found in the installed version; %s, the application is unaffected",
            self._library,
            patch.module,
            patch.target,
            patch.lost,
        )


if TYPE_CHECKING:
    # Generic in wrapt's stubs alone.
    _FunctionWrapper = wrapt.FunctionWrapper[..., Any]
    _BoundFunctionWrapper = wrapt.BoundFunctionWrapper[..., Any]
else:
    _FunctionWrapper = wrapt.FunctionWrapper
    _BoundFunctionWrapper = wrapt.BoundFunctionWrapper


class Wrapped(_FunctionWrapper):
    """A wrapt wrapper that follows its patch set's switch and is pickled and copied by reference."""

    def __init__(self, wrapped: Any, wrapper: Wrapper, patches: PatchSet, parent: Any, name: str) -> None:
        super().__init__(wrapped, wrapper, enabled=lambda: patches.active)
        self._self_patches = patches
        self._self_place = (parent, name)

    @staticmethod
    def is_of(value: Any, patches: PatchSet) -> bool:
        """Return whether `value` is a wrapper that this patch set has placed."""
        return isinstance(value, Wrapped) and value._self_patches is patches  # noqa: SLF001 - wrapt keeps what is ours under this prefix

    @staticmethod
    def is_live(value: Any) -> bool:
        """Return whether `value` is a wrapper of any patch set that is active; one that could not be removed is none."""
        return isinstance(value, Wrapped) and value._self_patches.active  # noqa: SLF001 - as above

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return _reference(*self._self_place, self)

    def __deepcopy__(self, memo: Any) -> Wrapped:
        return self

    def __copy__(self) -> Wrapped:
        return self


class _Imported:
    """A module to be pickled, by a name that needs nothing of ours where it is read."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __reduce__(self) -> tuple[Any, ...]:
        return import_module, (self._name,)


class BoundWrapped(_BoundFunctionWrapper):
    """A wrapped method bound to its instance (or taken from its class); pickled as the plain one would be."""

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        parent, name = self._self_parent._self_place  # noqa: SLF001 - wrapt's documented field
        if self._self_instance is None:
            return _reference(parent, name, self)
        return getattr, (self._self_instance, name)

    def __deepcopy__(self, memo: Any) -> Any:
        if self._self_instance is None:
            return self
        _, name = self._self_parent._self_place  # noqa: SLF001 - as above
        return getattr(deepcopy(self._self_instance, memo), name)

    def __copy__(self) -> BoundWrapped:
        return self


def _reference(parent: Any, name: str, function: Any) -> tuple[Any, ...]:
    """Return what leads to a function: its module or class, unless that class is not where it says that it is."""
    if isinstance(parent, ModuleType):
        return getattr, (_Imported(parent.__name__), name)
    found: Any = sys.modules.get(parent.__module__)
    for step in parent.__qualname__.split("."):
        found = getattr(found, step, None)
    if found is parent:
        return getattr, (parent, name)
    # A vendored copy of an SDK that gives its classes the name of the published module; a function names its own.
    return attrgetter(function.__qualname__), (_Imported(function.__module__),)


# wrapt looks the class of bound wrappers up under this name.
Wrapped.__bound_function_wrapper__ = BoundWrapped


def _held(parent: Any) -> Mapping[str, Any]:
    """Return what a module or a class holds itself."""
    return cast("Mapping[str, Any]", vars(parent))


def _inherited(parent: Any, name: str, found: Any) -> Any:
    classes: tuple[Any, ...] = getattr(parent, "__mro__", ())
    return next((_held(base)[name] for base in classes if name in _held(base)), found)


def _restore(parent: Any, name: str, ours: Any, original: Any, *, own: bool) -> None:
    """Put the original back, unless somebody has wrapped ours since: theirs stays, and ours under it is silent."""
    if _held(parent).get(name) is not ours:
        logger.debug("%s.%s is wrapped by somebody else too and stays; ours is silent", parent, name)
        return
    if own:
        setattr(parent, name, original)
    else:
        delattr(parent, name)
