# SPDX-License-Identifier: Apache-2.0
"""Query engines and chat engines: workflows of searches and model calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import llama_index_messages as messages
from spanwright.instrumentors._dialects.wire import fields, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel.generated import generated
from spanwright.instrumentors._kernel.kinds import is_stream
from spanwright.instrumentors._kernel.operation import Operation
from spanwright.instrumentors.llama_index.names import named
from spanwright.semconv.model import Content, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message

_GIVEN = ("str_or_query_bundle", "message")
_STREAMS = ("chat_stream", "achat_stream")


class Engines(Method):
    """The seam of `query` and of `chat`, streamed or not."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_call)

    def returned(self, operation: Operation, value: Any) -> None:
        """End with the answer; a chat engine's stream goes on in a thread or a task until the model has ended."""
        if _streams(value):
            # Its model may be asked only when the stream is read.
            value.response_gen = generated(value.response_gen, operation)
            return
        if operation.capturing:
            operation.content().output = messages.answer(value)
        inner = next((found for name in _STREAMS if (found := _model(value, name)) is not None), None)
        if inner is not None:
            inner.noted = lambda _: operation.finish()
            if inner.is_open:
                operation.handed = True
                return
        operation.finish()

    def _find_call(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        asked = args[0] if args else next((kwargs[each] for each in _GIVEN if each in kwargs), None)
        subject = WorkflowRun(name=named(instance), conversation_id=session(fields(instance).get("_memory")))
        return subject, _WORDS, lambda: Content(input=messages.conversation(messages.query(asked)))


class _Words:
    """Reads a streamed answer, which comes as words."""

    __slots__ = ()

    def response(self, value: Any) -> None:
        """Return nothing: a workflow's answer has no facts."""

    def output(self, value: Any) -> Sequence[Message]:
        """Return what was said."""
        return messages.answer(value)

    def chunks(self, *, content: bool) -> _Heard:
        """Return a keeper of words."""
        return _Heard(content=content)


class _Heard:
    """Keeps words when they are content to be kept."""

    __slots__ = ("_content", "_words")

    def __init__(self, *, content: bool) -> None:
        self._content = content
        self._words: list[str] = []

    def add(self, chunk: Any) -> None:
        """Take one chunk."""
        if self._content and isinstance(chunk, str):
            self._words.append(chunk)

    def value(self) -> str:
        """Return what was received."""
        return "".join(self._words)


_WORDS = _Words()


def session(memory: Any) -> str | None:
    """Return the id of the session that a memory keeps; a buffer's key means one when it is not the default."""
    held = fields(memory)
    key = string(held.get("chat_store_key"))
    return string(held.get("session_id")) or (key if key != "chat_history" else None)


def _streams(value: Any) -> bool:
    """Return whether an answer is one that a generator gives."""
    return is_stream(fields(value).get("response_gen"))


def _model(value: Any, name: str) -> Operation | None:
    """Return the model call that an engine's stream comes from."""
    found = getattr(fields(value).get(name), "operation", None)
    return found if isinstance(found, Operation) else None
