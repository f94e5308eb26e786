# SPDX-License-Identifier: Apache-2.0
"""Writes the Grafana dashboards, one for each metric profile; both are the same but for the names of the metrics.

uv run python docs/backends/dashboards.py [--check]
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "grafana"
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_WINDOW = '{job=~"$job"%s}[$__rate_interval]'
_WIDTH, _HEIGHT = 24, 8


@dataclass(frozen=True)
class Panel:
    """One picture: its queries with their legends."""

    title: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    kind: str = "timeseries"
    width: int = 8


def rate(metric: str, by: str = "", where: str = "") -> str:
    """Return the query of a sum of rates."""
    grouped = f" by ({by})" if by else ""
    return f"sum{grouped} (rate({metric}{_WINDOW % where}))"


def quantile(metric: str, by: str, share: float = 0.95) -> str:
    """Return the query of a quantile of a histogram."""
    return f"histogram_quantile({share}, {rate(f'{metric}_bucket', f'le, {by}')})"


def mean(metric: str, by: str) -> str:
    """Return the query of a histogram's mean."""
    return f"{rate(f'{metric}_sum', by)} / {rate(f'{metric}_count', by)}"


def failures(metric: str) -> str:
    """Return the query of the share that failed, 0 where nothing ever did."""
    failed = rate(f"{metric}_count", where=', error_type!=""')
    return f"({failed} or vector(0)) / {rate(f'{metric}_count')}"


def tokens(profile: str, by: str) -> tuple[tuple[str, str], ...]:
    """Return the queries of input and output tokens, which are one histogram or two counters."""
    legend = f"{{{{{by}}}}} " if by else ""
    if profile == "compat":
        metric = "gen_ai_client_token_usage_sum"
        return tuple(
            (rate(metric, by, f', gen_ai_token_type="{end}"'), f"{legend}{end}")
            for end in ("input", "output")
        )
    metrics = {end: f"gen_ai_client_inference_usage_{end}_tokens_total" for end in ("input", "output")}
    return tuple((rate(metric, by), f"{legend}{end}") for end, metric in metrics.items())


def panels(profile: str) -> list[Panel]:
    """Return what a dashboard shows, from left to right and from top to bottom."""
    other = "gen_ai_client_operation_duration_seconds"
    call = "gen_ai_client_inference_duration_seconds" if profile == "latest" else other
    kind = "inference" if profile == "latest" else "operation"
    first = f"gen_ai_client_{kind}_time_to_first_chunk_seconds"
    agent, tool = "gen_ai_invoke_agent_duration_seconds", "gen_ai_execute_tool_duration_seconds"
    model, agents, tools = "gen_ai_request_model", "gen_ai_agent_name", "gen_ai_tool_name"
    calls = {call: None, other: None}
    return [
        Panel("Model calls per second", "reqps", ((rate(f"{call}_count"), "calls"),), "stat", 6),
        Panel("Model calls that fail", "percentunit", ((failures(call), "failed"),), "stat", 6),
        Panel("Tokens per second", "short", tokens(profile, ""), "stat", 6),
        Panel("Agent runs per second", "reqps", ((rate(f"{agent}_count"), "runs"),), "stat", 6),
        Panel(
            "Calls by operation and model",
            "reqps",
            tuple(
                (
                    rate(f"{each}_count", f"gen_ai_operation_name, {model}"),
                    f"{{{{gen_ai_operation_name}}}} {{{{{model}}}}}",
                )
                for each in calls
            ),
        ),
        Panel(
            "How long model calls take",
            "s",
            tuple(
                (quantile(call, model, share), f"{{{{{model}}}}} p{share * 100:.0f}") for share in (0.5, 0.95)
            ),
        ),
        Panel("Time to the first chunk, p95", "s", ((quantile(first, model), f"{{{{{model}}}}}"),)),
        Panel("Tokens by model", "short", tokens(profile, model)),
        Panel(
            "Errors by type",
            "reqps",
            tuple(
                (rate(f"{each}_count", "error_type", ', error_type!=""'), "{{error_type}}") for each in calls
            ),
        ),
        Panel(
            "HTTP requests, p95",
            "s",
            ((quantile("http_client_request_duration_seconds", "server_address"), "{{server_address}}"),),
        ),
        Panel("How long agents take, p95", "s", ((quantile(agent, agents), f"{{{{{agents}}}}}"),)),
        Panel(
            "Steps of an agent's run, mean",
            "short",
            (
                (mean("gen_ai_invoke_agent_inference_calls", agents), f"{{{{{agents}}}}} model calls"),
                (mean("gen_ai_invoke_agent_tool_calls", agents), f"{{{{{agents}}}}} tool calls"),
            ),
        ),
        Panel("How long tools take, p95", "s", ((quantile(tool, tools), f"{{{{{tools}}}}}"),)),
    ]


def dashboard(profile: str) -> dict[str, Any]:
    """Return a dashboard as Grafana imports it."""
    shown: list[dict[str, Any]] = []
    x = y = 0
    for number, panel in enumerate(panels(profile), 1):
        height = _HEIGHT // 2 if panel.kind == "stat" else _HEIGHT
        shown.append(_drawn(panel, number, {"h": height, "w": panel.width, "x": x, "y": y}))
        x += panel.width
        if x >= _WIDTH:
            x, y = 0, y + height
    return {
        "title": f"LLM applications ({profile})",
        "uid": f"spanwright-{profile}",
        "tags": ["opentelemetry", "gen_ai"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": _variables()},
        "panels": shown,
    }


def _drawn(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    return {
        "id": number,
        "title": panel.title,
        "type": panel.kind,
        "gridPos": place,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + index), "datasource": _SOURCE, "expr": query, "legendFormat": legend}
            for index, (query, legend) in enumerate(panel.queries)
        ],
    }


def _variables() -> list[dict[str, Any]]:
    # Of whatever there is: a program may call models, or only tools, and each profile has names of its own.
    query = 'label_values({__name__=~"gen_ai_.+"}, job)'
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
        {
            "name": "job",
            "label": "Job",
            "type": "query",
            "datasource": _SOURCE,
            "query": query,
            "refresh": 2,
            "includeAll": True,
            "multi": True,
            "allValue": ".*",
            "current": {"text": "All", "value": "$__all"},
        },
    ]


def main() -> int:
    """Write the dashboards, or with `--check` tell by 1 that one is stale."""
    stale = 0
    for profile in ("compat", "latest"):
        file = _FOLDER / f"spanwright-{profile}.json"
        fresh = json.dumps(dashboard(profile), indent=2) + "\n"
        if "--check" in sys.argv:
            if not file.is_file() or file.read_text("utf-8") != fresh:
                print(f"{file.name} is stale; run `uv run python docs/backends/dashboards.py`")
                stale = 1
        else:
            file.write_text(fresh, "utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main())
