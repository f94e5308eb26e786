# SPDX-License-Identifier: Apache-2.0
"""A span that is current while the application has a run in its hands, and may leave it elsewhere."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import set_span_in_context

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.native import NativeSpan

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from spanwright.instrumentors._kernel.call import Args, Kwargs


def lexical(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Make a span of ours current in the kernel's way, which tells nobody when it is left in another context."""
    del instance
    if len(args) == 1 and not kwargs and isinstance(args[0], NativeSpan):
        return _made_current(args[0])
    return wrapped(*args, **kwargs)


@contextmanager
def _made_current(span: NativeSpan) -> Generator[NativeSpan, None, None]:
    tokens = current.enter(set_span_in_context(span), current.scope())
    try:
        yield span
    except BaseException as error:
        span.left_by(error, failed=True)
        raise
    finally:
        current.leave(tokens)
