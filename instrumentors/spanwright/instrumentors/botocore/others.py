# SPDX-License-Identifier: Apache-2.0
"""OpenTelemetry's own botocore instrumentation beside ours: of one model call there is one inference span."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors.botocore.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

# Private, but the only place that decides a call of Bedrock; without it such a call has two inference spans.
MODULE = "opentelemetry.instrumentation.botocore.extensions.bedrock"
METHOD = "_BedrockRuntimeExtension.should_trace_service_call"


def stand_aside(
    wrapped: Callable[..., Any], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Answer for it that it does not trace what we trace; its spans of all other calls remain."""
    called = getattr(getattr(instance, "_call_context", None), "operation", None)
    return False if called in OPERATIONS["bedrock-runtime"] else wrapped(*args, **kwargs)
