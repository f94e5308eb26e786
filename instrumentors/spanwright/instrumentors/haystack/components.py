# SPDX-License-Identifier: Apache-2.0
"""Components that have a kind of operation of their own, told by the words that end their names, as Haystack has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from spanwright.instrumentors._kernel.call import traced
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.patching import OnImport, PatchSet
from spanwright.instrumentors.haystack.agents import Agents
from spanwright.instrumentors.haystack.models import Generators, Vectors
from spanwright.instrumentors.haystack.searches import Rankings, Searches

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from spanwright.instrumentors._kernel.call import Args, Kwargs, Wrapper
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_METHODS = ("run", "run_async")
_AGENT = "haystack.components.agents.agent.Agent"
# What asks other components of its kind, which have the spans.
_RELAYS = ("Fallback", "Multi", "LLM")
_IMAGES = "ImageGenerator"


class Components:
    """The classes of components, which Haystack keeps a list of."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._patches = PatchSet("haystack")
        self._wrappers: dict[str, Wrapper] = {
            "Generator": traced(Generators(telemetry)),
            "Embedder": traced(Vectors(telemetry)),
            "Retriever": traced(Searches(telemetry)),
            "Ranker": traced(Rankings(telemetry)),
            "Agent": traced(Agents(telemetry)),
        }
        self.known = OnImport("haystack.core.component.component", self._place, self._patches.remove)

    def joined(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Stand around the decorator that makes a class a component."""
        del instance
        made = wrapped(*args, **kwargs)
        guard(self._wrap, made)
        return made

    def _place(self, module: ModuleType) -> None:
        self._patches.active = True
        registry = getattr(getattr(module, "component", None), "registry", None)
        for each in list(cast("dict[str, Any]", registry or {}).values()):
            guard(self._wrap, each)

    def _wrap(self, made: Any) -> None:
        kind = _kind(made)
        if kind is None or not self._patches.active:
            return
        for owner in made.__mro__:
            for name in _METHODS:
                # A class that inherits a method from one that is no component has it there.
                if name in vars(owner):
                    self._patches.wrap(owner, name, self._wrappers[kind])


def is_told(instance: Any) -> bool:
    """Return whether a component has a span of its own kind."""
    return _kind(type(instance)) is not None


def _kind(made: Any) -> str | None:
    name = getattr(made, "__name__", "")
    if any(f"{each.__module__}.{each.__name__}" == _AGENT for each in getattr(made, "__mro__", ())):
        return "Agent" if name != "LLM" else None
    if name.startswith(_RELAYS) or name.endswith(_IMAGES):
        return None
    return next(
        (each for each in ("Generator", "Embedder", "Retriever", "Ranker") if name.endswith(each)), None
    )
