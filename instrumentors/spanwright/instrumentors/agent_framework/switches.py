# SPDX-License-Identifier: Apache-2.0
"""The framework's switches while we trace: its spans are on, its content as our switch says, its copies of both off.

What the application has switched itself is not written to, and `disable_instrumentation()` is obeyed.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, cast

from spanwright.instrumentors._kernel.guard import guard

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_DISTRIBUTION = "agent-framework-core"
_SOUND = [1, 10]


class Switches:
    """What stands in front of the class of the framework's settings."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._owner: Any = None
        self._settings: Any = None
        self._before: dict[str, Any] = {}

    def place(self, module: ModuleType) -> None:
        """Put properties of ours before those of the settings that exist in this version."""
        self._owner, self._settings = module.ObservabilitySettings, module.OBSERVABILITY_SETTINGS
        given: dict[str, Callable[[Any], bool]] = {
            "ENABLED": _is_on,
            "SENSITIVE_DATA_ENABLED": lambda settings: guard(self._tells, settings) or False,
            "use_latest_experimental_gen_ai_semconv": lambda _: True,
        }
        if _breaks():
            del given["ENABLED"]
        held = cast("dict[str, Any]", vars(self._owner))
        for name, answer in given.items():
            if isinstance(held.get(name), property):
                self._before[name] = held[name]
                setattr(self._owner, name, property(answer))

    def remove(self) -> None:
        """Put the framework's own back."""
        for name, before in self._before.items():
            setattr(self._owner, name, before)
        self._before.clear()

    def counted(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> None:
        """Record nothing of a failed call, of which we have recorded it."""
        del wrapped, instance, args, kwargs

    def events(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Emit the framework's events of messages if the application has asked for them itself."""
        del instance
        return wrapped(*args, **kwargs) if guard(self._asked) else None

    def _tells(self, settings: Any) -> bool:
        return _is_on(settings) and self._telemetry.settings.content

    def _asked(self) -> bool:
        settings = self._settings
        return bool(settings.enable_instrumentation and settings.enable_sensitive_data)


def _breaks() -> bool:
    """Tell versions whose tracing raises in runs that are gathered or streamed across tasks; on there by choice alone."""
    try:
        found = [int(part) for part in version(_DISTRIBUTION).split(".")[:2]]
    except (PackageNotFoundError, ValueError):
        return True
    return found < _SOUND


def _is_on(settings: Any) -> bool:
    return not getattr(settings, "_user_disabled", False)
