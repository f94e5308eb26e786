# SPDX-License-Identifier: Apache-2.0
"""The SDK's own tracing, which an application switches on with `AIInferenceInstrumentor`: one inference span a call.

It wraps the method that we trace, from the outside or from the inside as the order of switching on has it, and asks
Azure's settings at each call whether there is a tracing library. There it is told that there is none while we trace the
call ourselves: so there is one span, in the current conventions and with content as our switch says. The settings are
not touched, and whatever else asks them (the HTTP spans of Azure's core among them) gets what the application has set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._families.swaps import Swap

if TYPE_CHECKING:
    from spanwright.instrumentors._kernel.telemetry import Telemetry


def swap(telemetry: Telemetry) -> Swap:
    """Put the settings that the SDK's tracing asks behind ours."""
    lost = "its own tracing may have a second span for a call"
    return Swap("settings", lambda before: _Settings(before, telemetry), lost=lost)


class _Settings:
    """Azure's settings, as the SDK's tracing sees them."""

    __slots__ = ("_inner", "_telemetry")

    def __init__(self, inner: Any, telemetry: Telemetry) -> None:
        self._inner = inner
        self._telemetry = telemetry

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def tracing_implementation(self) -> Any:
        """Return nothing while we trace the calls, else what the application has chosen."""
        return None if self._telemetry.enabled else self._inner.tracing_implementation()
