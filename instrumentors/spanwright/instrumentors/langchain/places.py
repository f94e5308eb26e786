# SPDX-License-Identifier: Apache-2.0
"""Where the spans of LangChain's runs are current: around the framework's own calls, and nowhere else.

LangChain announces its runs by callback, in the middle of a call. A place stands around the call; the run that starts
inside takes it and is current from there to the end of the call, or of each pull of what the call returned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.wire import items
from spanwright.instrumentors._kernel import call, current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Kwargs, Wrapper
    from spanwright.instrumentors._kernel.operation import Operation

# The arguments that stand before `run_manager`.
_BEFORE_MANAGER = 2


class Place(Scope):
    """A scope that knows whose call it stands around (`owner`, for a graph or an agent) and which run took it."""

    __slots__ = ("owner", "run")

    def __init__(self, owner: Any = None) -> None:
        super().__init__()
        self.owner = owner
        # The number of its id.
        self.run: int | None = None

    def give(self, run: int, operation: Operation | None) -> None:
        """Let the first run that starts inside take the place."""
        self.run = run
        self.take(operation.context if operation is not None else None)

    def hold(self, run: int, operation: Operation) -> None:
        """Stand for a run that has started before."""
        self.run = run
        self._context = operation.context
        self._taken = True

    def settle(self, managers: Any) -> None:
        """Make current here what one of these runs, announced from another task, made current there."""
        if self._context is not None and any(_number(each) == self.run for each in managers):
            self._taken = False
            self.take(self._context)


def here() -> Place | None:
    """Return the innermost place that is entered here, taken or not."""
    place = current.scope()
    return place if isinstance(place, Place) else None


def owner() -> Any:
    """Return the graph or the agent around whose call stands a place that no run has taken yet."""
    place = here()
    return place.owner if place is not None and place.run is None else None


def placed(
    find: Callable[[Any, Args, Kwargs], Place | None], lost: Callable[[int, BaseException], None]
) -> Wrapper:
    """Return a wrapper that runs a call inside the place that `find` gives for it.

    `lost` is told of a run whose call was left by a cancellation: no callback announces its end.
    """

    def left(place: Place, error: BaseException) -> None:
        if place.run is not None and not isinstance(error, Exception):
            lost(place.run, error)

    return call.placed(find, left)


def fresh(instance: Any, args: Args, kwargs: Kwargs) -> Place:
    """Return a place for the run that will start inside."""
    del instance, args, kwargs
    return Place()


def owned(instance: Any, args: Args, kwargs: Kwargs) -> Place | None:
    """Return a place for the run of a graph or an agent, which tells what the run is.

    None where the call comes from inside a method of the same object that has a place for it.
    """
    del args, kwargs
    return None if owner() is instance else Place(instance)


def node(has_steps: Callable[[], bool]) -> Callable[[Any, Args, Kwargs], Place | None]:
    """Return a finder of places for the nodes of a graph, if its nodes are to have spans at all."""

    def find(instance: Any, args: Args, kwargs: Kwargs) -> Place | None:
        del instance, args, kwargs
        return Place() if has_steps() else None

    return find


def known(runs: Callable[[int], Operation | None]) -> Callable[[Any, Args, Kwargs], Place | None]:
    """Return a finder of places for calls that are handed the manager of a run that has started already."""

    def find(instance: Any, args: Args, kwargs: Kwargs) -> Place | None:
        del instance
        run = _number(_manager(*args, **kwargs))
        if run is None or (operation := runs(run)) is None:
            return None
        place = Place()
        place.hold(run, operation)
        return place

    return find


def _number(manager: Any) -> Any:
    """Return the number of the id of a manager's run."""
    run = getattr(manager, "run_id", None)
    return getattr(run, "int", run)


def _manager(*args: Any, run_manager: Any = None, run_managers: Any = None, **_: Any) -> Any:
    """Bind `_generate_with_cache(messages, stop, run_manager)` and `_generate_helper(prompts, stop, run_managers)`."""
    found = run_manager if run_manager is not None else run_managers
    if found is None and len(args) > _BEFORE_MANAGER:
        found = args[_BEFORE_MANAGER]
    several = items(found)
    return several[0] if several else found


async def settled(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Announce a run; in langchain-core 0.3.0 that is done in a task whose context ends with it."""
    del instance
    managers = await wrapped(*args, **kwargs)
    place = current.scope()
    if isinstance(place, Place):
        guard(place.settle, managers)
    return managers
