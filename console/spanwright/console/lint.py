# SPDX-License-Identifier: Apache-2.0
"""Judge OTLP files by the conventions and report what departs from them."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from spanwright.semconv.check import RULES, Span, check, from_otlp_text, judged

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from spanwright.semconv.check import Finding, Item

CLEAN: Final = 0
FOUND: Final = 1
UNREADABLE: Final = 2
STDIN: Final = "-"
SHOWN: Final = 10


def lint(paths: Iterable[str | Path], *, output: TextIO) -> int:
    """Write a report on OTLP/JSON files to `output`; `-` is standard input.

    Spans of all files are judged together, since a trace may be spread over them. Returns 0 when all is well,
    1 when there are findings, and 2 when a file could not be read.
    """
    read = [_read(path, output) for path in paths]
    items = [item for found in read if found is not None for item in found]
    findings = check(items)
    _report(findings, output)
    if any(found is not None for found in read):
        output.write(_summary(items, findings))
    if None in read:
        return UNREADABLE
    return FOUND if findings else CLEAN


def _read(path: str | Path, output: TextIO) -> list[Item] | None:
    """Read one file; say so and return None when that fails."""
    try:
        text = sys.stdin.read() if str(path) == STDIN else Path(path).read_text("utf-8")
        return from_otlp_text(text)
    except (OSError, ValueError) as error:
        output.write(f"{path}: cannot be read: {_reason(error)}\n")
        return None


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is no text"
    return getattr(error, "strerror", None) or str(error)


def _report(findings: list[Finding], output: TextIO) -> None:
    """Write findings by rule, the most frequent rule first, and no more than a screenful of each."""
    by_rule: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for finding in findings:
        by_rule[finding.rule][f"{finding.subject}: {finding.message}"] += 1
    for rule, lines in sorted(by_rule.items(), key=lambda entry: (-entry[1].total(), entry[0])):
        output.write(f"{rule} ({lines.total()}): {RULES[rule]}\n")
        shown = list(lines.items())[:SHOWN]
        output.writelines(
            f"  {line}" + (f" ({count} times)\n" if count > 1 else "\n") for line, count in shown
        )
        if len(lines) > SHOWN:
            output.write(f"  and {len(lines) - SHOWN} more\n")
        output.write("\n")


def _summary(items: list[Item], findings: list[Finding]) -> str:
    spans = [item for item in items if isinstance(item, Span)]
    seen = f"{len(items)} items ({len(spans)} spans), {sum(map(judged, items))} of them under the conventions"
    return f"{seen}: {len(findings) or 'no'} finding{'' if len(findings) == 1 else 's'}\n"
