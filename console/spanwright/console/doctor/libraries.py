# SPDX-License-Identifier: Apache-2.0
"""The libraries that the pack knows, and which of them are installed here."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, entry_points, version
from inspect import getdoc
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from spanwright.console.doctor.findings import Finding, note, ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spanwright.instrumentors._kernel.instrumentor import Instrumentor

GROUP = "opentelemetry_instrumentor"
DISABLED = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"
_OURS = "spanwright_"


@dataclass(frozen=True, slots=True)
class Library:
    """A library by the name of its extra; `installed` has the version of each of its distributions that is here."""

    name: str
    instrumentor: type[Instrumentor]
    disabled: bool
    installed: Mapping[str, str]
    untested: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def entry(self) -> str:
        """The name of the entry point, by which it is disabled."""
        return _OURS + self.name

    @property
    def versions(self) -> str:
        """What is installed, in words."""
        return ", ".join(f"{name} {found}" for name, found in self.installed.items())

    @property
    def supported(self) -> str:
        """The tested range, in words."""
        return ", ".join(self.instrumentor.supports)

    @property
    def state(self) -> str:
        """What becomes of it under `opentelemetry-instrument`, in a word or two."""
        if not self.installed:
            return "not installed"
        if self.disabled:
            return "disabled"
        return "untested version" if self.untested else "traced"

    @property
    def about(self) -> str:
        """What its instrumentor says of itself."""
        return getdoc(self.instrumentor) or ""


def disabled() -> frozenset[str]:
    """Return the names of the instrumentors that the environment leaves out; `*` is all of them."""
    listed = os.environ.get(DISABLED, "").split(",")
    return frozenset(name.strip() for name in listed if name.strip())


def known() -> list[Library]:
    """Return every library of the pack, by name; nothing of a library is imported for it."""
    left_out = disabled()
    found: list[Library] = []
    for point in entry_points(group=GROUP):
        if not point.name.startswith(_OURS):
            continue
        instrumentor: type[Instrumentor] = point.load()
        requirements = [Requirement(each) for each in instrumentor.supports]
        installed = {each.name: here for each in requirements if (here := installed_version(each.name))}
        untested = {
            each.name: str(each.specifier)
            for each in requirements
            if each.name in installed and not each.specifier.contains(installed[each.name], prereleases=True)
        }
        off = bool(left_out & {"*", point.name})
        found.append(Library(point.name.removeprefix(_OURS), instrumentor, off, installed, untested))
    return sorted(found, key=lambda each: each.name)


@cache
def installed_version(distribution: str) -> str | None:
    """Return the version of a distribution that is installed, or None."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def findings(libraries: list[Library]) -> Iterator[Finding]:
    """Tell of each installed library whether its version is tested, and whether it is traced."""
    for each in libraries:
        if not each.installed:
            continue
        if each.disabled:
            yield note(each.name, f"{each.versions}, not traced: disabled by {DISABLED}")
        elif each.untested:
            yield warning(
                each.name,
                f"{each.versions} is outside of the tested range ({each.supported}); it is traced all the same",
                "check its trace with `spanwright check`, or install a tested version",
            )
        else:
            yield ok(each.name, each.versions)
    if not any(each.installed for each in libraries):
        yield note("libraries", "none that the pack knows is installed here")
