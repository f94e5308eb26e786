# SPDX-License-Identifier: Apache-2.0
"""The library's settings: where their spans would go to the same place as ours, they get a tracer of ours.

So it does not matter who made them, how and when: an application that has switched the library's tracing on gets one
span a call, as one that has not.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

from opentelemetry.metrics import NoOpMeterProvider

from spanwright.instrumentors._dialects import pydantic_ai_spans as dialect
from spanwright.instrumentors._kernel.guard import guard, mistaken
from spanwright.instrumentors._kernel.native import NativeProvider, NativeTracer

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.native import Told
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.instrumentors.pydantic_ai.leaving import Leaving
    from spanwright.semconv.model import Content, Subject

_MODULE = "pydantic_ai.models.instrumented"
# The format with media in the conventions' words, in which a tool that is put off is no error.
_FORMAT = 5
_COUNTED = ("tokens_histogram", "time_to_first_chunk_histogram")
_ABSENT: Any = object()


class Settings:
    """What stands in front of the class `InstrumentationSettings`."""

    def __init__(self, telemetry: Telemetry, leaving: Leaving) -> None:
        self._telemetry = telemetry
        self._tracer = NativeTracer(telemetry, _subject, _content, leaving.steers)
        self._silence = NoOpMeterProvider().get_meter("spanwright").create_histogram("silence")
        self._owner: Any = None
        self._before: dict[str, Any] = {}

    def place(self, module: ModuleType) -> None:
        """Put a descriptor before each attribute that is to be another one while we trace."""
        self._owner = module.InstrumentationSettings
        given: dict[str, Callable[[Any], Any]] = {
            "tracer": lambda _: self._tracer,
            "include_content": lambda held: held and self._telemetry.settings.content,
            **dict.fromkeys(_COUNTED, lambda _: self._silence),
        }
        for name, given_for in given.items():
            self._before[name] = held = held_by(self._owner).get(name, _ABSENT)
            setattr(self._owner, name, Seen(name, held, self._tracer, self.is_ours, given_for))

    def remove(self) -> None:
        """Show every attribute as it is."""
        for name, held in self._before.items():
            if not isinstance(held_by(self._owner).get(name), Seen):
                continue
            if held is _ABSENT:
                delattr(self._owner, name)
            else:
                setattr(self._owner, name, held)
        self._before.clear()

    def is_ours(self, settings: Any) -> bool:
        """Tell whether the spans of these settings are ours, or would go where ours go."""
        tracer = held_by(settings).get("tracer")
        return tracer is self._tracer or self._telemetry.shares(tracer)

    def made(self) -> Any:
        """Return settings for whoever has none."""
        make = getattr(sys.modules[_MODULE], "InstrumentationSettings")  # noqa: B009 - of a module that is any
        given = {"tracer_provider": NativeProvider(self._tracer), "meter_provider": NoOpMeterProvider()}
        try:
            return make(**given, version=_FORMAT)
        except ValueError:
            return make(**given)

    def handle_messages(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Leave out the work on messages that nobody is to see."""
        return None if guard(self._is_unseen, instance) else wrapped(*args, **kwargs)

    def is_stale(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Warn of nothing that the library looks for because we have switched its tracing on."""
        del instance
        return False if args and guard(self._is_switched, args[0]) else wrapped(*args, **kwargs)

    def _is_unseen(self, settings: Any) -> bool:
        return not settings.include_content and self.is_ours(settings)

    def _is_switched(self, settings: Any) -> bool:
        return held_by(settings).get("tracer") is self._tracer


class Seen:
    """An attribute of settings as the library is to see it; what the settings hold stays as it is."""

    def __init__(
        self,
        name: str,
        default: Any,
        tracer: NativeTracer,
        ours: Callable[[Any], bool],
        given: Callable[[Any], Any],
    ) -> None:
        self._name = name
        self._default = default
        self._tracer = tracer
        self._ours = ours
        self._given = given

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        holds: dict[str, Any] = {} if instance is None else instance.__dict__
        held = holds.get(self._name, self._default)
        if held is _ABSENT:
            raise AttributeError(self._name)
        # Asked twenty times a turn, nearly always of settings that we have made.
        ours = holds.get("tracer") is self._tracer or (instance is not None and guard(self._ours, instance))
        if not ours:
            return held
        try:
            return self._given(held)
        except Exception as mistake:
            mistaken(self._given, mistake)
            return held

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self._name] = value

    def __delete__(self, instance: Any) -> None:
        try:
            del instance.__dict__[self._name]
        except KeyError:
            raise AttributeError(self._name) from None


def held_by(owner: Any) -> dict[str, Any]:
    """Return what an instance or a class holds itself."""
    return cast("dict[str, Any]", vars(owner))


def _subject(told: Told) -> Subject | None:
    return dialect.subject(told.name, told.attributes)


def _content(told: Told) -> Content:
    return dialect.content(told.attributes)
