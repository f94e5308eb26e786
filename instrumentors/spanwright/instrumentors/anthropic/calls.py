# SPDX-License-Identifier: Apache-2.0
"""The calls that are GenAI operations, and the operation of the one that the SDK is about to send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import anthropic_completions, anthropic_messages
from spanwright.instrumentors._kernel import current
from spanwright.semconv import names as n
from spanwright.semconv.model import Inference

if TYPE_CHECKING:
    from spanwright.instrumentors._families.stainless import Dialect
    from spanwright.instrumentors._kernel.operation import Operation

# Whatever is not here (token counting, batches, files, models, sessions, ...) is no GenAI operation.
POSTS: dict[str, tuple[str, Dialect]] = {
    "/v1/messages": (n.OperationName.CHAT, anthropic_messages),
    "/v1/complete": (n.OperationName.TEXT_COMPLETION, anthropic_completions),
}


def endpoint(method: str, path: str) -> str | None:
    """Return the path as `POSTS` has it, None when the call is no GenAI operation."""
    # The beta resources carry a query in their paths, and applications that post by hand may leave the slash out.
    path = path.partition("?")[0]
    if path[:1] != "/":
        path = f"/{path}"
    return path if method.lower() == "post" and path in POSTS else None


def in_flight(options: Any) -> Operation | None:
    """Return the operation of the call with these options: it is current while the SDK's code sends it.

    Where a framework's layer owns the span of the call, it is the framework's operation.
    """
    method, path = getattr(options, "method", None), getattr(options, "url", None)
    if not isinstance(method, str) or not isinstance(path, str) or endpoint(method, path) is None:
        return None
    operation = current.operation()
    return operation if operation is not None and isinstance(operation.subject, Inference) else None
