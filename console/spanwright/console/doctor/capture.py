# SPDX-License-Identifier: Apache-2.0
"""What is kept of each call: content and where it stands, the names of the metrics, and where trace context goes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from spanwright.console.doctor import variables
from spanwright.console.doctor.findings import Finding, note, ok, warning
from spanwright.instrumentors._kernel import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_METRICS = {
    "compat": "gen_ai.client.operation.duration and gen_ai.client.token.usage, the names of today's dashboards",
    "latest": "the names of October 2026",
    "both": "today's names and those of October 2026, each call counted under both",
}


def findings() -> Iterator[Finding]:
    """Tell what the settings of this environment mean."""
    found, _ = variables.read()
    yield _content(found)
    if found.content and found.content_limit < settings.DEFAULT_LIMIT:
        yield note("content limit", f"attributes are cut at {found.content_limit:,} characters of JSON")
    yield ok("metric profile", f"{found.metrics}: {_METRICS[found.metrics]}")
    if found.chunk_metrics:
        yield note("chunk metrics", "on: a point for each chunk of each stream")
    if found.strict:
        yield warning(
            settings.STRICT, "raises spanwright's own mistakes into your program", f"unset {settings.STRICT}"
        )
    yield from _propagation(found)


def _content(found: settings.Settings) -> Finding:
    places = [
        words
        for on, words in (
            (found.content_on_spans, "in span attributes"),
            (found.content_on_events, "in log events (model calls alone)"),
        )
        if on
    ]
    if not places:
        return ok("content", "not captured: no prompts, answers, arguments or results")
    return note(
        "content", f"captured {' and '.join(places)}: prompts, answers, arguments and results leave here"
    )


def _propagation(found: settings.Settings) -> Iterator[Finding]:
    names = os.environ.get("OTEL_PROPAGATORS", "").strip().lower()
    if names == "none":
        yield warning(
            "propagation", "OTEL_PROPAGATORS=none: traces end at each process", "unset OTEL_PROPAGATORS"
        )
    elif found.propagate_to is None:
        yield ok("propagation", "trace context goes to every host but public model APIs")
    else:
        hosts = ", ".join(found.propagate_to)
        yield note(
            "propagation", f"trace context goes to {hosts} alone" if hosts else "trace context goes nowhere"
        )
    if found.excluded_hosts:
        yield note("excluded hosts", f"no HTTP spans and no headers for {', '.join(found.excluded_hosts)}")
