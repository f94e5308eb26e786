# SPDX-License-Identifier: Apache-2.0
"""SDKs without one seam for all calls: their methods are patched one by one, each with what describes its call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel.generated import generated
from spanwright.instrumentors._kernel.kinds import is_stream
from spanwright.instrumentors._kernel.operation import open_operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Begun
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.reading import Reader
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Content, Subject

    Found = tuple[Subject, Reader, Callable[[], Content] | None]
    Find = Callable[[Any, tuple[Any, ...], dict[str, Any]], Found | None]
    Stream = Callable[[Any, Operation], Any]


class Method:
    """The seam of one method.

    `find` returns subject, reader and content reader of a call, None when it is no GenAI operation. An iterator that
    the method returns is observed. `stream` is asked of anything else: it observes a stream of the library's own kind
    and returns what the caller is to get for it, or returns None, and then the value is the answer. `noted` is told of
    each operation when all of its answer is received.
    """

    def __init__(
        self,
        telemetry: Telemetry,
        find: Find,
        stream: Stream | None = None,
        *,
        noted: Callable[[Operation], None] | None = None,
    ) -> None:
        self._telemetry = telemetry
        self._find = find
        self._stream = stream
        self._noted = noted

    def begin(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Begun | None:
        """Open an operation if the call is one."""
        found = self._find(instance, args, kwargs)
        if found is None:
            return None
        subject, reader, content = found
        operation = open_operation(self._telemetry, subject, reader, content=content)
        if operation is None:
            return None
        operation.noted = self._noted
        return operation, args, kwargs

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the operation, unless a stream will."""
        if is_stream(value):
            return generated(value, operation)
        if self._stream is not None and (given := self._stream(value, operation)) is not None:
            return given
        operation.finish(value)
        return None


def bound(read: Callable[..., Found | None]) -> Find:
    """Return what finds a call by `read`, whose signature binds the instance and the call's arguments."""
    return lambda instance, args, kwargs: read(instance, *args, **kwargs)
