# SPDX-License-Identifier: Apache-2.0
"""The seam `_make_api_call(operation_name, api_params)`, which every call of every AWS client passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.wire import fields
from spanwright.instrumentors._kernel.call import traced
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors.botocore import bodies, streams
from spanwright.instrumentors.botocore.operations import OPERATIONS, Bedrock
from spanwright.instrumentors.botocore.readers import Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Begun, Kwargs, Wrapper
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry


def patched(telemetry: Telemetry) -> Wrapper:
    """Return the wrapper of the seam; a call of any other service than Bedrock's costs a look-up."""
    call = traced(Calls(telemetry))

    def wrapper(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        if getattr(getattr(instance, "_service_model", None), "service_name", None) not in OPERATIONS:
            return wrapped(*args, **kwargs)
        return call(wrapped, instance, args, kwargs)

    return wrapper


class Calls:
    """Opens an operation for what Bedrock calls one."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._bedrock = Bedrock()

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Open an operation if the call is one."""
        known = OPERATIONS[instance._service_model.service_name]  # noqa: SLF001 - as the wrapper found it
        name, params = _bound(*args, **kwargs)
        if name not in known:
            return None
        found = self._bedrock.find(instance, known[name], fields(params))
        if found is None:
            return None
        subject, reader, content = found
        operation = open_operation(self._telemetry, subject, reader, content=content)
        return None if operation is None else (operation, args, kwargs)

    def returned(self, operation: Operation, value: Any) -> None:
        """End the operation, unless its stream or its body will."""
        reader = operation.reader
        if not isinstance(reader, Reader) or reader.place is None:
            operation.finish(value)
            return
        operation.touch()
        held = reader.opened(value)
        operation.noted = _beside
        if not streams.observe(held, operation) and not bodies.observe(held, operation):
            operation.finish()


def _beside(operation: Operation) -> None:
    """Read what stands beside the stream or the body, which is known even if that is never read."""
    if getattr(operation.subject, "response", None) is None and operation.reader is not None:
        operation.merge(operation.reader.response(None))


def _bound(operation_name: Any, api_params: Any) -> tuple[Any, Any]:
    """Bind `_make_api_call(operation_name, api_params)`."""
    return operation_name, api_params
