# SPDX-License-Identifier: Apache-2.0
"""What every trace stands on: Python, OpenTelemetry's packages, its command, and the switches that stop everything."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from spanwright.console.doctor.findings import Finding, note, ok, problem, warning
from spanwright.console.doctor.libraries import DISABLED, disabled, installed_version

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMAND = "opentelemetry-instrument"
_OTLP = 'pip install "spanwright[otlp]"'
_EXPORTERS = (
    "opentelemetry-exporter-otlp-proto-grpc",
    "opentelemetry-exporter-otlp-proto-http",
    "opentelemetry-exporter-prometheus",
)
_SAMPLER, _RATIO = "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"
_SAMPLERS = (
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
)


def findings() -> Iterator[Finding]:
    """Tell what is installed, and what would keep every span from being made."""
    yield ok("Python", f"{platform.python_version()} ({sys.executable})")
    yield ok("spanwright", installed_version("spanwright") or "from its sources")
    yield from _packages()
    yield _command()
    yield from _switches()


def _packages() -> Iterator[Finding]:
    api, sdk = installed_version("opentelemetry-api"), installed_version("opentelemetry-sdk")
    if sdk is None:
        yield problem("OpenTelemetry", f"API {api}, no SDK: no span is recorded", _OTLP)
    elif api is not None and sdk.split(".")[:2] != api.split(".")[:2]:
        yield warning("OpenTelemetry", f"API {api} and SDK {sdk} are no pair", f"{_OTLP} --upgrade")
    else:
        yield ok("OpenTelemetry", f"API {api}, SDK {sdk}")
    loader = installed_version("opentelemetry-instrumentation")
    distro = [
        f"{each.dist.name} {each.dist.version}"
        for each in entry_points(group="opentelemetry_distro")
        if each.dist is not None
    ]
    if entry_points(group="opentelemetry_configurator"):
        yield ok("auto-instrumentation", ", ".join([f"loader {loader}", *distro]))
    else:
        yield problem(
            "auto-instrumentation",
            f"loader {loader}, no distro: `{_COMMAND}` sets up no exporter",
            f"{_OTLP}, or set OpenTelemetry up in your program",
        )
    if len(distro) > 1:
        chosen = os.environ.get("OTEL_PYTHON_DISTRO")
        text = f"{len(distro)} distros are installed"
        if chosen:
            yield note("distro", f"{text}; OTEL_PYTHON_DISTRO={chosen} says which one is used")
        else:
            yield warning("distro", f"{text}, the first one found is used", "name one in OTEL_PYTHON_DISTRO")
    names = [
        f"{each.removeprefix('opentelemetry-exporter-')} {installed_version(each)}"
        for each in _EXPORTERS
        if installed_version(each)
    ]
    yield (
        ok("exporters", ", ".join(names))
        if names
        else note("exporters", "none is installed", f"{_OTLP} for OTLP")
    )
    yield ok("wrapt", installed_version("wrapt") or "")


def _command() -> Finding:
    found = shutil.which(_COMMAND)
    # The command belongs to the interpreter beside it; links of virtual environments are not followed.
    home = Path(sys.executable).parent
    beside = shutil.which(_COMMAND, path=str(home))
    if found is None and beside is None:
        return warning(_COMMAND, "is not on the PATH", f"{_OTLP}, or instrument in code")
    if found is None:
        return warning(_COMMAND, "is not on the PATH", f"activate the environment, or run {beside}")
    if beside is not None and Path(found).resolve() != Path(beside).resolve():
        return warning(_COMMAND, f"{found} is that of another environment", f"run {beside}")
    return ok(_COMMAND, found)


def _switches() -> Iterator[Finding]:
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        yield problem("OTEL_SDK_DISABLED", "is set: no span is recorded", "unset OTEL_SDK_DISABLED")
    if "*" in disabled():
        yield problem(
            DISABLED,
            "is *: nothing is instrumented",
            f"name what to leave out, as in {DISABLED}=spanwright_httpx",
        )
    name = os.environ.get(_SAMPLER, "").strip().lower()
    ratio = os.environ.get(_RATIO, "").strip()
    if name.endswith("always_off"):
        yield problem(_SAMPLER, f"is {name}: no trace is begun here", f"unset {_SAMPLER}")
    elif name.endswith("traceidratio") and _number(ratio) == 0:
        yield problem(_SAMPLER, f"is {name} with {_RATIO}={ratio}: no trace is begun here", f"raise {_RATIO}")
    elif name.endswith("traceidratio") and ratio and _number(ratio) is None:
        yield warning(_RATIO, f"{ratio!r} is no number from 0 to 1; all is sampled", f"set {_RATIO}")
    elif name.endswith("traceidratio") and ratio:
        yield note(_SAMPLER, f"{name}: about {_number(ratio):.4g} of the traces are kept")
    elif name and name not in _SAMPLERS and not entry_points(group="opentelemetry_traces_sampler", name=name):
        yield warning(_SAMPLER, f"{name!r} is no sampler; all is sampled", f"one of {', '.join(_SAMPLERS)}")


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if 0 <= found <= 1 else None
