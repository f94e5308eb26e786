# SPDX-License-Identifier: Apache-2.0
"""The SDK's answers and events: pydantic models in 0.3, protocol buffers in 1; read as objects, and as JSON for content."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

from spanwright.instrumentors._dialects import a2a_messages as dialect
from spanwright.instrumentors._dialects.wire import string

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.semconv.model import Message, Response


class Events:
    """Reads answers: one value, or the list of events that `Kept` makes of a stream."""

    def response(self, value: Any) -> Response | None:
        """Read the facts."""
        events = _listed(value)
        found = [held(event) for event in events]
        conversations = [string(getattr(each, "context_id", None)) for each in found]
        states = [state for each in found if (state := _state(each)) is not None]
        code = getattr(getattr(found[-1], "error", None), "code", None) if found else None
        response = dialect.response(next(filter(None, conversations), None), states[-1] if states else None)
        if isinstance(code, int):
            response.error = str(code)
        return response

    def output(self, value: Any) -> Sequence[Message]:
        """Read the content."""
        events = _listed(value)
        return dialect.output(plain(held(event)) for event in events)

    def chunks(self, *, content: bool) -> Kept:
        """Return a keeper of events."""
        return Kept(content=content)


class Kept:
    """The events of a stream: all of them for the content, else what the facts stand in, the first and the last."""

    __slots__ = ("_content", "_events")

    def __init__(self, *, content: bool) -> None:
        self._content = content
        self._events: list[Any] = []

    def add(self, chunk: Any) -> None:
        """Keep a reference."""
        if self._content or len(self._events) < 2:  # noqa: PLR2004 - the first and the last
            self._events.append(chunk)
        else:
            self._events[-1] = chunk

    def value(self) -> list[Any]:
        """Return what was kept."""
        return self._events


def held(event: Any) -> Any:
    """Return the task, message or update that an event carries."""
    if isinstance(event, tuple):
        # A client of 0.3 gives the task as it is by now, and what has changed it.
        return event[0] if event else None  # pyright: ignore[reportUnknownVariableType] - the SDK's
    root = getattr(event, "root", event)
    result = getattr(root, "result", root)
    shape = getattr(result, "DESCRIPTOR", None)
    if shape is None or "payload" not in shape.oneofs_by_name:
        return result
    name = result.WhichOneof("payload")
    return getattr(result, name) if name is not None else None


def plain(value: Any) -> Any:
    """Return the JSON of a model or of a protocol buffer."""
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        return dump(mode="json", by_alias=True, exclude_none=True)
    form: Any = sys.modules.get("google.protobuf.json_format")
    return form.MessageToDict(value) if form is not None and hasattr(value, "DESCRIPTOR") else value


def _state(value: Any) -> str | None:
    status = getattr(value, "status", None)
    state: Any = getattr(status, "state", None)
    shape: Any = getattr(status, "DESCRIPTOR", None)
    if isinstance(state, int) and shape is not None:
        names = shape.fields_by_name["state"].enum_type.values_by_number
        return names[state].name if state in names else None
    return string(getattr(state, "value", state))


def _listed(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]
