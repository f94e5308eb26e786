# SPDX-License-Identifier: Apache-2.0
"""Everything that is found out about this environment, group by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.console.doctor import (
    capture,
    environment,
    exporters,
    libraries,
    natives,
    packs,
    seams,
    variables,
)
from spanwright.console.doctor.findings import Group, Level, ok

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.console.doctor.findings import Finding

# Seconds that a library may take to be imported, or all of them to be looked up.
PATIENCE = 90.0


def examine(*, deep: bool) -> list[Group]:
    """Find everything out; `deep` imports the installed libraries, each in a process of its own."""
    known = libraries.known()
    traced = [each for each in known if each.installed and not each.disabled]
    found = seams.tables([each.name for each in traced], deep=deep, timeout=PATIENCE)
    return [
        _group("Environment", environment.findings()),
        _group("Libraries", libraries.findings(known)),
        _group(
            "What is patched", seams.findings(traced, found, deep=deep), "nothing: no known library is here"
        ),
        _group("Other instrumentation", packs.findings(known), "none that traces the same libraries"),
        _group("What libraries tell by themselves", natives.findings(known), "nothing that is known"),
        _group("Capture", capture.findings()),
        _group("Variables", variables.findings(known), "none of spanwright's is set: the defaults hold"),
        _group("Export", exporters.findings()),
    ]


def _group(title: str, found: Iterable[Finding], nothing: str = "") -> Group:
    return Group(title, list(found) or [ok("", nothing)])


def count(groups: Iterable[Group], level: Level) -> int:
    """Return how many facts of this level there are."""
    return sum(each.level is level for group in groups for each in group.findings)


def plain(groups: list[Group]) -> dict[str, Any]:
    """Return the report as JSON has it."""
    return {
        "spanwright": libraries.installed_version("spanwright"),
        "problems": count(groups, Level.PROBLEM),
        "warnings": count(groups, Level.WARNING),
        "groups": [
            {
                "title": group.title,
                "findings": [
                    {
                        "level": each.level.value,
                        "subject": each.subject or None,
                        "text": each.text,
                        "remedy": each.remedy,
                    }
                    for each in group.findings
                ],
            }
            for group in groups
        ],
    }
