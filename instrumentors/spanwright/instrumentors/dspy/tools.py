# SPDX-License-Identifier: Apache-2.0
"""Tools as DSPy's agents run them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.wire import get, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors.dspy.programs import PROGRAM
from spanwright.semconv.model import Content, ToolRun

if TYPE_CHECKING:
    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_FUNCTION = "function"
# How an agent of the library says that it is done is written as a call of a tool, and is none.
_OWN = "dspy.predict."


class Tools(Method):
    """The seam of `Tool.__call__(**arguments)`."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_tool)

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the tool; a generator that it returns is the application's."""
        if operation.capturing:
            operation.content().result = value
        operation.finish()

    def _find_tool(self, instance: Any, args: Args, kwargs: Kwargs) -> Found | None:
        del args
        function = get(instance, "func")
        if (string(getattr(function, "__module__", None)) or "").startswith(_OWN):
            return None
        subject = ToolRun(
            name=string(get(instance, "name")) or "tool",
            type=_FUNCTION,
            description=string(get(instance, "desc")),
        )
        return subject, PROGRAM, lambda: Content(arguments=kwargs)
