# SPDX-License-Identifier: Apache-2.0
"""Runs of agents: the response alone, all messages one by one, or streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import semantic_kernel_contents as dialect
from spanwright.instrumentors._dialects.wire import get, string
from spanwright.instrumentors._families.methods import Method
from spanwright.semconv.model import AgentRun, Message, Text

if TYPE_CHECKING:
    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class Items:
    """Keeps the last item of a run, and the text of streamed ones if content is captured."""

    __slots__ = ("_content", "_last", "_texts")

    def __init__(self, *, content: bool) -> None:
        self._content = content
        self._last: Any = None
        self._texts: list[str] = []

    def add(self, chunk: Any) -> None:
        """Take one item; one that is streamed has the number of its choice."""
        self._last = chunk
        if self._content and get(get(chunk, "message"), "choice_index") is not None:
            self._texts += [
                part.content
                for each in dialect.answer(chunk)
                for part in each.parts
                if isinstance(part, Text)
            ]

    def value(self) -> Items:
        """Return what was kept: the last item, and the text of all."""
        return self

    @property
    def last(self) -> Any:
        """The last item."""
        return self._last

    @property
    def text(self) -> str:
        """The text of all that were streamed."""
        return "".join(self._texts)


class Answers:
    """Reads the answer of one run; `thread` is where it was said."""

    __slots__ = ("thread",)

    def __init__(self) -> None:
        self.thread: Any = None

    def response(self, value: Any) -> None:
        """Note the thread: an answer has no facts."""
        self.thread = get(value.last if isinstance(value, Items) else value, "thread")

    def output(self, value: Any) -> list[Message]:
        """Read the message."""
        if not isinstance(value, Items):
            return dialect.answer(value)
        if not value.text:
            return dialect.answer(value.last)
        name = string(get(get(value.last, "message"), "name"))
        return [Message("assistant", [Text(value.text)], name, "stop")]

    def chunks(self, *, content: bool) -> Items:
        """Return a keeper of items."""
        return Items(content=content)


class Agents(Method):
    """The seam of an agent's runs."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._found, noted=_noted)

    def _found(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        given, thread = _asked(*args, **kwargs)
        subject = AgentRun(
            name=string(get(instance, "name")),
            description=string(get(instance, "description")),
            conversation_id=string(get(thread, "_id")),
        )
        subject.request.model = dialect.model(instance)
        return subject, Answers(), lambda: dialect.content(instance, given)


def _asked(messages: Any = None, *_: Any, thread: Any = None, **__: Any) -> tuple[Any, Any]:
    return messages, thread


def _noted(operation: Operation) -> None:
    subject, reader = operation.subject, operation.reader
    if isinstance(subject, AgentRun) and isinstance(reader, Answers) and subject.conversation_id is None:
        subject.conversation_id = string(get(reader.thread, "_id"))
        operation.changed = True
