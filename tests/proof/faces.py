# SPDX-License-Identifier: Apache-2.0
"""What an application can tell of a value, of an error, of a function, of its arguments after a call."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
from collections import abc
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import Span, Tracer

from proof.witness import shape

if TYPE_CHECKING:
    from collections.abc import Callable

# Which trace a request or a message is of.
PROPAGATED = ("traceparent", "tracestate", "baggage")
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
_PAIR = 2
_META = "_meta"
_LATER = ("__next__", "__anext__", "__await__", "__enter__", "__aenter__", "__iter__", "__aiter__")
# Whose telemetry a library hands about is what differs.
TELEMETRY: tuple[type, ...] = (Span, Tracer)
_LONGEST = 20_000
REFUSED = "is refused"


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
    told = next((promised.__qualname__ for promised in TELEMETRY if isinstance(value, promised)), None)
    if told is not None:
        return told
    return (
        shown if shown is value or isinstance(value, (str, int, float, bytes)) else type(value).__qualname__
    )


def _unmarked(value: Any) -> Any:
    """Leave out which trace plain data says it is of, as is done for headers: a dict, a list of pairs, and around them."""
    if type(value) is dict:
        kept = {key: (item, _unmarked(item)) for key, item in value.items() if key not in PROPAGATED}
        marked = {key: left for key, (item, left) in kept.items() if left or not item}
        if _META in marked:
            # Where it stands among the parameters of MCP depends on who propagates: the library itself, or ours.
            marked[_META] = marked.pop(_META)
        return marked
    if type(value) is list and all(type(each) is tuple and len(each) == _PAIR for each in value):
        return [each for each in value if each[0] not in PROPAGATED]
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
