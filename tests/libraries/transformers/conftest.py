# SPDX-License-Identifier: Apache-2.0
"""Pipelines of tiny models, and a recorder with transformers instrumented."""

from __future__ import annotations

import os

# Nothing is asked of the hub, not even whether a file is there.
os.environ["HF_HUB_OFFLINE"] = "1"

from typing import TYPE_CHECKING, Any

import pytest
from transformers import pipeline

from spanwright.instrumentors.transformers import TransformersInstrumentor

if TYPE_CHECKING:
    from harness import Recorder

from libraries.transformers import tiny

CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
# Greedy, so that a model says the same twice.
GREEDY: dict[str, Any] = {"do_sample": False, "max_new_tokens": 5}


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with transformers instrumented, content off."""
    recorder.instrument(TransformersInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with transformers instrumented, content on spans."""
    recorder.instrument(TransformersInstrumentor(), **{CAPTURE: "SPAN_ONLY"})
    return recorder


@pytest.fixture
def speak() -> Any:
    """Return a pipeline that continues texts, made before anything is instrumented."""
    return pipeline("text-generation", model=tiny.speaker(), tokenizer=tiny.tokenizer(), device="cpu")


@pytest.fixture
def embed() -> Any:
    """Return a pipeline that makes vectors."""
    return pipeline("feature-extraction", model=tiny.embedder(), tokenizer=tiny.tokenizer(), device="cpu")
