# SPDX-License-Identifier: Apache-2.0
"""A server that speaks on its standard output, and writes its spans to the file that `SPANS` names."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

sys.path.insert(0, str(Path(__file__).parent))

from spanwright.instrumentors.mcp import McpInstrumentor


class FileExporter(SpanExporter):
    def export(self, spans):
        with Path(os.environ["SPANS"]).open("a") as file:
            file.writelines(span.to_json(indent=None) + "\n" for span in spans)
        return SpanExportResult.SUCCESS


provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(FileExporter()))
if os.environ.get("TRACED", "1") == "1":
    McpInstrumentor().instrument(tracer_provider=provider)

from servers import application

application().run("stdio")
