# SPDX-License-Identifier: Apache-2.0
"""MCP instrumented before its transports are imported, content off or on, and nothing logged meanwhile."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.version import Version

sys.path.insert(0, str(Path(__file__).parent))

from alike.runs import quiet  # noqa: F401 - it runs of itself
from spanwright.instrumentors.mcp import McpInstrumentor

if TYPE_CHECKING:
    from harness import Recorder


collect_ignore = ["test_mcp_first.py"] if Version(version("mcp")) >= Version("2") else []


def pytest_configure(config: pytest.Config) -> None:
    """The oldest SDK leaves streams of its own unclosed when a server stops, to be found at any later time."""
    if Version(version("mcp")) < Version("1.10"):
        config.addinivalue_line("filterwarnings", "ignore::pytest.PytestUnraisableExceptionWarning")
        config.addinivalue_line("filterwarnings", "ignore:Unclosed:ResourceWarning")


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with MCP instrumented, content off."""
    recorder.instrument(McpInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with MCP instrumented, content on spans."""
    recorder.instrument(McpInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true")
    return recorder


@pytest.fixture
def app() -> Any:
    """Return a new server."""
    from servers import application

    return application()
