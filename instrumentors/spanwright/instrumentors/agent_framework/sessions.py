# SPDX-License-Identifier: Apache-2.0
"""The conversation of a run: that of the service if it keeps one, which the framework tells, else the session."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._kernel.guard import guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Kwargs

_session: ContextVar[str | None] = ContextVar("spanwright-agent-framework-session", default=None)


class Sessions:
    """Brings the session of a run to where the framework writes down what its span says."""

    def run(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Note the session while the run is begun; it goes on elsewhere."""
        del instance
        token = _session.set(guard(_named, kwargs))
        try:
            return wrapped(*args, **kwargs)
        finally:
            _session.reset(token)

    def attributes(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Add the session to the attributes of an agent's span that has no conversation."""
        del instance
        session = _session.get()
        if session is None or kwargs.get("thread_id") is not None or kwargs.get("agent_id") is None:
            return wrapped(*args, **kwargs)
        return wrapped(*args, **{**kwargs, "thread_id": session})


def _named(kwargs: Kwargs) -> str | None:
    return string(getattr(kwargs.get("session"), "session_id", None))
