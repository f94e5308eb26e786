# SPDX-License-Identifier: Apache-2.0
"""Names looked up in the sources of installed packages, none of which is imported for it."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field
from enum import Enum
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# Chains of names that stand for each other end here.
_DEEPEST = 24


class State(Enum):
    """What became of a name: `UNKNOWN` where only running the code would tell, `ABSENT` where its module is not there."""

    FOUND = "found"
    GONE = "gone"
    UNKNOWN = "unknown"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a module is: its file, if it has one, and for a package the folders of its modules."""

    origin: str | None
    folders: tuple[str, ...] | None


@dataclass(slots=True)
class Scope:
    """What a module or a class binds: definitions, and names of other modules as `(module, attribute)`."""

    module: str
    names: dict[str, list[ast.AST | tuple[str, str | None]]] = field(
        default_factory=dict[str, "list[ast.AST | tuple[str, str | None]]"]
    )
    stars: list[str] = field(default_factory=list[str])
    bases: Sequence[ast.expr] = ()
    is_class: bool = False


class Sources:
    """The sources on the path, each read once."""

    def __init__(self) -> None:
        self._scopes: dict[str, Scope | None] = {}
        self._places: dict[str, Place | None] = {}

    def state(self, module: str, target: str) -> State:
        """Tell what became of the dotted name `target` in `module`."""
        if self.place(module) is None:
            return State.ABSENT
        scope = self._module(module)
        return State.UNKNOWN if scope is None else self._walk(scope, target.split("."), 0)

    def place(self, name: str) -> Place | None:
        """Return where a module is; its parents are looked up the same way, and not imported."""
        if name not in self._places:
            self._places[name] = self._find(name)
        return self._places[name]

    def _find(self, name: str) -> Place | None:
        parent, _, last = name.rpartition(".")
        path = None
        if parent:
            above = self.place(parent)
            if above is None or above.folders is None:
                return None
            path = list(above.folders)
        try:
            spec = PathFinder.find_spec(name, path)
        except KeyError:
            # A folder without `__init__.py`, for which the finder asks the parent, which is not imported.
            folders = tuple(str(Path(each) / last) for each in path or () if (Path(each) / last).is_dir())
            return Place(None, folders) if folders else None
        if spec is None:
            return None
        inner = spec.submodule_search_locations
        return Place(spec.origin if spec.has_location else None, None if inner is None else tuple(inner))

    def _module(self, name: str) -> Scope | None:
        """Return what a module binds, or None when it has no source to read."""
        if name not in self._scopes:
            self._scopes[name] = self._read(name)
        return self._scopes[name]

    def _read(self, name: str) -> Scope | None:
        place = self.place(name)
        if place is None:
            return None
        if place.origin is None:
            return Scope(name) if place.folders else None
        if not place.origin.endswith(".py"):
            return None
        try:
            tree = ast.parse(Path(place.origin).read_bytes())
        except (OSError, SyntaxError, ValueError):
            return None
        package = name if place.folders is not None else name.rpartition(".")[0]
        scope = Scope(name)
        _bind(tree.body, scope, package)
        return scope

    def _walk(self, scope: Scope, path: Sequence[str], depth: int) -> State:
        """Follow `path` from a scope; among several definitions the one that has it counts."""
        if depth > _DEEPEST:
            return State.UNKNOWN
        name, rest = path[0], path[1:]
        bound = scope.names.get(name)
        if bound is not None:
            return _best(self._follow(each, scope, rest, depth) for each in bound)
        return self._inherit(scope, path, depth) if scope.is_class else self._elsewhere(scope, path, depth)

    def _follow(
        self, bound: ast.AST | tuple[str, str | None], scope: Scope, rest: Sequence[str], depth: int
    ) -> State:
        if isinstance(bound, tuple):
            module, attribute = bound
            path = ([attribute] if attribute is not None else []) + list(rest)
            if not path:
                return State.FOUND
            # `from . import part` in a package binds what the import system binds anyway.
            if module == scope.module and not scope.is_class:
                return self._elsewhere(scope, path, depth + 1)
            if self.place(module) is None:
                return State.UNKNOWN
            there = self._module(module)
            return State.UNKNOWN if there is None else self._walk(there, path, depth + 1)
        if not rest:
            return State.FOUND
        if isinstance(bound, ast.ClassDef):
            inner = Scope(scope.module, bases=bound.bases, is_class=True)
            _bind(bound.body, inner, "")
            found = self._walk(inner, rest, depth + 1)
            # What decorators and metaclasses add stands in no source.
            made = bound.decorator_list or bound.keywords
            return State.UNKNOWN if made and found is State.GONE else found
        # Another name of the same thing, as in `Client = SyncClient`.
        if (
            isinstance(bound, ast.Assign)
            and (dotted := _dotted(bound.value)) is not None
            and not scope.is_class
        ):
            return self._walk(scope, [*dotted, *rest], depth + 1)
        return State.UNKNOWN

    def _inherit(self, scope: Scope, path: Sequence[str], depth: int) -> State:
        """Look a class's bases through; what one of them is may not be known."""
        if hasattr(object, path[0]):
            return State.FOUND
        around = self._module(scope.module)
        states = [self._base(around, base, path, depth) for base in scope.bases]
        return _best(states, none=State.GONE)

    def _base(self, around: Scope | None, base: ast.expr, path: Sequence[str], depth: int) -> State:
        dotted = _dotted(base.value if isinstance(base, ast.Subscript) else base)
        if dotted is None or around is None:
            return State.UNKNOWN
        known: Any = getattr(builtins, dotted[0], None)
        if known is not None and dotted[0] not in around.names:
            return State.FOUND if hasattr(known, path[0]) else State.GONE
        if self._walk(around, dotted, depth + 1) is not State.FOUND:
            return State.UNKNOWN
        return self._walk(around, [*dotted, *path], depth + 1)

    def _elsewhere(self, scope: Scope, path: Sequence[str], depth: int) -> State:
        """Look where a module has names from that its own source does not bind."""
        if self.place(inner := f"{scope.module}.{path[0]}") is not None:
            there = self._module(inner)
            if there is None or len(path) == 1:
                return State.UNKNOWN if there is None else State.FOUND
            return self._walk(there, path[1:], depth + 1)
        states: list[State] = []
        for star in scope.stars:
            there = self._module(star)
            states.append(State.UNKNOWN if there is None else self._walk(there, path, depth + 1))
        if "__getattr__" in scope.names:
            states.append(State.UNKNOWN)
        return _best(states, none=State.GONE)


