# SPDX-License-Identifier: Apache-2.0
"""The library's own spans, which hold all content: silent where they would report to where we do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.trace import get_tracer

from spanwright.instrumentors._families.swaps import Swap
from spanwright.instrumentors._kernel.guard import guard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spanwright.instrumentors._kernel.telemetry import Telemetry

_NAME = "guardrails-ai"
_PACKAGE = "guardrails.telemetry"
_SPANS = ("guard_tracing", "runner_tracing", "validator_tracing", "legacy_validator_tracing")
# These write on whatever span is current, which would be one of ours.
_WRITERS = ("open_inference", "legacy_validator_tracing")


class Natives:
    """Tells whether ours stand in the place of the library's spans now, and has those silent meanwhile."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def swaps(self) -> Iterator[tuple[str, Swap]]:
        """Return what to put into which module: its settings without tracing, so that nothing is even read."""
        for module in _SPANS:
            yield f"{_PACKAGE}.{module}", Swap("settings", lambda before: Settings(before, self))
        for module in _WRITERS:
            yield f"{_PACKAGE}.{module}", Swap("get_span", self._unwritten)

    def _unwritten(self, before: Callable[..., Any]) -> Callable[..., Any]:
        def get_span(*args: Any, **kwargs: Any) -> Any:
            return None if guard(self.is_ours) else before(*args, **kwargs)

        return get_span

    def is_ours(self) -> bool:
        """Tell whether ours are told: not if an application has the library report to another place than ours."""
        if not self._telemetry.enabled:
            return False
        own = get_tracer(_NAME)
        records = getattr(getattr(own, "_tracer", own), "span_processor", None) is not None
        return not records or self._telemetry.shares(own)


class Settings:
    """The library's settings as the modules that trace have them; the application's own stay as they are."""

    def __init__(self, inner: Any, natives: Natives) -> None:
        self._inner = inner
        self._natives = natives

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    @property
    def disable_tracing(self) -> Any:
        """Whether the library is to make no spans."""
        return guard(self._natives.is_ours) or self._inner.disable_tracing
