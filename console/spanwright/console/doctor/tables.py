# SPDX-License-Identifier: Apache-2.0
"""The patch tables with what became of each name, made in a process of their own and told as lines of JSON.

A table may ask for the version of its library, and for modules that are imported; so it is asked where that does no
harm: by default in front of hollow packages, with names looked up in the sources alone; `deep` imports the library.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from spanwright.console.doctor.sources import Sources, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from spanwright.instrumentors._kernel.instrumentor import Instrumentor
    from spanwright.instrumentors._kernel.patching import OnImport, Patch

    Look = Callable[[str, str | None], State]


def main(names: list[str], *, deep: bool) -> None:
    """Write the tables of the libraries `names` to what was standard output; a library's own prints go nowhere."""
    from spanwright.console.doctor.libraries import known

    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device, not a file
            os.dup2(nowhere.fileno(), 1)
        for library in known():
            if library.name in names:
                told = _told(library.instrumentor(), deep=deep)
                out.write(json.dumps({"library": library.name, **told}) + "\n")
                out.flush()


def _told(instrumentor: Instrumentor, *, deep: bool) -> dict[str, Any]:
    try:
        patches, look = _deep(instrumentor) if deep else _flat(instrumentor)
        return {"seams": [_seam(patch, look) for patch in patches]}
    except (Exception, SystemExit) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def _seam(patch: Patch | OnImport, look: Look) -> dict[str, Any]:
    target: str | None = getattr(patch, "target", None)
    return {
        "module": patch.module,
        "target": target,
        "optional": getattr(patch, "optional", False),
        "lost": getattr(patch, "lost", None),
        "state": look(patch.module, target).value,
    }


def _asked(instrumentor: Instrumentor) -> list[Patch | OnImport]:
    from opentelemetry._logs import NoOpLoggerProvider
    from opentelemetry.metrics import NoOpMeterProvider
    from opentelemetry.trace import NoOpTracerProvider

    from spanwright.instrumentors._kernel.telemetry import Telemetry

    telemetry = Telemetry(
        type(instrumentor).__module__,
        "0",
        tracer_provider=NoOpTracerProvider(),
        meter_provider=NoOpMeterProvider(),
        logger_provider=NoOpLoggerProvider(),
    )
    return list(instrumentor.patches(telemetry))


def _deep(instrumentor: Instrumentor) -> tuple[list[Patch | OnImport], Look]:
    """Import the library, as the application would, then each module that is patched."""
    for name in instrumentor.watches:
        with suppress(ImportError):
            import_module(name)

    sources = Sources()

    def look(module: str, target: str | None) -> State:
        try:
            found: Any = import_module(module)
        except Exception:
            # Not there, or what it needs is not there: then nobody imports it, and its source can still tell.
            return _read(sources, module, target)
        for step in (target or "").split(".") if target else ():
            found = getattr(found, step, None)
        return State.GONE if found is None else State.FOUND

    return _asked(instrumentor), look


def _flat(instrumentor: Instrumentor) -> tuple[list[Patch | OnImport], Look]:
    """Put hollow packages in the library's place; a second time with those that the table names itself."""
    sources = Sources()
    hollowed = _hollow(instrumentor.watches, sources)
    try:
        hollowed += _hollow((each.module for each in _asked(instrumentor)), sources)
        patches = _asked(instrumentor)
    finally:
        for name in hollowed:
            sys.modules.pop(name, None)

    return patches, lambda module, target: _read(sources, module, target)


def _read(sources: Sources, module: str, target: str | None) -> State:
    if target is not None:
        return sources.state(module, target)
    return State.FOUND if sources.place(module) is not None else State.ABSENT


class _Hollow(ModuleType):
    """A module that has the names of its source, and nothing behind them."""

    sources: Sources

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or self.sources.state(self.__name__, name) is not State.FOUND:
            raise AttributeError(name)
        return type(name, (), {})


def _hollow(modules: Iterable[str], sources: Sources) -> list[str]:
    """Place hollow modules, with their parents, where none is; return their names."""
    made: list[str] = []
    for module in modules:
        parts = module.split(".")
        for name in (".".join(parts[: end + 1]) for end in range(len(parts))):
            place = sources.place(name)
            if name in sys.modules or place is None:
                continue
            hollow = _Hollow(name)
            hollow.sources = sources
            hollow.__spec__ = ModuleSpec(name, None, origin=place.origin)
            if place.folders is not None:
                hollow.__path__ = list(place.folders)
            sys.modules[name] = hollow
            made.append(name)
    return made


if __name__ == "__main__":
    main(sys.argv[2:], deep=sys.argv[1] == "deep")
