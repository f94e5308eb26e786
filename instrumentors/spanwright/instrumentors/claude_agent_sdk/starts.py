# SPDX-License-Identifier: Apache-2.0
"""Where runs start: `query()`, which is one generator, and the client, which connects first and asks later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.context import set_value

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.call import awithin
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors.claude_agent_sdk import places
from spanwright.instrumentors.claude_agent_sdk.facts import facts
from spanwright.instrumentors.claude_agent_sdk.sessions import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.call import Args, Begun, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.instrumentors.claude_agent_sdk.threads import Thread


class Queries:
    """The seam of what `query()` calls: the generator's first step starts the run, its end is the run's at the latest."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Open the run."""
        del instance
        if not self._telemetry.enabled:
            return None
        prompt, options = _queried(*args, **kwargs)
        around = current.now()
        session = Session(self._telemetry, facts(options), around)
        run = session.asked(prompt, around).run
        session.owned = run
        run.noted = lambda _: session.left()
        run.context = set_value(places.STARTING, session, run.context)
        return run, args, kwargs

    def returned(self, operation: Operation, value: Any) -> Any:
        """Leave the end to the generator."""


class Clients:
    """The seams of `ClaudeSDKClient`."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    async def connect(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Stand around `connect(prompt)`: the connection's messages belong to its session."""
        opened = guard(self._connecting, instance, args, kwargs)
        if opened is None:
            return await wrapped(*args, **kwargs)
        return await _sent(*opened, wrapped, args, kwargs)

    async def query(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Stand around `query(prompt, session_id)`, which only sends: the answer is received elsewhere."""
        opened = guard(self._asking, instance, args, kwargs)
        if opened is None:
            return await wrapped(*args, **kwargs)
        return await _sent(*opened, wrapped, args, kwargs)

    def _connecting(self, client: Any, args: Args, kwargs: Kwargs) -> tuple[Session, Context] | None:
        if not self._telemetry.enabled:
            return None
        session = self._session(client)
        thread = guard(_connected, session, *args, **kwargs)
        return session, set_value(places.STARTING, session, thread.context if thread else session.around)

    def _asking(self, client: Any, args: Args, kwargs: Kwargs) -> tuple[Session, Context] | None:
        session = self._found(client) if self._telemetry.enabled else None
        if session is None:
            return None
        return session, set_value(places.SESSION, session, _asked(session, *args, **kwargs).context)

    def _session(self, client: Any) -> Session:
        return Session(self._telemetry, facts(getattr(client, "options", None)), current.now())

    def _found(self, client: Any) -> Session | None:
        """Return the session of a connected client; one that was connected before we were there gets one now."""
        query = getattr(client, "_query", None)
        if query is None:
            return None
        session = places.sessions.get(query)
        if session is None:
            session = places.sessions[query] = self._session(client)
        return session


async def _sent(
    session: Session, context: Context, wrapped: Callable[..., Any], args: Args, kwargs: Kwargs
) -> Any:
    try:
        return await awithin(context, wrapped, args, kwargs)
    except BaseException as error:
        guard(session.failed, error)
        raise


def _queried(prompt: Any = None, options: Any = None, *_: Any, **__: Any) -> tuple[Any, Any]:
    return prompt, options


def _connected(session: Session, prompt: Any = None) -> Thread | None:
    return session.asked(prompt, current.now()) if prompt is not None else None


def _asked(session: Session, prompt: Any = None, *_: Any, **__: Any) -> Thread:
    return session.asked(prompt, current.now())