def _best(states: Iterable[State], none: State = State.UNKNOWN) -> State:
    """Return the most that is known: found; else gone, where all say so."""
    seen = list(states)
    if not seen:
        return none
    if State.FOUND in seen:
        return State.FOUND
    gone = all(each is State.GONE for each in seen)
    return State.GONE if gone else State.UNKNOWN


def _bind(body: Iterable[ast.stmt], scope: Scope, package: str) -> None:
    for statement in _flat(body):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            scope.names.setdefault(statement.name, []).append(statement)
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                for name in _targets(target):
                    scope.names.setdefault(name, []).append(statement)
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            if statement.value is not None:
                scope.names.setdefault(statement.target.id, []).append(statement)
        elif isinstance(statement, ast.Import):
            for alias in statement.names:
                name = alias.asname or alias.name.partition(".")[0]
                scope.names.setdefault(name, []).append((alias.name if alias.asname else name, None))
        elif isinstance(statement, ast.ImportFrom):
            _bind_from(statement, scope, package)


def _bind_from(statement: ast.ImportFrom, scope: Scope, package: str) -> None:
    module = statement.module or ""
    if statement.level:
        parts = package.split(".")
        above = ".".join(parts[: len(parts) - statement.level + 1])
        module = f"{above}.{module}" if module else above
    for alias in statement.names:
        if alias.name == "*":
            scope.stars.append(module)
        else:
            scope.names.setdefault(alias.asname or alias.name, []).append((module, alias.name))


def _flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements, also those inside of conditions, loops and blocks."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for name in ("body", "orelse", "finalbody"):
            yield from _flat(getattr(statement, name, ()))
        for handler in getattr(statement, "handlers", ()):
            yield from _flat(handler.body)


def _targets(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Tuple | ast.List):
        for each in target.elts:
            yield from _targets(each)


def _dotted(expression: ast.expr) -> list[str] | None:
    if isinstance(expression, ast.Name):
        return [expression.id]
    if isinstance(expression, ast.Attribute) and (before := _dotted(expression.value)) is not None:
        return [*before, expression.attr]
    return None
