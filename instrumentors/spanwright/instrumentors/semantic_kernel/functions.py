# SPDX-License-Identifier: Apache-2.0
"""Kernel functions: a tool each, but for prompts that nobody calls as a tool, whose model calls speak for themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import semantic_kernel_contents as dialect
from spanwright.instrumentors._dialects.wire import get, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel.reading import NOTHING
from spanwright.semconv.model import Content, ToolRun

if TYPE_CHECKING:
    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class Functions(Method):
    """The seam of a function's invocation."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._found)

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the operation with the result."""
        if operation.capturing:
            operation.content().result = dialect.result(value)
        operation.finish()

    def _found(self, instance: Any, args: Args, kwargs: Kwargs) -> Found | None:
        given, metadata = _called(*args, **kwargs)
        said, call = get(instance, "metadata"), string(get(metadata, "id"))
        if call is None and get(said, "is_prompt"):
            return None
        subject = ToolRun(
            name=dialect.name(said) or "tool",
            type="function",
            description=string(get(said, "description")),
            call_id=call,
        )
        return subject, NOTHING, lambda: Content(arguments=dialect.arguments(given or kwargs, said))


def _called(
    kernel: Any = None, arguments: Any = None, metadata: Any = None, *_: Any, **__: Any
) -> tuple[Any, Any]:
    del kernel
    return arguments, metadata
