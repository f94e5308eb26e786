# SPDX-License-Identifier: Apache-2.0
"""A program of one's own, run under OpenTelemetry with what suits a person at a terminal."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from spanwright.console._command import Command, find, is_script
from spanwright.console._destination import Refused, exporters
from spanwright.console._session import Run, join, say
from spanwright.console._shelf import shelve
from spanwright.console.cli import refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_ON_SPANS = {"span_only", "span_and_event", "true"}
_SITE = str(Path(__file__).parent / "_site")
_NEEDED = ("rich", "opentelemetry.distro", "opentelemetry.exporter.otlp.json.common")


def run(
    arguments: Sequence[str], *, content: bool, quiet: bool, exporter: str | None, service: str | None
) -> int:
    """Become the program, with telemetry in its environment; returns only when that is impossible.

    The program takes this process's place: its id, its terminal, its signals and its exit status are the
    program's own. A command that is no Python program runs below this process, which then has the root span.
    """
    for module in _NEEDED:
        if not _is_installed(module):
            return refuse(f'{module} is not installed: pip install "spanwright[run]"')
    command = find(arguments)
    if command is None:
        what = "file" if is_script(arguments[0]) else "program"
        return refuse(f"{arguments[0]}: no such {what}")
    try:
        added = exporters(os.environ, exporter, say)
    except Refused as reason:
        return refuse(str(reason))
    this = Run(f"run {command.name}", os.getpid(), shelve(Path.cwd(), say), quiet)
    added |= this.told() | _content(asked=content) | _service(service, command)
    added["PYTHONPATH"] = os.pathsep.join([_SITE, *_path()])
    os.environ.update(added)
    sys.stdout.flush()
    sys.stderr.flush()
    if command.is_python and os.name == "posix":
        os.execv(command.program, [command.program, *command.arguments])  # noqa: S606 - what was asked for
    from spanwright.console._below import wait_for

    return wait_for(command, join(_SITE))


def _path() -> list[str]:
    """Return the search path without the folder by which `opentelemetry-instrument` does what we do here."""
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return [path for path in paths if path and Path(path).name not in {"auto_instrumentation", "_site"}]


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _content(*, asked: bool) -> dict[str, str]:
    """Turn content on or off: in a file that is easily shared it shall be there only when this run was to have it."""
    before = os.environ.get(CONTENT, "").strip().lower()
    if asked:
        return {} if before in _ON_SPANS else {CONTENT: "SPAN_ONLY"}
    if before not in {"", "no_content", "false"}:
        say(f"{CONTENT} is not heeded: --content captures messages")
    return {CONTENT: "NO_CONTENT"}


def _service(asked: str | None, command: Command) -> dict[str, str]:
    if asked:
        return {"OTEL_SERVICE_NAME": asked}
    told = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    return {} if told else {"OTEL_SERVICE_NAME": command.name.removesuffix(".py")}
