# SPDX-License-Identifier: Apache-2.0
"""A server that speaks on its standard output, and writes its spans to a file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from files import tracing

from spanwright.instrumentors.mcp import McpInstrumentor

provider = tracing()
if os.environ.get("TRACED", "1") == "1":
    McpInstrumentor().instrument(tracer_provider=provider)

from servers import application

application().run("stdio")
