# SPDX-License-Identifier: Apache-2.0
"""The lanes of the version matrix, made from the instrumentors' `supports` and each library's `lane.toml`."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

try:
    import tomllib
except ModuleNotFoundError:  # before Python 3.11
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
LIBRARIES = ROOT / "tests" / "libraries"
_PREFIX = "spanwright_"
# A change of anything below these touches every library.
_EVERYTHING = (
    "instrumentors/spanwright/instrumentors/_",
    "semconv/",
    "tests/harness.py",
    "tests/conftest.py",
)
_EXITS = "tests/streams/test_lane.py"


@dataclass(frozen=True)
class Lane:
    """One library with one version of it: what to install, and what to hand to pytest."""

    library: str
    end: str
    requirements: tuple[str, ...]
    arguments: tuple[str, ...]
    overrides: tuple[str, ...] = ()
    on_demand: bool = False

    @property
    def id(self) -> str:
        """Name it as nox is to name it."""
        return f"{self.library}-{self.end}"

    @property
    def own(self) -> tuple[str, ...]:
        """Return the arguments without the tests that are not in the library's own folder."""
        folder = str((LIBRARIES / self.library).relative_to(ROOT))
        return tuple(each for each in self.arguments if each == folder or not each.startswith("tests/"))


def lanes() -> list[Lane]:
    """Return the lanes of every library that has an entry point, oldest first."""
    points = distribution("spanwright").entry_points.select(group="opentelemetry_instrumentor")
    return [
        _lane(library, end, point.load().supports, said)
        for point in sorted(points, key=lambda each: each.name)
        if (library := point.name.removeprefix(_PREFIX))
        for said in [told(library)]
        for end in ("oldest", "newest", *said.get("also", ()))
    ]


def told(library: str) -> dict[str, Any]:
    """Return what a library's `lane.toml` says.

    It may hold `with` (requirements of all lanes), `oldest` and `newest` (of one of them, which override the version
    that follows from `supports`), `skip` (by lane, the distributions of `supports` that it does without), `paths`
    (tests outside of the library's folder, of all lanes or by lane), `arguments` (of pytest) and `also` (more lanes: name and requirements).
    `overrides` replace what a dependency itself asks for, by lane. `demand` marks lanes that take gigabytes or many
    minutes to install: they run when the library is asked for by its name, and not otherwise.
    """
    file = LIBRARIES / library / "lane.toml"
    return tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}


def _lane(library: str, end: str, supports: tuple[str, ...], said: dict[str, Any]) -> Lane:
    """Join the versions that `supports` names with what the lane's file adds."""
    extra = [*said.get("with", ()), *said.get(end, ()), *said.get("also", {}).get(end, ())]
    fixed = {Requirement(each).name for each in extra} | set(said.get("skip", {}).get(end, ()))
    versions = [_version(each, end) for each in supports if Requirement(each).name not in fixed]
    more = said.get("paths", ())
    more = more.get(end, ()) if isinstance(more, dict) else more
    paths = [str((LIBRARIES / library).relative_to(ROOT)), *more]
    if end == "newest" and (ROOT / "bench" / "clients" / f"{library}.py").is_file():
        # Clients that the bench knows, in whatever way their streams are left.
        paths.append(_EXITS)
    return Lane(
        library,
        end,
        (*versions, *extra),
        (*paths, *said.get("arguments", ())),
        tuple(said.get("overrides", {}).get(end, ())),
        bool(said.get("demand")),
    )


def _version(specifier: str, end: str) -> str:
    """Return the requirement of the oldest release that a specifier allows, or of the newest: itself."""
    requirement = Requirement(specifier)
    if end != "oldest":
        return specifier
    (lowest,) = [each.version for each in requirement.specifier if each.operator in (">=", "==", "~=")]
    return f"{requirement.name}=={lowest}"


def unbounded(lane: Lane) -> list[str]:
    """Return what a lane installs, the library itself without an upper bound: whatever its publisher has put out last."""
    points = distribution("spanwright").entry_points.select(group="opentelemetry_instrumentor")
    (point,) = (each for each in points if each.name == f"{_PREFIX}{lane.library}")
    own = {Requirement(each).name for each in point.load().supports}
    found: list[str] = []
    for text in lane.requirements:
        requirement = Requirement(text)
        if requirement.name in own:
            lowest = [str(each) for each in requirement.specifier if each.operator in (">=", ">")]
            requirement.specifier = SpecifierSet(",".join(lowest))
        found.append(str(requirement))
    return found


def touched(since: str) -> list[str]:
    """Return the libraries that the changes since a commit touch; all of them when it was the kernel's turn."""
    told = subprocess.run(
        ["git", "diff", "--name-only", since], cwd=ROOT, check=True, capture_output=True, text=True
    )
    known = {lane.library for lane in lanes() if not lane.on_demand}
    changed = told.stdout.split()
    if any(each.startswith(_EVERYTHING) for each in changed):
        return sorted(known)
    parts = {part for each in changed for part in (*Path(each).parts, Path(each).stem)}
    return sorted(parts & known) or ["none"]
