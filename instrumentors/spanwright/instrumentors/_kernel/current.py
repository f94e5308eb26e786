# SPDX-License-Identifier: Apache-2.0
"""What is current: spans and operations in the OpenTelemetry context, entered and left lexically.

A span is current exactly while the library's own code runs. `enter` and `leave` stand around one call or one pull of
a stream and never around a `yield`, so a consumer never sees our span and nothing can fail to detach.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any, cast

from opentelemetry.baggage import get_baggage
from opentelemetry.context import Context, attach, create_key, detach, get_current
from opentelemetry.trace import get_current_span

if TYPE_CHECKING:
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.scope import Scope

    Tokens = tuple[Token["Scope | None"], Token[Context]]

OPERATION = create_key("spanwright-operation")
CONVERSATION = create_key("spanwright-conversation")

# The spans that libraries which trace themselves have of us, and which tell their operation; see `native`.
natives: tuple[type[Any], ...] = ()

# Tells whether `leave` runs in the Context in which `enter` ran: a coroutine that the garbage collector closes
# runs elsewhere, where OpenTelemetry's `detach` would log an error and another context would be disturbed.
_here: ContextVar[Scope | None] = ContextVar("spanwright-here", default=None)


def enter(context: Context | None, scope: Scope | None = None) -> Tokens | None:
    """Make `context` current; None when that failed or there is none, which `leave` understands. Never raises."""
    if context is None:
        return None
    try:
        attached = attach(context)
        return _here.set(scope), attached
    except Exception:
        return None


def leave(tokens: Tokens | None) -> None:
    """Restore what was current before `enter`, whatever was attached in between and forgotten. Never raises."""
    if tokens is None:
        return
    try:
        _here.reset(tokens[0])
        detach(tokens[1])
    except Exception:
        return


def scope() -> Scope | None:
    """Return the innermost scope that is entered in this Context."""
    return _here.get()


def operation(context: Context | None = None) -> Operation | None:
    """Return the innermost GenAI operation of the context."""
    if context is None:
        context = get_current()
    if natives:
        span: Any = get_current_span(context)
        if isinstance(span, natives) and span.operation is not None:
            return cast("Operation", span.operation)
    # Without a `cast`, which is a call.
    return context.get(OPERATION)  # pyright: ignore[reportReturnType] - nobody else has the key


def with_operation(context: Context, operation: Operation) -> Context:
    """Return `context` with the operation as its innermost one."""
    return Context({**context, OPERATION: operation})


def conversation_id(context: Context | None = None) -> str | None:
    """Return the conversation id that the application set in the context, as our key or as W3C baggage."""
    if context is None:
        context = get_current()
    if not context:
        return None
    found = context.get(CONVERSATION)
    if found is None:
        found = get_baggage("gen_ai.conversation.id", context)
    return found if isinstance(found, str) and found else None


# Asked for at every operation, so it is no function around a function.
now = get_current
