# SPDX-License-Identifier: Apache-2.0
"""Guards of Guardrails, which ask models through LiteLLM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guardrails import Guard
from guardrails.utils.hub_telemetry_utils import HubTelemetry

if TYPE_CHECKING:
    from spanwright.console.provider import Provider

# Its maker is told of every call otherwise.
HubTelemetry()._tracer = None
# The framework has no notion of its own of a model call.
LEFT = ("litellm",)


def litellm(provider: Provider) -> Any:
    place = {"api_base": provider.base_url, "api_key": "test"}
    return {"model": "openai/gpt-4o-mini", **place, "messages": [{"role": "user", "content": "hi"}]}


def whole(told: Any) -> None:
    Guard(name="brief")(**told)


def streamed(told: Any) -> None:
    for _ in Guard(name="brief")(**told, stream=True, stream_options={"include_usage": True}):
        pass


WAYS = {whole: 1, streamed: 1}
