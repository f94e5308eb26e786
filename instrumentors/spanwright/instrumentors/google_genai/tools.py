# SPDX-License-Identifier: Apache-2.0
"""Automatic function calling: the SDK runs the application's functions itself, between two calls of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.semconv.model import Content, ToolRun

if TYPE_CHECKING:
    from spanwright.instrumentors._kernel.call import Begun
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class Tools:
    """The seam `invoke_function_from_dict_args(args, function)`."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def begin(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Begun | None:
        """Open an operation for the run of a function."""
        del instance
        given, name = _bound(*args, **kwargs)
        if not isinstance(name, str):
            return None
        subject = ToolRun(name=name, type="function")
        operation = open_operation(self._telemetry, subject, content=lambda: Content(arguments=given))
        return None if operation is None else (operation, args, kwargs)

    def returned(self, operation: Operation, value: Any) -> None:
        """End the operation; the model gets the value under the name that it has here."""
        if operation.capturing:
            operation.content().result = {"result": value}
        operation.finish()


def _bound(args: Any, function_to_invoke: Any) -> tuple[Any, Any]:
    """Bind `invoke_function_from_dict_args(args, function_to_invoke)`."""
    return args, getattr(function_to_invoke, "__name__", None)
