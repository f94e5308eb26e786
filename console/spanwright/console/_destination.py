# SPDX-License-Identifier: Apache-2.0
"""Where the telemetry of a run goes besides its file: nowhere, unless somebody says so."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SIGNALS = ("traces", "metrics", "logs")
_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
# The name `otlp` means one of these, which is what the SDK looks for.
_PROTOCOLS = {"": "otlp_proto_grpc", "grpc": "otlp_proto_grpc", "http/protobuf": "otlp_proto_http"}


class Refused(Exception):  # noqa: N818 - it is no error of ours
    """Says what of the command line cannot be done."""


def exporters(environ: Mapping[str, str], asked: str | None, say: Callable[[str], None]) -> dict[str, str]:
    """Return the variables that name the exporters: those asked for, else those of the environment, else OTLP.

    OTLP is chosen when an endpoint is set, and left out with a word when what speaks it is not installed.
    """
    known = {signal: _known(signal) for signal in _SIGNALS}
    if asked is not None:
        _check(asked, known)
    chosen: dict[str, str] = {}
    missing = False
    for signal in _SIGNALS:
        variable = f"OTEL_{signal.upper()}_EXPORTER"
        if asked is not None:
            # A name can be one of metrics alone, as `prometheus` is.
            found = ",".join(
                name for name in _names(asked) if _resolved(name, signal, environ) in known[signal]
            )
        elif given := environ.get(variable, "").strip():
            found = given
        elif environ.get(_ENDPOINT) or environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT"):
            here = _resolved("otlp", signal, environ) in known[signal]
            found, missing = ("otlp" if here else ""), missing or not here
        else:
            found = ""
        chosen[variable] = found or "none"
    if missing:
        say('an OTLP endpoint is set, but nothing is sent there: pip install "spanwright[otlp]"')
    return chosen


def _check(asked: str, known: Mapping[str, set[str]]) -> None:
    everywhere = set[str]().union(*known.values())
    for name in _names(asked):
        if name not in everywhere and not (name == "otlp" and everywhere & set(_PROTOCOLS.values())):
            message = f"--exporter {name}: there is none of that name, but {', '.join(sorted(everywhere))}"
            raise Refused(message)


def _names(asked: str) -> list[str]:
    return [name.strip() for name in asked.split(",") if name.strip() not in {"", "none"}]


def _resolved(name: str, signal: str, environ: Mapping[str, str]) -> str:
    if name != "otlp":
        return name
    protocol = environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL") or environ.get(
        "OTEL_EXPORTER_OTLP_PROTOCOL"
    )
    return _PROTOCOLS.get((protocol or "").strip(), "otlp")


def _known(signal: str) -> set[str]:
    return {found.name for found in entry_points(group=f"opentelemetry_{signal}_exporter")}
