# SPDX-License-Identifier: Apache-2.0
"""A journal of what an application does to the outside and sees of its library: requests sent, values returned, errors raised."""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
import pickle
from collections import abc
from importlib import import_module
from importlib.util import find_spec
from threading import get_ident
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import Span, Tracer

from proof.witness import shape

if TYPE_CHECKING:
    from collections.abc import Callable

# What is new at each request, or says which process it was.
_PROPAGATED = ("traceparent", "tracestate", "baggage")
_FRESH = (
    *_PROPAGATED,
    "host",
    "idempotency-key",
    "date",
    "x-amz-date",
    "x-amzn-trace-id",
    "authorization",
)
# What `inspect` and the abstract classes call a value.
_KINDS = ("isawaitable", "iscoroutine", "isgenerator", "isasyncgen", "isfunction", "iscoroutinefunction")
_KINDS += ("isgeneratorfunction", "isasyncgenfunction", "isclass", "isbuiltin", "ismethod")
_ABSTRACT = tuple(getattr(abc, name) for name in abc.__all__)
_NAMES = (
    "__module__",
    "__name__",
    "__qualname__",
    "__doc__",
    "__defaults__",
    "__kwdefaults__",
    "__annotations__",
)
# What a library's own tracing hands down beside the arguments of a call: anthropic's, where it has a span of its own or ours.
_TRACING = ("anthropic._tracing.ApiCall",)
# What stands in the place of what was answered by such tracing: mistralai's, and OpenTelemetry's own of botocore.
TRACED = ("TracedResponse", "ConverseStreamWrapper")
# A library's own telemetry that is called, and gives its own code what holds its own span, or none.
_NATIVE = (
    "mistralai.client._hooks.tracing.get_traced_request_and_span",
    # What the library would write on spans of its own.
    "agent_framework.observability._get_span_attributes",
    "agent_framework.observability._capture_response",
    # The library puts it around a model where its own tracing is switched on, and ours switches that on.
    "InstrumentedModel.request_stream",
)
_PAIR = 2
_META = "_meta"
_LATER = ("__next__", "__anext__", "__await__", "__enter__", "__aenter__", "__iter__", "__aiter__")
# Whose telemetry a library hands about is what differs.
_TELEMETRY: tuple[type, ...] = (Span, Tracer)
_LONGEST = 20_000
REFUSED = "is refused"


