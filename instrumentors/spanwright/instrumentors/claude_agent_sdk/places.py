# SPDX-License-Identifier: Apache-2.0
"""Where a connection reads, writes and answers: each of these places finds the session that it belongs to."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from opentelemetry.context import create_key, get_current, set_value

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.call import awithin
from spanwright.instrumentors._kernel.guard import guard, instead
from spanwright.instrumentors._kernel.standin import StandIn

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.call import Args, Kwargs, Wrapper
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.instrumentors.claude_agent_sdk.sessions import Session

STARTING = create_key("spanwright-claude-agent-starting")
SESSION = create_key("spanwright-claude-agent-session")
# By the SDK's object for a connection.
sessions: WeakKeyDictionary[Any, Session] = WeakKeyDictionary()


async def start(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Note whose connection starts; the tasks that it makes inherit the note."""
    return await awithin(guard(_started, instance), wrapped, args, kwargs)


def _started(query: Any) -> Context | None:
    now = get_current()
    session: Any = now.get(STARTING)
    if session is None or session.started:
        return None
    session.started = True
    sessions[query] = session
    return set_value(SESSION, session, now)


def read(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Observe the messages where they come in, which is before anybody asks for them."""
    del instance
    session = guard(_present, SESSION)
    if session is None:
        return wrapped(*args, **kwargs)
    session.fed = True
    return instead(wrapped(*args, **kwargs), Incoming, session, first=True)


def receive(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Observe the messages where they are taken, for a transport of the application's own."""
    session = sessions.get(instance)
    if session is None:
        return wrapped(*args, **kwargs)
    return instead(wrapped(*args, **kwargs), Incoming, session, first=False)


def close(query: Any) -> None:
    """End what the connection leaves open."""
    session = sessions.pop(query, None)
    if session is not None:
        session.close()


async def handle(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Answer a request of Claude Code's (a tool, a hook, a permission) inside what it belongs to."""
    session = sessions.get(instance)
    context = guard(session.place, *args, **kwargs) if session is not None else None
    return await awithin(context, wrapped, args, kwargs)


def write(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Read the prompts of a stream as they are sent, if content is captured."""
    del instance
    session = guard(_present, SESSION) or guard(_present, STARTING)
    if session is not None and session.listening:
        guard(_wrote, session, *args, **kwargs)
    return wrapped(*args, **kwargs)


def _wrote(session: Session, data: Any) -> None:
    session.wrote(json.loads(data))


def launch(telemetry: Telemetry) -> Wrapper:
    """Return a wrapper that has the process started with the trace context in its environment.

    Newer versions of the SDK do so themselves, in the same words: what is in the options' `env` goes before that.
    """

    async def wrapper(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        options = getattr(instance, "_options", None)
        carrying = guard(_carrying, telemetry, options)
        if carrying is None:
            return await wrapped(*args, **kwargs)
        # The transport's own reference, for as long as the process is started; the options stay as they are.
        instance._options = carrying  # noqa: SLF001 - where the transport reads its environment
        try:
            return await wrapped(*args, **kwargs)
        finally:
            instance._options = options  # noqa: SLF001 - as above

    return wrapper


def _carrying(telemetry: Telemetry, options: Any) -> Any:
    given = getattr(options, "env", None)
    if not isinstance(given, dict) or "TRACEPARENT" in given or not telemetry.enabled:
        return None
    carrier: dict[str, str] = {}
    telemetry.inject(carrier, current.now())
    parent = carrier.get("traceparent")
    if parent is None:
        return None
    carried = {"TRACEPARENT": parent}
    # A state that this process was started with belongs to another parent.
    if "tracestate" in carrier or "TRACESTATE" in os.environ:
        carried["TRACESTATE"] = carrier.get("tracestate", "")
    return dataclasses.replace(options, env={**carried, **given})


def _present(key: str) -> Session | None:
    found: Any = get_current().get(key)
    return found


class Incoming(StandIn):
    """The SDK's iterator of messages, each of which the session sees; `first` where they come into the process."""

    __slots__ = ("_first", "_session")

    _own = frozenset({"_inner", "_first", "_session"})

    def __init__(self, inner: Any, session: Session, *, first: bool) -> None:
        super().__init__(inner)
        self._session = session
        self._first = first

    def __aiter__(self) -> Incoming:
        return self

    async def __anext__(self) -> Any:
        session = self._session
        try:
            message = await self._inner.__anext__()
        except Exception as error:
            if self._first is session.fed and not isinstance(error, StopAsyncIteration):
                guard(session.failed, error)
            raise
        if self._first is session.fed:
            guard(session.take, message)
        return message
