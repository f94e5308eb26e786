# SPDX-License-Identifier: Apache-2.0
"""What each instrumentor would patch here, asked in child processes, and which of it is gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

from spanwright.console.doctor.findings import Finding, note, ok, problem, warning
from spanwright.console.doctor.sources import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spanwright.console.doctor.libraries import Library

_TOGETHER = 2


@dataclass(frozen=True, slots=True)
class Seam:
    """One name that is patched; `target` is None where a hook is registered when `module` is imported."""

    module: str
    target: str | None
    optional: bool
    lost: str | None
    state: State

    @property
    def name(self) -> str:
        """The dotted name."""
        return f"{self.module}.{self.target}" if self.target else self.module

    @property
    def moved(self) -> bool:
        """Whether the table needs it and the installed version does not have it."""
        return self.state is State.GONE and not self.optional


@dataclass(frozen=True, slots=True)
class Table:
    """The patch table of one library, or why it could not be made."""

    seams: Sequence[Seam] = ()
    error: str | None = None


def tables(names: Sequence[str], *, deep: bool, timeout: float) -> dict[str, Table]:
    """Ask for tables: for all in one process, or, where libraries are imported, for each in one of its own."""
    if not deep:
        return _child("flat", names, timeout) if names else {}
    with ThreadPoolExecutor(_TOGETHER) as pool:
        found = pool.map(_child, repeat("deep"), ((name,) for name in names), repeat(timeout))
    return {name: table for each in found for name, table in each.items()}


def _child(mode: str, names: Sequence[str], timeout: float) -> dict[str, Table]:
    command = [sys.executable, "-m", __name__.replace("seams", "tables"), mode, *names]
    # What is set up at the start of every process has no place here.
    environ = {key: value for key, value in os.environ.items() if key != "OTEL_PYTHON_TRACER_PROVIDER"}
    done: subprocess.CompletedProcess[str] | None = None
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
            stdin=subprocess.DEVNULL,
            env=environ,
        )
        told, reason = done.stdout, f"the process that asked ended with status {done.returncode}"
    except subprocess.TimeoutExpired as late:
        told = late.stdout.decode("utf-8", "replace") if isinstance(late.stdout, bytes) else late.stdout or ""
        reason = f"no answer after {timeout:g} s"
    found = dict(_table(line) for line in told.splitlines() if line.endswith("}"))
    return {name: found.get(name) or Table(error=reason) for name in names}


def _table(line: str) -> tuple[str, Table]:
    told: dict[str, Any] = json.loads(line)
    if "error" in told:
        return told["library"], Table(error=told["error"])
    seams = [
        Seam(each["module"], each["target"], each["optional"], each["lost"], State(each["state"]))
        for each in told["seams"]
    ]
    return told["library"], Table(seams)


def plain(table: Table) -> dict[str, Any]:
    """Return a table as JSON has it."""
    seams = [
        {
            "module": each.module,
            "target": each.target,
            "optional": each.optional,
            "lost": each.lost,
            "state": each.state.value,
        }
        for each in table.seams
    ]
    return {"patches": seams} if table.error is None else {"patches": [], "error": table.error}


def findings(libraries: Sequence[Library], tables: dict[str, Table], *, deep: bool) -> Iterator[Finding]:
    """Tell of each table how much of it is found, and of each name that is gone."""
    for library in libraries:
        table = tables[library.name]
        if table.error is not None:
            yield warning(
                library.name,
                f"its names could not be looked up: {table.error}",
                f"import it by hand; its table is shown by `spanwright explain {library.name}`",
            )
            continue
        moved = [seam for seam in table.seams if seam.moved]
        for seam in moved:
            yield problem(
                library.name,
                f"moved seam: {seam.name} is gone in {library.versions}; {seam.lost}",
                _versions(library),
            )
        if not moved:
            yield _whole(library, table.seams, deep=deep)


def _versions(library: Library) -> str:
    return f"install a tested version ({library.supported}) or a newer spanwright"


def _whole(library: Library, seams: Sequence[Seam], *, deep: bool) -> Finding:
    """Tell of a table of which no name is known to be gone; a module that is not there may belong to other versions."""
    if not seams:
        return note(library.name, "the installed version needs no patch, or another package has its name")
    found = [seam for seam in seams if seam.state is State.FOUND]
    needed = [seam for seam in seams if not seam.optional]
    unknown = sum(seam.state is State.UNKNOWN for seam in needed)
    text = f"{len(found)} of {len(seams)} names found"
    if not found and not unknown:
        return problem(
            library.name, f"none of {len(seams)} names is found: it is not traced", _versions(library)
        )
    here = {seam.module.partition(".")[0] for seam in found}
    absent = [seam for seam in needed if seam.state is State.ABSENT and seam.module.partition(".")[0] in here]
    if absent and library.untested:
        modules = ", ".join(dict.fromkeys(seam.module for seam in absent))
        return warning(library.name, f"{text}; not there: {modules}", _versions(library))
    if unknown:
        look = "" if deep else "; `--deep` imports the library to tell"
        return note(library.name, f"{text}, {unknown} cannot be told from its sources{look}")
    return ok(
        library.name, text + (", the others belong to other versions" if len(found) < len(seams) else "")
    )