class Journal:
    """What happened, in its order."""

    def __init__(self) -> None:
        self.events: list[tuple[str, ...]] = []
        self.bare = True
        self.over = False
        """The test's body has failed: what is torn down then is no part of it."""
        self.at_once = False
        """Two tasks were in the same function at once."""
        self._awaiting: dict[str, set[int]] = {}
        self.threads: set[int] = set()
        self.places: set[str] = set()
        """What is watched in bare runs."""

    def begin(self, *, bare: bool) -> None:
        """Forget what happened, for another run."""
        self.bare = bare
        self.over = self.at_once = False
        self.events.clear()
        self.threads.clear()
        self._awaiting.clear()
        if bare:
            self.places.clear()

    def tap(self) -> None:
        """Listen at the reference provider, at cassettes, and at the transports in memory that httpx has for tests."""
        from vcr.cassette import Cassette

        from spanwright.console.provider.request import Request

        made, played = Request.__init__, Cassette.play_response
        journal = self

        def arrived(request: Any, *args: Any, **kwargs: Any) -> None:
            made(request, *args, **kwargs)
            journal.sent(request.method, f"{request.path}?{request.query}", request.headers, request.raw)

        def replayed(cassette: Any, request: Any) -> Any:
            body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
            journal.sent(request.method, request.uri, request.headers, body)
            return played(cassette, request)

        Request.__init__ = arrived
        Cassette.play_response = replayed
        for name in ("httpx", "httpx2"):
            if find_spec(name) is not None:
                self._tap(import_module(name).MockTransport)

    def _tap(self, transport: Any) -> None:
        """Note what is asked of one of httpx's transports; a body that is a stream yet is none of ours to read."""
        handle, handle_later = transport.handle_request, transport.handle_async_request

        def asked(request: Any) -> None:
            body = getattr(request, "_content", b"in steps")
            self.sent(request.method, str(request.url), request.headers, body)

        def handled(own: Any, request: Any) -> Any:
            asked(request)
            return handle(own, request)

        async def handled_later(own: Any, request: Any) -> Any:
            asked(request)
            return await handle_later(own, request)

        transport.handle_request = handled
        transport.handle_async_request = handled_later

    def sent(self, method: str, path: str, headers: Any, body: bytes) -> None:
        """Note a request as it arrived."""
        kept = {name.lower(): str(value) for name, value in dict(headers).items()}
        told = sorted(f"{name}: {value}" for name, value in kept.items() if name not in _FRESH)
        self._note("sent", method, path, "\n".join(told), body.decode("latin-1"))

    def watched(
        self, place: str, wrapper: Callable[..., Any] | None, *, replaces: bool = False
    ) -> Callable[..., Any]:
        """Return a wrapper that notes what the caller of `wrapper`, or of the bare function, gets.

        A library's own telemetry, in whose place ours stands, is let be.
        """
        if wrapper is None:
            self.places.add(place)
        if replaces or place in _NATIVE:
            return _bare if wrapper is None else wrapper

        def seam(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
            # One line for both: some libraries write a traceback down.
            call, given, named = wrapped, args, kwargs
            if wrapper is not None:
                call, given, named = wrapper, (wrapped, instance, args, kwargs), {}
            try:
                value = call(*given, **named)
            except BaseException as error:
                self._raised(place, error, (args, kwargs))
                raise
            if inspect.iscoroutine(value):
                coroutine: Any = self._awaited(place, value, (args, kwargs))
                coroutine.__name__, coroutine.__qualname__ = value.__name__, value.__qualname__
                return coroutine
            self._returned(place, value, (args, kwargs))
            return value

        return seam

    async def _awaited(self, place: str, coroutine: Any, given: Any) -> Any:
        tasks, task = self._awaiting.setdefault(place, set()), id(_task())
        within = task in tasks
        tasks.add(task)
        self.at_once |= len(tasks) > 1
        try:
            value = await coroutine
        except BaseException as error:
            self._raised(place, error, given)
            raise
        finally:
            if not within:
                tasks.discard(task)
        self._returned(place, value, given)
        return value

    def _returned(self, place: str, value: Any, given: Any) -> None:
        if isinstance(value, _TELEMETRY):
            # How often a library asks for them depends on who traces it.
            return
        self.threads.add(get_ident())
        self._note("returned", place, *described(value), plain(given))

    def _raised(self, place: str, error: BaseException, given: Any) -> None:
        self.threads.add(get_ident())
        self._note("raised", place, *chain(error), plain(given))

    def _note(self, *event: str) -> None:
        if not self.over:
            self.events.append(event)


def _task() -> object:
    """Return the task that runs; some libraries start a coroutine by hand, outside of any loop."""
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def _bare(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
    return wrapped(*args, **kwargs)


def events(journal: Journal) -> list[tuple[str, ...]]:
    """Return what was noted so far, but for what only a wrapper of ours puts a watch at: at classes that it sees being made."""
    return [each for each in journal.events if each[0] == "sent" or each[1] in journal.places]


def plain(given: Any) -> str:
    """Return the caller's arguments as they are after the call; what is no plain data by its class."""
    return json.dumps(_classes(shape(given), given), default=str)


def _classes(shown: Any, value: Any) -> Any:
    if isinstance(shown, dict):
        told = _unmarked(shown)
        if shown and not told:
            # Nothing else in it is no parameters.
            return None
        kept = {key: item for key, item in told.items() if _full(type(value[key])) not in _TRACING}
        return {str(key): _classes(item, value[key]) for key, item in kept.items()}
    if isinstance(shown, list):
        return [_classes(item, each) for item, each in zip(shown, value, strict=False)]
    told = next((promised.__qualname__ for promised in _TELEMETRY if isinstance(value, promised)), None)
    if told is not None:
        return told
    return (
        shown if shown is value or isinstance(value, (str, int, float, bytes)) else type(value).__qualname__
    )


def _unmarked(value: Any) -> Any:
    """Leave out which trace plain data says it is of, as is done for headers: a dict, a list of pairs, and around them."""
    if type(value) is dict:
        kept = {key: (item, _unmarked(item)) for key, item in value.items() if key not in _PROPAGATED}
        marked = {key: left for key, (item, left) in kept.items() if left or not item}
        if _META in marked:
            # Where it stands among the parameters of MCP depends on who propagates: the library itself, or ours.
            marked[_META] = marked.pop(_META)
        return marked
    if type(value) is list and all(type(each) is tuple and len(each) == _PAIR for each in value):
        return [each for each in value if each[0] not in _PROPAGATED]
    return value


def _full(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def described(value: Any) -> tuple[str, ...]:
    """Return what a caller can tell of a value without using it up: classes, representation, copies, pickles."""
    value = _unmarked(value)
    kind: Any = value.__class__
    bases = " ".join(base.__qualname__ for base in kind.__mro__)
    held = hasattr(kind, "model_fields") or issubclass(kind, abc.Collection)
    if not held and any(hasattr(kind, name) for name in _LATER):
        steps = " ".join(name for name in _LATER if hasattr(value, name))
        return kind.__module__, bases, f"in steps: {steps}", _shown(value), *kinds(value)
    shown = _shown(value)
    if len(shown) > _LONGEST:
        return kind.__module__, bases, shown
    return kind.__module__, bases, shown, _copied(value, copy.deepcopy), _copied(value, _pickled)


def face(function: Any) -> tuple[str, ...]:
    """Return what can be told of a function by those who look at it: signature, names, kinds, copies, pickles."""
    names = (f"{name}: {getattr(function, name, None)!r}" for name in _NAMES)
    try:
        signature = str(inspect.signature(function))
    except (TypeError, ValueError) as error:
        signature = f"no signature: {error}"
    same = (f"{way.__name__} {_same(function, way)}" for way in (copy.copy, copy.deepcopy, _pickled))
    # Every wrapper by wrapt has a length and contains things, for what might be called like a collection.
    told = (each.replace("Sized Container ", "") for each in kinds(function))
    return (signature, *names, *told, *same)


def kinds(value: Any) -> tuple[str, ...]:
    """Return what a value is to `inspect` and to the abstract classes of collections."""
    found = [name for name in _KINDS if getattr(inspect, name)(value)]
    return (" ".join(found), " ".join(each.__name__ for each in _ABSTRACT if isinstance(value, each)))


def _same(value: Any, way: Callable[[Any], Any]) -> object:
    try:
        return way(value) == value
    except Exception:
        return REFUSED


def _shown(value: Any) -> str:
    try:
        return repr(value)
    except Exception as error:
        return f"no repr: {type(error)}"


def _copied(value: Any, way: Callable[[Any], Any]) -> str:
    try:
        made = way(value)
    except Exception:
        # By which error is a matter of which attribute is met first.
        return f"no {way.__name__}"
    try:
        return f"{way.__name__}: {type(made).__qualname__} {made == value}"
    except Exception as error:
        return f"{way.__name__}: {type(error).__qualname__}"


def _pickled(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own


def chain(error: BaseException) -> tuple[str, ...]:
    """Return an exception, and what it says of why."""
    told: list[str] = []
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        notes = getattr(each, "__notes__", ())
        cause = "cause" if each.__cause__ is not None else "context" if each.__context__ is not None else ""
        told.append(f"{type(each).__qualname__}: {each} {notes} {each.__suppress_context__} {cause}")
        each = each.__cause__ or each.__context__
    return tuple(told)
