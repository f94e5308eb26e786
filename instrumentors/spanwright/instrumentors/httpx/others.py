# SPDX-License-Identifier: Apache-2.0
"""Whether another instrumentation traces the same HTTP client: two spans for one attempt help nobody."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_CONTRIB = "opentelemetry.instrumentation.httpx"
_LOADER = "opentelemetry.instrumentation.auto_instrumentation"
_INSTRUMENTORS = {"httpx": "HTTPXClientInstrumentor", "httpx2": "HTTPX2ClientInstrumentor"}


def traced_by_contrib(module: str) -> bool:
    """Return whether `opentelemetry-instrumentation-httpx` traces `module`, or will when its turn comes.

    Under `opentelemetry-instrument` the order of the entry points is undefined, so being installed and not
    disabled counts; its entry points are named like the modules. Elsewhere only what the application has
    switched on counts.
    """
    loaded: Any = sys.modules.get(_CONTRIB)
    if loaded is not None:
        instrumentor = getattr(loaded, _INSTRUMENTORS[module], None)
        if instrumentor is not None and instrumentor().is_instrumented_by_opentelemetry:
            return True
    if _LOADER not in sys.modules or module in _disabled():
        return False
    spec = find_spec(_CONTRIB)
    if spec is None or spec.origin is None:
        return False
    return module == "httpx" or _knows_httpx2(Path(spec.origin))


def _disabled() -> list[str]:
    return [name.strip() for name in os.environ.get("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "").split(",")]


def _knows_httpx2(origin: Path) -> bool:
    """Read its small module of facts: importing it would import httpx, its metadata costs more to parse."""
    try:
        return "httpx2" in origin.with_name("package.py").read_text("utf-8")
    except OSError:
        return False
