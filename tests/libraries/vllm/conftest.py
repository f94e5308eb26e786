# SPDX-License-Identifier: Apache-2.0
"""Engines of vLLM with a tiny model, on the processor; each takes a minute to start, so a module has one."""

from __future__ import annotations

import os

# Read when the library is imported: no hub, no telemetry of its own, nothing but this machine, and few processes.
os.environ.update(
    HF_HUB_OFFLINE="1",
    VLLM_NO_USAGE_STATS="1",
    VLLM_HOST_IP="127.0.0.1",
    VLLM_TARGET_DEVICE="cpu",
    VLLM_CPU_KVCACHE_SPACE="1",
    VLLM_ENABLE_V1_MULTIPROCESSING="0",
    VLLM_LOGGING_LEVEL="ERROR",
)

from typing import TYPE_CHECKING, Any

import pytest

from libraries.transformers import tiny
from spanwright.instrumentors.vllm import VLLMInstrumentor

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Recorder

CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
SMALL: dict[str, Any] = {
    "max_model_len": 128,
    "max_num_seqs": 4,
    "max_num_batched_tokens": 256,
    "dtype": "float32",
    "enforce_eager": True,
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return where the tiny model lies."""
    made: Path = tmp_path_factory.mktemp("models") / "tiny"
    tiny.speaker().save_pretrained(made)
    tiny.tokenizer().save_pretrained(made)
    return str(made)


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with vLLM instrumented, content off."""
    recorder.instrument(VLLMInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with vLLM instrumented, content on spans."""
    recorder.instrument(VLLMInstrumentor(), **{CAPTURE: "SPAN_ONLY"})
    return recorder
