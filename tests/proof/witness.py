# SPDX-License-Identifier: Apache-2.0
"""A witness at every seam: what the library's own call did, below our wrapper, against what its caller got, above it."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import wrapt
from opentelemetry.context import get_current
from opentelemetry.trace import Tracer

from proof.reach import side
from proof.trusted import PAIRS
from spanwright.instrumentors._kernel import current, patching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType

_PLAIN = (str, bytes, int, float, bool, type(None))
_DEPTH = 6
_WIDTH = 200
CHANGED = "the caller's arguments are changed"


class Witness:
    """Watches every wrapper that is placed from now on, and keeps what it found wrong."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.calls = 0
        self.road: dict[int, CodeType] = {}
        """Our functions that stand between a caller and the library's own code: they cannot fail without being seen."""
        self.placed: WeakSet[patching.PatchSet] = WeakSet()

    def start(self) -> None:
        """Stand at every patch that is placed."""
        original = patching.PatchSet.wrap
        witness = self

        def wrap(patches: Any, parent: Any, name: str, wrapper: Any) -> None:
            witness.placed.add(patches)
            # A module, a class, or an object of a module.
            holder = getattr(parent, "__name__", type(parent).__name__)
            watched = witness.watched(f"{holder}.{name}", wrapper, replaces=replaces(sys._getframe(1)))
            original(patches, parent, name, watched)

        patching.PatchSet.wrap = wrap

    def watched(
        self, place: str, wrapper: Callable[..., Any], *, replaces: bool = False
    ) -> Callable[..., Any]:
        """Return the wrapper with a witness above and below it."""

        def seam(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
            self.calls += 1
            call = Call(self, place, args, kwargs, replaces=replaces)
            try:
                value = wrapper(Below(wrapped, call), instance, args, kwargs)
            except BaseException as error:
                call.left(error)
                raise
            return call.returned(value)

        return seam

    def say(self, place: str, what: str) -> None:
        """Note what is wrong."""
        self.violations.append(f"{place}: {what}")

    def walk(self) -> None:
        """Remember our functions on the way from the seam to the library's own call."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code.co_name != "seam":
            if side(frame.f_code) == "ours":
                self.road[id(frame.f_code)] = frame.f_code
            frame = frame.f_back


class Call:
    """One call of a patched function."""

    def __init__(self, witness: Witness, place: str, args: Any, kwargs: Any, *, replaces: bool) -> None:
        self._witness = witness
        self._place = place
        self._replaces = replaces
        self._given = (args, kwargs)
        self._shape = shape(self._given)
        self._context = get_current()
        self.times = 0
        self.value: Any = None
        self.error: BaseException | None = None
        self._marks: tuple[Any, ...] = ()

    # --- below

    def entered(self) -> None:
        """Note that the library's code starts: nothing of the caller's may be different by now."""
        self.times += 1
        if self.times > 1:
            self._say("the library's function is called more than once")
        self._same("before the call")
        self._witness.walk()

    def raised(self, error: BaseException) -> None:
        """Keep what the library raised."""
        self.error = error
        self._marks = marks(error)
        self._shape = shape(self._given)

    def gave(self, value: Any) -> Any:
        """Keep what the library returned; a coroutine is watched to its end."""
        self.value = value
        self._shape = shape(self._given)
        return _named(self._below(value), value) if inspect.iscoroutine(value) else value

    async def _below(self, coroutine: Any) -> Any:
        try:
            self.value = value = await coroutine
        except BaseException as error:
            self.raised(error)
            raise
        self._shape = shape(self._given)
        return value

    # --- above

    def left(self, error: BaseException) -> None:
        """Judge what the caller gets raised."""
        if isinstance(error, GeneratorExit) and isinstance(self.error, GeneratorExit):
            # To close a coroutine raises one of them in each coroutine that it awaits, and in itself.
            self._settled()
            return
        if self.error is not error:
            self._say(f"raises {error!r} in the place of {self.error!r} or of a value")
        elif marks(error) != self._marks:
            self._say(f"{error!r} has other causes, context, arguments or notes than the library gave it")
        self._settled()

    def returned(self, value: Any) -> Any:
        """Judge what the caller gets returned."""
        if inspect.iscoroutine(value):
            return _named(self._above(value), value)
        self._judge(value)
        return value

    async def _above(self, coroutine: Any) -> Any:
        self._context = get_current()
        try:
            value = await coroutine
        except BaseException as error:
            self.left(error)
            raise
        self._judge(value)
        return value

    def _judge(self, value: Any) -> None:
        if self.times == 0:
            if not self._replaces:
                self._say("the library's function is not called")
        elif self.error is not None:
            self._say(f"{self.error!r} is swallowed")
        elif value is not self.value and not alike(value, self.value):
            self._say(f"returns {type(value)} in the place of {type(self.value)}")
        self._settled()

    def _settled(self) -> None:
        self._same("after the call")
        now = get_current()
        if (
            self._place not in PAIRS
            and now is not self._context
            and now != self._context
            and not _announced(now)
        ):
            self._say("the context is not what it was")

    def _same(self, when: str) -> None:
        if shape(self._given) != self._shape:
            self._say(f"{CHANGED} {when}")

    def _say(self, what: str) -> None:
        self._witness.say(self._place, what)


class Below(wrapt.CallableObjectProxy):
    """The library's function, as our wrapper sees it."""

    def __init__(self, wrapped: Any, call: Call) -> None:
        super().__init__(wrapped)
        self._self_call = call

    @property
    def __func__(self) -> Any:
        """A method's function, which ours may call for another instance."""
        return Below(self.__wrapped__.__func__, self._self_call)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        call = self._self_call
        call.entered()
        try:
            value = self.__wrapped__(*args, **kwargs)
        except BaseException as error:
            call.raised(error)
            raise
        return call.gave(value)


def replaces(placing: FrameType) -> bool:
    """Tell whether the patch that is placed stands in the place of a library's own telemetry, as its table says."""
    return getattr(placing.f_locals.get("patch"), "replaces", False)


def marks(error: BaseException) -> tuple[Any, ...]:
    """Return what an exception carries."""
    notes = tuple(getattr(error, "__notes__", ()))
    return (
        id(error.__cause__),
        id(error.__context__),
        error.__suppress_context__,
        tuple(map(id, error.args)),
        notes,
    )


def _announced(context: object) -> bool:
    """Tell whether a run that was announced here is current until the scope is left that stands around; see `scope`."""
    around = current.scope()
    return around is not None and around._context is context


def alike(given: object, own: object) -> bool:
    """Return whether a stand-in can pass for the library's own object."""
    if type(given) is type(own) or isinstance(given, type(own)):
        return True
    # A library that asks for a tracer is promised OpenTelemetry's interface and no more.
    if isinstance(given, Tracer) and isinstance(own, Tracer):
        return True
    return inspect.isawaitable(given) and inspect.isawaitable(own)


def shape(value: Any, depth: int = 0) -> Any:
    """Return a picture of plain data, in which everything else stands for itself."""
    if isinstance(value, _PLAIN):
        return value
    if depth < _DEPTH:
        if type(value) is dict:
            return {key: shape(held, depth + 1) for key, held in _some(value.items())}
        if type(value) in (list, tuple):
            return [shape(held, depth + 1) for held in _some(value)]
    return id(value)


def _some(values: Any) -> Iterator[Any]:
    for count, each in enumerate(list(values)):
        if count == _WIDTH:
            return
        yield each


def _named(coroutine: Any, own: Any) -> Any:
    coroutine.__name__, coroutine.__qualname__ = own.__name__, own.__qualname__
    return coroutine
