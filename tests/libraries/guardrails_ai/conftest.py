# SPDX-License-Identifier: Apache-2.0
"""Guardrails instrumented together with LiteLLM and the OpenAI SDK: guards that ask the reference provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from guardrails import AsyncGuard, Guard
from guardrails.utils.hub_telemetry_utils import HubTelemetry
from guardrails.validators import FailResult, PassResult, Validator, register_validator
from opentelemetry import trace

from alike.runs import quiet  # noqa: F401 - it runs of itself
from spanwright.instrumentors.guardrails_ai import GuardrailsInstrumentor
from spanwright.instrumentors.litellm import LiteLLMInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.console.provider import Provider

# Its maker is told of every call otherwise, of some even where the settings say no.
HubTelemetry()._tracer = None

ASK = [{"role": "user", "content": "What is the weather in Lisbon?"}]


@register_validator(name="test/short-enough", data_type="string")
class ShortEnough(Validator):
    """Passes what is short enough; `ask` is called with each value, on the thread that validates."""

    def __init__(self, most: int = 1000, ask: Any = None, on_fail: Any = None) -> None:
        super().__init__(on_fail=on_fail, most=most)
        self._most, self._ask = most, ask

    def _validate(self, value: Any, metadata: Any) -> Any:
        del metadata
        if self._ask is not None:
            self._ask(value)
        if len(value) <= self._most:
            return PassResult()
        return FailResult(error_message=f"{value} is too long", fix_value=value[: self._most])


def guarded(kind: Any = Guard, name: str | None = "brief", **settings: Any) -> Any:
    """Return a guard with one validator."""
    guard = kind(name=name) if name is not None else kind()
    return guard.use(ShortEnough(**settings))


def aguarded(**settings: Any) -> Any:
    """Return its asynchronous twin."""
    return guarded(AsyncGuard, **settings)


@pytest.fixture
def at(provider: Provider) -> dict[str, Any]:
    """Return the arguments with which LiteLLM asks the reference provider."""
    return {
        "model": "openai/gpt-4o-mini",
        "api_base": provider.base_url,
        "api_key": "test",
        "max_retries": 0,
        "messages": ASK,
    }


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with all layers instrumented, content off."""
    recorder.instrument(GuardrailsInstrumentor(), LiteLLMInstrumentor(), OpenAIInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with all layers instrumented, content on spans."""
    layers = GuardrailsInstrumentor(), LiteLLMInstrumentor(), OpenAIInstrumentor()
    recorder.instrument(*layers, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true")
    return recorder


@pytest.fixture
def reported(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Return the recorder, to which the whole process reports, as it does where nothing else is set."""
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", recorder.tracer_provider)
    return recorder
