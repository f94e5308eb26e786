# SPDX-License-Identifier: Apache-2.0
"""Environment variables: names that nobody reads, and values that are not allowed."""

from __future__ import annotations

import difflib
import logging
import os
from functools import cache
from typing import TYPE_CHECKING

from spanwright.console.doctor.findings import Finding, note, ok, warning
from spanwright.console.doctor.libraries import DISABLED, disabled
from spanwright.instrumentors._kernel import settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spanwright.console.doctor.libraries import Library

_PREFIXES = ("SPANWRIGHT_", "OTEL_INSTRUMENTATION_GENAI_")
# Read by the official GenAI instrumentations, not by this pack.
_THEIRS = {
    "OTEL_INSTRUMENTATION_GENAI_COMPLETION_HOOK",
    "OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT",
    "OTEL_INSTRUMENTATION_GENAI_UPLOAD_BASE_PATH",
    "OTEL_INSTRUMENTATION_GENAI_UPLOAD_FORMAT",
    "OTEL_INSTRUMENTATION_GENAI_UPLOAD_MAX_QUEUE_SIZE",
    "OTEL_INSTRUMENTATION_GENAI_UTIL_EMIT_EVENT",
}
# What `spanwright run` tells the processes under it.
_INNER = {"SPANWRIGHT_RUN"}
_ALIKE = 0.6
# OpenTelemetry has too many variables, of too many packages, to call an unknown one wrong: it must be a slip of the pen.
_VERY_ALIKE = 0.93


def known() -> set[str]:
    """Return the variables that the pack reads."""
    named = {value for name, value in vars(settings).items() if name.isupper() and isinstance(value, str)}
    return {each for each in named if each.startswith(_PREFIXES)}


def findings(libraries: Sequence[Library]) -> Iterator[Finding]:
    """Tell of each variable of ours what it says, and of each that seems to be misspelt what was meant."""
    ours, (_, wrong) = known(), read()
    for name in sorted(os.environ):
        if name in wrong:
            yield warning(name, wrong[name], "set one of the allowed values, or unset it")
        elif name in ours:
            yield ok(name, os.environ[name] or "empty, as if unset")
        elif name in _THEIRS:
            yield note(name, "is read by OpenTelemetry's own GenAI instrumentations, not by spanwright")
        elif name.startswith(_PREFIXES) and name not in _INNER:
            yield _unknown(name, ours)
        elif name.startswith("OTEL_") and (near := _slip(name)) is not None:
            yield warning(name, "is read by nobody", f"did you mean {near}?")
    entries = [each.entry for each in libraries]
    for name in sorted(disabled()):
        if name.startswith("spanwright") and name not in entries:
            near = difflib.get_close_matches(name, entries, 1, _ALIKE)
            yield warning(DISABLED, f"{name} names no instrumentor", _meant(near))


def _unknown(name: str, ours: set[str]) -> Finding:
    """Compare what comes after the beginning, which all of them share."""
    prefix = next(each for each in _PREFIXES if name.startswith(each))
    known = [each.removeprefix(prefix) for each in ours if each.startswith(prefix)]
    near = difflib.get_close_matches(name.removeprefix(prefix), known, 1, _ALIKE)
    return warning(name, "is read by nobody", _meant([prefix + each for each in near]))


def _meant(near: list[str]) -> str:
    return f"did you mean {near[0]}?" if near else "remove it"


@cache
def read() -> tuple[settings.Settings, dict[str, str]]:
    """Return the settings, and by variable what the pack will complain about: its own rules say so, silently here."""
    heard = _Heard()
    logger = logging.getLogger("spanwright")
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(heard)
    try:
        return settings.load(os.environ), heard.said
    finally:
        logger.removeHandler(heard)
        logger.propagate = propagate


class _Heard(logging.Handler):
    """Keeps warnings by the variable that they begin with."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: dict[str, str] = {}

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage().removesuffix(", the application is unaffected")
        name = text.partition("=")[0].partition(" ")[0]
        self.said[name] = text.removeprefix(name).lstrip("= ")


def _slip(name: str) -> str | None:
    """Return the variable of OpenTelemetry's that must have been meant."""
    standard = _standard()
    near = difflib.get_close_matches(name, standard, 1, _VERY_ALIKE)
    return near[0] if near and name not in standard else None


@cache
def _standard() -> set[str]:
    """Return OpenTelemetry's own variables, as far as its packages are here."""
    from importlib import import_module

    found: set[str] = set()
    for package in ("opentelemetry", "opentelemetry.sdk", "opentelemetry.instrumentation"):
        try:
            names = dir(import_module(f"{package}.environment_variables"))
        except ImportError:
            continue
        found.update(name for name in names if name.startswith("OTEL_"))
    return found
