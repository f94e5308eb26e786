# SPDX-License-Identifier: Apache-2.0
"""The Claude Agent SDK with a small program in the place of Claude Code."""

from __future__ import annotations

import logging
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from libraries.claude_agent_sdk.playing import Play
from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors.claude_agent_sdk import ClaudeAgentSdkInstrumentor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness import Recorder


VERSION = tuple(int(part) for part in version("claude-agent-sdk").split(".")[:2])
# The first versions of the SDK leave their streams unclosed.
UNCLOSED = "ignore:.*MemoryObject(Receive|Send)Stream:pytest.PytestUnraisableExceptionWarning"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items if VERSION < (0, 2) else ():
        item.add_marker(pytest.mark.filterwarnings(UNCLOSED))


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Return the program, to be given its turns."""
    return Play(tmp_path)


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with the SDK instrumented, content off."""
    recorder.instrument(ClaudeAgentSdkInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with the SDK instrumented, content on spans."""
    recorder.instrument(
        ClaudeAgentSdkInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true"
    )
    return recorder


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing is printed, nothing is logged by OpenTelemetry or by us, and nothing stays open."""
    with caplog.at_level(logging.WARNING):
        yield
    watched = ("opentelemetry", "spanwright")
    assert [r.getMessage() for r in caplog.get_records("call") if r.name.startswith(watched)] == []
    assert capsys.readouterr().out == ""
    assert not ending._open
