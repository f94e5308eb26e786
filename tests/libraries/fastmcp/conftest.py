# SPDX-License-Identifier: Apache-2.0
"""FastMCP instrumented together with the protocol, and its own tracer reporting to the same recorder."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import fastmcp
import pytest
from packaging.version import Version

from alike.runs import quiet  # noqa: F401 - it runs of itself
from spanwright.instrumentors.fastmcp import FastMcpInstrumentor
from spanwright.instrumentors.mcp import McpInstrumentor

if TYPE_CHECKING:
    from harness import Recorder

NATIVE = Version(version("fastmcp")) >= Version("3")
collect_ignore = [] if NATIVE else ["test_fastmcp_native.py"]


@pytest.fixture
def native(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Return the recorder as the provider that FastMCP and the protocol's SDK report to themselves."""

    def tracer(name: str, *args: Any, **kwargs: Any) -> Any:
        return recorder.tracer_provider.get_tracer(name, *args, **kwargs)

    if NATIVE:
        monkeypatch.setattr("fastmcp.telemetry.otel_get_tracer", tracer)
    try:
        from mcp.shared import _otel
    except ImportError:
        return recorder
    monkeypatch.setattr(_otel, "_tracer", tracer("mcp-python-sdk"))
    return recorder


@pytest.fixture
def traced(native: Recorder) -> Recorder:
    """Return the recorder with FastMCP and the protocol instrumented, content off."""
    native.instrument(McpInstrumentor(), FastMcpInstrumentor())
    return native


@pytest.fixture
def shown(native: Recorder) -> Recorder:
    """Return the recorder with FastMCP and the protocol instrumented, content on spans."""
    native.instrument(
        McpInstrumentor(), FastMcpInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true"
    )
    return native


@pytest.fixture
def app() -> Any:
    """Return a new server."""
    server = fastmcp.FastMCP("weather")

    @server.tool
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    @server.tool
    def fail(text: str) -> str:
        """Fail with what it is given."""
        raise ValueError(text)

    @server.prompt
    def greet(name: str) -> str:
        """Greet somebody."""
        return f"Hello {name}"

    return server
