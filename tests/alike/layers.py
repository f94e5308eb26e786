# SPDX-License-Identifier: Apache-2.0
"""The fixtures of a framework's tests that say what is instrumented: the framework and the OpenAI SDK, or it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.instrumentors._kernel.instrumentor import Instrumentor

_SHOWN = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true"}


@pytest.fixture
def traced(recorder: Recorder, instrumentor: type[Instrumentor]) -> Recorder:
    """Return the recorder with the framework and OpenAI instrumented, content off."""
    recorder.instrument(instrumentor(), OpenAIInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder, instrumentor: type[Instrumentor]) -> Recorder:
    """Return the recorder with the framework and OpenAI instrumented, content on spans."""
    recorder.instrument(instrumentor(), OpenAIInstrumentor(), **_SHOWN)
    return recorder


@pytest.fixture
def alone(recorder: Recorder, instrumentor: type[Instrumentor]) -> Recorder:
    """Return the recorder with nothing but the framework instrumented, content on spans."""
    recorder.instrument(instrumentor(), **_SHOWN)
    return recorder
