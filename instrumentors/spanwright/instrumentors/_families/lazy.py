# SPDX-License-Identifier: Apache-2.0
"""SDKs whose streams are generators that send nothing before their first step: the operation opens there."""

from __future__ import annotations

from inspect import CO_COROUTINE
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel.call import traced
from spanwright.instrumentors._kernel.generated import generated
from spanwright.instrumentors._kernel.guard import guard, instead
from spanwright.instrumentors._kernel.kinds import is_stream
from spanwright.instrumentors._kernel.streams import opening

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._families.methods import Find
    from spanwright.instrumentors._kernel.call import Args, Kwargs, Wrapper
    from spanwright.instrumentors._kernel.telemetry import Telemetry

    Streams = Callable[[Any, Args, Kwargs], bool]


def lazy(telemetry: Telemetry, find: Find, streams: Streams, method: Method | None = None) -> Wrapper:
    """Return the wrapper of a method, plain or `async def`, that may return such a generator.

    `streams` tells whether this call will, and is a GenAI operation; any other call passes the seam `method`, by
    default one that takes what is returned for the answer. A stream that is never iterated is no call at all.
    """
    seam = method if method is not None else Method(telemetry, find)
    at_once = traced(seam)

    def wrapper(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        if not guard(streams, instance, args, kwargs):
            return at_once(wrapped, instance, args, kwargs)
        code = getattr(wrapped, "__code__", None)
        if code is not None and code.co_flags & CO_COROUTINE:
            return _awaited(seam, wrapped, instance, args, kwargs)
        return instead(wrapped(*args, **kwargs), _observed, seam, instance, args, kwargs)

    return wrapper


async def _awaited(
    seam: Method, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs
) -> Any:
    return instead(await wrapped(*args, **kwargs), _observed, seam, instance, args, kwargs)


def _observed(value: object, seam: Method, instance: Any, args: Args, kwargs: Kwargs) -> Any:
    return generated(value, None, opening(seam, instance, args, kwargs)) if is_stream(value) else None
