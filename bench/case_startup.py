# SPDX-License-Identifier: Apache-2.0
"""Start-up: `opentelemetry-instrument python -c pass` with the pack against the same without its instrumentors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from figures import Bench

_OURS = "spanwright_openai,spanwright_httpx,spanwright_langchain"
_LIBRARIES = ("openai", "httpx", "httpx2", "langchain_core", "langgraph")
_PROBE = (
    "import sys, json, resource as r; u = r.getrusage(r.RUSAGE_SELF);"
    "peak = next(l for l in open('/proc/self/status') if l.startswith('VmHWM'));"
    "print(json.dumps([(u.ru_utime + u.ru_stime) * 1000, int(peak.split()[1]) / 1024, len(sys.modules), sorted(sys.modules)]))"
)


def _start(disabled: str) -> list[Any]:
    environ = {
        **os.environ,
        "OTEL_TRACES_EXPORTER": "none",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": disabled,
    }
    command = [str(Path(sys.executable).with_name("opentelemetry-instrument")), sys.executable, "-c", _PROBE]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    found: list[Any] = json.loads(done.stdout)
    return found


def run(bench: Bench) -> None:
    """Start both in turns; the quietest third counts."""
    bare, ours = [], []
    for _ in range(6 if bench.turns < 20 else 15):
        bare.append(_start(_OURS))
        ours.append(_start(""))
    loaded = [name for name in _LIBRARIES if name in ours[-1][3]]
    cpu, memory, modules = (
        (_quiet([row[i] for row in bare]), _quiet([row[i] for row in ours])) for i in range(3)
    )
    grown = cpu[1] - cpu[0]
    bench.add(
        "start-up, CPU",
        f"{cpu[0]:.0f} ms",
        "-",
        f"+{grown:.0f} ms",
        f"{grown:.0f} ms (limit 50) {_ok(grown <= 50)}",
    )
    grown = memory[1] - memory[0]
    verdict = f"{grown:.1f} MB (limit 5) {_ok(grown <= 5)}"
    bench.add("start-up, memory", f"{memory[0]:.0f} MB", "-", f"+{grown:.1f} MB", verdict)
    verdict = f"libraries loaded: {', '.join(loaded) or 'none'} {_ok(not loaded)}"
    bench.add("start-up, modules", f"{modules[0]:.0f}", "-", f"+{modules[1] - modules[0]:.0f}", verdict)


def _quiet(values: list[float]) -> float:
    return median(sorted(values)[: max(len(values) // 3, 1)])


def _ok(good: bool) -> str:
    return "ok" if good else "ABOVE"
