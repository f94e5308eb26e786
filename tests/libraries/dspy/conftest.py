# SPDX-License-Identifier: Apache-2.0
"""DSPy instrumented together with LiteLLM and the OpenAI SDK, and language models that ask the reference provider."""

from __future__ import annotations

import os

# Prices are asked of GitHub otherwise.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import dspy
import litellm
import pytest
from opentelemetry.instrumentation.threading import ThreadingInstrumentor

from alike.runs import quiet  # noqa: F401 - it runs of itself
from spanwright.console.provider import Reply
from spanwright.instrumentors.dspy import DSPyInstrumentor
from spanwright.instrumentors.litellm import LiteLLMInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness import Recorder
    from spanwright.console.provider import Provider

VERSION = tuple(int(part) for part in version("dspy").split(".")[:2])
OWN_ENGINE = VERSION >= (3, 4)
_CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with DSPy and what it may call inside instrumented, content off."""
    recorder.instrument(DSPyInstrumentor(), LiteLLMInstrumentor(), OpenAIInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with DSPy and what it may call inside instrumented, content on spans."""
    recorder.instrument(DSPyInstrumentor(), LiteLLMInstrumentor(), OpenAIInstrumentor(), **{_CAPTURE: "true"})
    return recorder


@pytest.fixture
def alone(recorder: Recorder) -> Recorder:
    """Return the recorder with nothing but DSPy instrumented, content on spans."""
    recorder.instrument(DSPyInstrumentor(), **{_CAPTURE: "true"})
    return recorder


@pytest.fixture
def make(provider: Provider) -> Callable[..., dspy.LM]:
    """Return a maker of language models that ask the reference provider, and no cache."""

    def made(model: str = "openai/gpt-4o-mini", **settings: Any) -> dspy.LM:
        told = {"api_base": provider.base_url, "api_key": "test", "cache": False, "num_retries": 0}
        return dspy.LM(model, **{**told, **settings})

    return made


@pytest.fixture
def lm(make: Callable[..., dspy.LM]) -> Iterator[dspy.LM]:
    """Return the language model that programs ask."""
    made = make()
    with dspy.context(lm=made):
        yield made


@pytest.fixture
def threads() -> Iterator[None]:
    """Let threads know what is current, as the pack has it done."""
    ThreadingInstrumentor().instrument()
    yield
    ThreadingInstrumentor().uninstrument()


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Let no answer and no client of one test reach the next; asynchronous clients belong to one loop."""
    dspy.configure_cache(enable_disk_cache=False)
    litellm.in_memory_llm_clients_cache.flush_cache()
    yield
    litellm.in_memory_llm_clients_cache.flush_cache()


def said(**outputs: str) -> Reply:
    """Return an answer in the form that DSPy's adapter asks for."""
    parts = [f"[[ ## {name} ## ]]\n{value}" for name, value in outputs.items()]
    return Reply("\n\n".join([*parts, "[[ ## completed ## ]]"]))


def calls(tool: str, arguments: str = "{}") -> Reply:
    """Return an answer that asks for a tool."""
    return said(next_thought="Let me look.", next_tool_name=tool, next_tool_args=arguments)
