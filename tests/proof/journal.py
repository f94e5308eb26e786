# SPDX-License-Identifier: Apache-2.0
"""A journal of what an application does to the outside and sees of its library: requests sent, values returned, errors raised."""

from __future__ import annotations

import asyncio
import inspect
from importlib import import_module
from importlib.util import find_spec
from threading import get_ident
from typing import TYPE_CHECKING, Any

from proof.faces import PROPAGATED, TELEMETRY, chain, described, plain

if TYPE_CHECKING:
    from collections.abc import Callable

# What is new at each request, or says which process it was.
_FRESH = (
    *PROPAGATED,
    "host",
    "idempotency-key",
    "date",
    "x-amz-date",
    "x-amzn-trace-id",
    "authorization",
)
# What stands in the place of what was answered by such tracing: mistralai's, OpenTelemetry's own of botocore, Guardrails'.
TRACED = ("TracedResponse", "ConverseStreamWrapper", "trace_stream_guard", "trace_async_stream_guard")
# A library's own telemetry that is called, and gives its own code what holds its own span, or none.
_NATIVE = (
    "mistralai.client._hooks.tracing.get_traced_request_and_span",
    # What the library would write on spans of its own.
    "agent_framework.observability._get_span_attributes",
    "agent_framework.observability._capture_response",
    # The library puts it around a model where its own tracing is switched on, and ours switches that on.
    "InstrumentedModel.request_stream",
)


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
        if isinstance(value, TELEMETRY):
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
