# SPDX-License-Identifier: Apache-2.0
"""What is kept of each call: content and where it stands, the names of the metrics, and where trace context goes."""

from __future__ import annotations

import os
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from spanwright.console.doctor import variables
from spanwright.console.doctor.findings import Finding, note, ok, warning
from spanwright.console.doctor.libraries import installed_version
from spanwright.instrumentors._kernel import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_REDACTORS = "spanwright_redactor"
_METRICS = {
    "compat": "gen_ai.client.operation.duration and gen_ai.client.token.usage, the names of today's dashboards",
    "latest": "the names of October 2026",
    "both": "today's names and those of October 2026, each call counted under both",
}


def findings() -> Iterator[Finding]:
    """Tell what the settings of this environment mean."""
    found, _ = variables.read()
    yield _content(found)
    yield from _rules(found)
    if found.content and found.content_limit < settings.DEFAULT_LIMIT:
        yield note("content limit", f"attributes are cut at {found.content_limit:,} characters of JSON")
    yield ok("metric profile", f"{found.metrics}: {_METRICS[found.metrics]}")
    if found.chunk_metrics:
        yield note("chunk metrics", "on: a point for each chunk of each stream")
    if found.strict:
        yield warning(
            settings.STRICT, "raises spanwright's own mistakes into your program", f"unset {settings.STRICT}"
        )
    if found.dialects:
        yield note(
            "dialects", f"attributes of {' and '.join(found.dialects)} stand beside the conventions' own"
        )
    yield from _cost(found)
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


def _rules(found: settings.Settings) -> Iterator[Finding]:
    """Tell what is hidden in content, and by whom."""
    given = [os.environ[name] for name in (settings.REDACT, settings.REDACT_PATTERNS) if os.environ.get(name)]
    rules = [each.strip() for each in os.environ.get(settings.REDACTORS, "").split(",") if each.strip()]
    known = {each.name for each in entry_points(group=_REDACTORS)}
    lacking = [name for name in rules if name not in known]
    if lacking:
        for name in lacking:
            yield warning(
                "redaction",
                f"no entry point of the group {_REDACTORS} is called {name}: all content is withheld",
                "install what brings it" + (f"; there is {', '.join(sorted(known))}" if known else ""),
            )
    elif given or rules:
        yield ok("redaction", f"by {', '.join([*given, *rules])}, before anything is written")
    elif found.content:
        yield note("redaction", "none", f"{settings.REDACT}=secrets,pii hides keys, addresses and numbers")


def _cost(found: settings.Settings) -> Iterator[Finding]:
    if not found.cost:
        return
    prices = installed_version("genai-prices")
    if prices is None:
        yield warning(
            "cost", f"{settings.COST} is set, and there are no prices", 'pip install "spanwright[cost]"'
        )
    else:
        yield ok("cost", f"by the prices of genai-prices {prices}")


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
