# SPDX-License-Identifier: Apache-2.0
"""The commands `doctor`, `list` and `explain`."""

# ruff: noqa: T201 - a command speaks by printing

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from spanwright.console.doctor import libraries, natives, report, seams
from spanwright.console.doctor.findings import Level

if TYPE_CHECKING:
    from spanwright.console.doctor.libraries import Library


def doctor(*, deep: bool, as_json: bool) -> int:
    """Report on this environment; the status is 1 when spans would be lost or doubled."""
    groups = report.examine(deep=deep)
    problems, warnings = report.count(groups, Level.PROBLEM), report.count(groups, Level.WARNING)
    if as_json:
        print(json.dumps(report.plain(groups), indent=2))
    else:
        from spanwright.console._terminal import console_on
        from spanwright.console.doctor import page

        console = console_on(sys.stdout)
        page.show(groups, console)
        page.verdict(problems, warnings, console)
    return int(problems > 0)


def catalogue(*, as_json: bool) -> int:
    """List every library that the pack knows."""
    known = libraries.known()
    if as_json:
        print(json.dumps([_plain(each) for each in known], indent=2))
        return 0
    from spanwright.console._terminal import console_on
    from spanwright.console.doctor import shelf

    shelf.catalogue(known, console_on(sys.stdout))
    return 0


def explain(name: str, *, deep: bool, as_json: bool) -> int:
    """Show what is patched of one library, what for, and whether it is found here."""
    known = {each.name: each for each in libraries.known()}
    library = known.get(name) or known.get(name.replace("-", "_")) or _by_distribution(name, known)
    if library is None:
        import difflib

        near = difflib.get_close_matches(name, known, 3, 0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "`spanwright list` has them all"
        print(f"spanwright: {name} is no library of the pack; {hint}", file=sys.stderr)
        return 2
    table = seams.tables([library.name], deep=deep, timeout=report.PATIENCE)[library.name]
    if as_json:
        told = {**_plain(library), "about": library.about, "native": _natives(library), **seams.plain(table)}
        print(json.dumps(told, indent=2))
        return 0
    from spanwright.console._terminal import console_on
    from spanwright.console.doctor import shelf

    shelf.explain(library, table, console_on(sys.stdout), deep=deep)
    return 0


def _by_distribution(name: str, known: dict[str, Library]) -> Library | None:
    """Find a library by what it is called where it is installed from."""
    wanted = f"{name.lower()} "
    return next(
        (
            each
            for each in known.values()
            if any(requirement.lower().startswith(wanted) for requirement in each.instrumentor.supports)
        ),
        None,
    )


def _plain(library: Library) -> dict[str, Any]:
    return {
        "library": library.name,
        "extra": f"spanwright[{library.name}]",
        "entry_point": library.entry,
        "supports": list(library.instrumentor.supports),
        "installed": dict(library.installed),
        "state": library.state,
        "captures": library.instrumentor.captures,
    }


def _natives(library: Library) -> list[dict[str, Any]]:
    return [
        {
            "what": each.what,
            "on": each.is_on(),
            "sent_to": each.host,
            "content": each.content,
            "switches": list(each.switches),
        }
        for each in natives.of(library.name)
    ]
