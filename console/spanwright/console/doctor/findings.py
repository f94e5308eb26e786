# SPDX-License-Identifier: Apache-2.0
"""What a check has found: facts with a level, and a remedy where one is needed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How much a fact matters; a problem is one by which spans are lost or doubled."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact about `subject`."""

    level: Level
    subject: str
    text: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Facts under one heading."""

    title: str
    findings: list[Finding]


def ok(subject: str, text: str) -> Finding:
    """Tell what is as it should be."""
    return Finding(Level.OK, subject, text)


def note(subject: str, text: str, remedy: str | None = None) -> Finding:
    """Tell what is good to know."""
    return Finding(Level.NOTE, subject, text, remedy)


def warning(subject: str, text: str, remedy: str) -> Finding:
    """Tell what is probably not meant."""
    return Finding(Level.WARNING, subject, text, remedy)


def problem(subject: str, text: str, remedy: str) -> Finding:
    """Tell by what spans are lost or doubled."""
    return Finding(Level.PROBLEM, subject, text, remedy)
