# SPDX-License-Identifier: Apache-2.0
"""The SDK's own tracing, which an application switches on with `AIInferenceInstrumentor`: one inference span a call.

It wraps the method that we trace, from the outside or from the inside as the order of switching on has it, and asks
Azure's settings at each call whether there is a tracing library. There it is told that there is none while we trace the
call ourselves: so there is one span, in the current conventions and with content as our switch says. The settings are
not touched, and whatever else asks them (the HTTP spans of Azure's core among them) gets what the application has set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

    from spanwright.instrumentors._kernel.telemetry import Telemetry


class Native:
    """Puts the settings that the SDK's tracing asks behind ours, and puts them back."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._placed: tuple[ModuleType, _Settings] | None = None

    def place(self, module: ModuleType) -> None:
        """Stand in for the module's name of the settings."""
        ours = _Settings(vars(module)["settings"], self._telemetry)
        vars(module)["settings"] = ours
        self._placed = module, ours

    def remove(self) -> None:
        """Put the settings back, unless somebody else has put theirs there."""
        placed, self._placed = self._placed, None
        if placed is not None and vars(placed[0]).get("settings") is placed[1]:
            vars(placed[0])["settings"] = placed[1].inner


class _Settings:
    """Azure's settings, as the SDK's tracing sees them."""

    __slots__ = ("_telemetry", "inner")

    def __init__(self, inner: Any, telemetry: Telemetry) -> None:
        self.inner = inner
        self._telemetry = telemetry

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def tracing_implementation(self) -> Any:
        """Return nothing while we trace the calls, else what the application has chosen."""
        return None if self._telemetry.enabled else self.inner.tracing_implementation()
