# SPDX-License-Identifier: Apache-2.0
"""Objects that serve everybody as they should, and note, or fail, whenever a function of this pack touches them.

An application's own classes may raise, block, or ask a database in any method. What a library itself makes of such an
object is its own matter; so these objects are harmless in its hands, and tell who else has called them.
"""

from __future__ import annotations

import sys
import sysconfig
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import opentelemetry.context as otel
import wrapt
from pydantic import BaseModel

import spanwright.instrumentors._kernel as kernel
import spanwright.semconv as semconv
from harness import Recorder
from spanwright.instrumentors._kernel import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_OURS = (str(Path(kernel.__file__).parents[1]), str(Path(semconv.__file__).parent))
# What is called from here is called for whoever called it.
_BETWEEN = (__file__, str(Path(otel.__file__).parents[1]), str(Path(wrapt.__file__).parent), "<")
_STDLIB = sysconfig.get_path("stdlib")
_SITE = sysconfig.get_path("purelib")
# How anybody may reach into an object by syntax or by a builtin; names are seen by `__getattribute__`.
_METHODS = (
    *("__repr__", "__str__", "__format__", "__eq__", "__ne__", "__lt__", "__hash__", "__bool__", "__len__"),
    *("__iter__", "__contains__", "__getitem__", "__reversed__", "__int__", "__float__", "__index__"),
    *("__add__", "__mod__", "__or__", "__reduce_ex__"),
)


class Broken(Exception):
    """What a method of an application's class raises."""


class Stopped(BaseException):
    """What ends a program and is no `Exception`: an interrupt, a request to exit."""


class Touches:
    """What was touched by this pack, and what such a touch raises."""

    def __init__(self, error: type[BaseException] | None = None) -> None:
        self.error = error
        self.names: list[str] = []

    def note(self, name: str) -> None:
        """Take note of a touch, if it is one of ours."""
        if _is_ours():
            self.names.append(name)
            if self.error is not None:
                raise self.error(name)


def _is_ours() -> bool:
    """Tell whose the nearest function is that is neither the standard library's nor one of telemetry's."""
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        between = name.startswith(_BETWEEN) or (name.startswith(_STDLIB) and not name.startswith(_SITE))
        if not between:
            return name.startswith(_OURS)
        frame = frame.f_back
    return False


def touchy(base: type, touches: Touches) -> type[Any]:
    """Return a class that is like its base, and notes each touch of its objects."""

    def getattribute(self: Any, name: str) -> Any:
        touches.note(name)
        return base.__getattribute__(self, name)

    members: dict[str, Any] = {"__getattribute__": getattribute, "__module__": __name__}
    for name in _METHODS:
        if (method := getattr(base, name, None)) is not None:
            members[name] = _noted(name, method, touches)
    if base.__hash__ is None:
        members["__hash__"] = None
    return type(f"Touchy{base.__name__.title()}", (base,), members)


def _noted(name: str, method: Callable[..., Any], touches: Touches) -> Callable[..., Any]:
    def noted(self: Any, *args: Any) -> Any:
        touches.note(name)
        return method(self, *args)

    return noted


class Thing:
    """An object that no serialiser knows."""

    def __init__(self) -> None:
        self.content = self.text = self.role = self.name = "private"

    def model_dump(self, **_: Any) -> dict[str, Any]:
        """Return it as data."""
        return {"role": self.role, "content": self.content}


class Said(BaseModel):
    """A model of the application's."""

    role: str = "user"
    content: str = "private"


@dataclass
class Record:
    """A record of the application's."""

    role: str = "user"
    content: str = "private"


MAKERS: dict[str, Callable[[Touches], Any]] = {
    "object": lambda touches: touchy(Thing, touches)(),
    "dict": lambda touches: touchy(dict, touches)(
        role="user", content="private", type="text", text="private"
    ),
    "list": lambda touches: touchy(list, touches)(["private"]),
    "tuple": lambda touches: touchy(tuple, touches)(["private"]),
    "str": lambda touches: touchy(str, touches)("private"),
    "int": lambda touches: touchy(int, touches)(7),
    "float": lambda touches: touchy(float, touches)(0.5),
    "model": lambda touches: touchy(Said, touches)(),
    "dataclass": lambda touches: touchy(Record, touches)(),
}


def touched(outcome: Callable[[Any], Any]) -> dict[str, list[str]]:
    """Return what of each kind of object this pack touches while an application uses it."""
    found: dict[str, list[str]] = {}
    for kind, make in MAKERS.items():
        touches = Touches()
        outcome(make(touches))
        found[kind] = touches.names
    return found


UNTOUCHED: dict[str, list[str]] = {kind: [] for kind in MAKERS}


def outcomes(outcome: Callable[[Any], Any]) -> dict[str, Any]:
    """Return what comes of each kind of object, when it fails wherever this pack touches it."""
    return {kind: outcome(make(Touches(Broken))) for kind, make in MAKERS.items()}


def told(ask: Callable[[], Any]) -> list[Any]:
    """Return what a caller sees: what came, as plain data, or what was raised and why."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = ask()
        except Exception as error:
            return ["raised", type(error), str(error), type(error.__cause__), type(error.__context__)]
        return ["returned", found.model_dump(warnings=False) if isinstance(found, BaseModel) else repr(found)]


@contextmanager
def unjudged(*instrumentors: Any, content: str) -> Iterator[Recorder]:
    """Return a recorder that no oracle judges, of what is instrumented without strict guards, as in an application."""
    recorder = Recorder()
    try:
        recorder.instrument(
            *instrumentors, SPANWRIGHT_STRICT="", OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=content
        )
        yield recorder
    finally:
        recorder.shutdown()
        settings.reload()
