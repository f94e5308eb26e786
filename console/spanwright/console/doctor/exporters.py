# SPDX-License-Identifier: Apache-2.0
"""Where spans, metrics and logs go, as OpenTelemetry's own variables say, and whether it answers."""

from __future__ import annotations

import errno
import os
import socket
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from spanwright.console.doctor import variables
from spanwright.console.doctor.endpoints import Endpoint, Verdict, endpoint
from spanwright.console.doctor.findings import Finding, Level, note, ok, problem, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNALS = ("traces", "metrics", "logs")
_PROTOCOLS = {"grpc": "otlp_proto_grpc", "http/protobuf": "otlp_proto_http"}
_TREE = "or OTEL_TRACES_EXPORTER=spanwright_tree to read traces in the terminal"


def findings() -> Iterator[Finding]:
    """Tell of each signal where it goes; the endpoints of OTLP are asked with an empty export."""
    wanted: list[Endpoint] = []
    for signal in SIGNALS:
        # The distro sets `otlp` where nothing is set.
        listed = os.environ.get(f"OTEL_{signal.upper()}_EXPORTER", "").strip() or "otlp"
        for name in (each.strip() for each in listed.split(",")):
            if name == "none":
                yield _none(signal)
            elif name.startswith("otlp"):
                found = _otlp(signal, name)
                if isinstance(found, Finding):
                    yield found
                else:
                    wanted.append(found)
            else:
                yield _named(signal, name)
    yield from _answers(wanted)


def _none(signal: str) -> Finding:
    if signal == "traces":
        return problem(signal, "OTEL_TRACES_EXPORTER=none: spans go nowhere", f"unset it for OTLP, {_TREE}")
    if signal == "logs" and variables.read()[0].content_on_events:
        return warning(
            signal,
            "OTEL_LOGS_EXPORTER=none: the content that goes to log events is lost",
            "unset OTEL_LOGS_EXPORTER, or capture content on spans with SPAN_ONLY",
        )
    return note(signal, "not exported, as asked")


def _named(signal: str, name: str) -> Finding:
    points = {each.name: each for each in entry_points(group=f"opentelemetry_{signal}_exporter")}
    if name not in points:
        return problem(
            signal,
            f"no exporter is called {name}: OpenTelemetry's set-up fails, and nothing is exported",
            f"one of {', '.join(sorted({*points, 'none'}))} is installed",
        )
    if name == "console":
        return note(signal, "console: to standard output, where a program's own output goes, too")
    if name == "prometheus":
        return _prometheus()
    return ok(signal, name)


def _prometheus() -> Finding:
    """Tell whether the port is free that the exporter is going to listen at."""
    host = os.environ.get("OTEL_EXPORTER_PROMETHEUS_HOST", "localhost")
    port = os.environ.get("OTEL_EXPORTER_PROMETHEUS_PORT", "9464")
    where = f"{host}:{port}"
    try:
        with socket.create_server((host, int(port))):
            return ok("metrics", f"prometheus: to be scraped from http://{where}/metrics")
    except (OSError, ValueError) as error:
        taken = getattr(error, "errno", None) == errno.EADDRINUSE
        reason = (
            "is in use, by your program or by another one" if taken else f"cannot be listened at: {error}"
        )
        return warning("metrics", f"prometheus: {where} {reason}", "set OTEL_EXPORTER_PROMETHEUS_PORT")


def _otlp(signal: str, name: str) -> Finding | Endpoint:
    given = os.environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL") or os.environ.get(
        "OTEL_EXPORTER_OTLP_PROTOCOL"
    )
    protocol = (given or "grpc").strip()
    # The long names say themselves which one is meant.
    protocol = next((each for each, long in _PROTOCOLS.items() if long == name), protocol)
    if protocol not in _PROTOCOLS:
        return problem(
            signal,
            f"OTLP over {protocol} is not offered: OpenTelemetry's set-up fails, and nothing is exported",
            f"set OTEL_EXPORTER_OTLP_PROTOCOL to one of {', '.join(_PROTOCOLS)}",
        )
    if not entry_points(group=f"opentelemetry_{signal}_exporter", name=_PROTOCOLS[protocol]):
        return problem(
            signal,
            f"OTLP over {protocol} is asked for and not installed: nothing is exported",
            f'pip install "spanwright[otlp]", {_TREE}',
        )
    return endpoint(signal, protocol)


def _answers(wanted: list[Endpoint]) -> Iterator[Finding]:
    """Ask each endpoint; where one does not answer at all, the signals that go there are told of together."""
    silent: dict[str, tuple[list[str], Verdict]] = {}
    for each in wanted:
        where = f"{each.protocol} {each.address}"
        if where in silent:
            silent[where][0].append(each.signal)
            continue
        verdict = each.ask()
        if verdict.silent:
            silent[where] = [each.signal], verdict
        else:
            yield _judged(each.signal, f"OTLP over {each.protocol} to {each.shown}: {verdict.text}", verdict)
    for where, (signals, verdict) in silent.items():
        yield _judged(", ".join(signals), f"OTLP over {where}: {verdict.text}", verdict)


def _judged(signals: str, text: str, verdict: Verdict) -> Finding:
    if verdict.remedy is None:
        return ok(signals, text)
    remedy = f"{verdict.remedy}, {_TREE}" if verdict.silent else verdict.remedy
    if verdict.refused and "traces" not in signals:
        remedy = f"set OTEL_{signals.upper()}_EXPORTER=none, if the backend takes none"
    lost = verdict.lost and "traces" in signals
    return Finding(Level.PROBLEM if lost else Level.WARNING, signals, text, remedy)
