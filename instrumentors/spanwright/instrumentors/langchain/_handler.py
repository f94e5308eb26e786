# SPDX-License-Identifier: Apache-2.0
"""The callback handler that LangChain calls. Imported only once the application has imported LangChain."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks.base import BaseCallbackHandler

from spanwright.instrumentors._kernel.guard import guard

if TYPE_CHECKING:
    from uuid import UUID

    from spanwright.instrumentors.langchain.callbacks import Callbacks


class SpanwrightHandler(BaseCallbackHandler):
    """Passes what LangChain announces on. Synchronous and inline, so that a start is heard before the run's own code.

    Run ids and the like come as keyword arguments, of which each version has more.
    """

    run_inline = True
    raise_error = False
    # LangChain asks for one of these at each event: here they are no properties, whose calls would add up.
    ignore_chain = ignore_llm = ignore_chat_model = ignore_agent = ignore_retriever = False  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride] - see above
    ignore_retry = ignore_custom_event = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride] - see above

    def __init__(self, callbacks: Callbacks) -> None:
        self._callbacks = callbacks
        self.active = True

    def __deepcopy__(self, memo: Any) -> SpanwrightHandler:
        return self

    def __copy__(self) -> SpanwrightHandler:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # A manager that is pickled holds this: it is read, in a process that need not have us, as one that hears nothing.
        return BaseCallbackHandler, ()

    def on_chain_start(self, serialized: Any, inputs: Any, *, run_id: UUID, **known: Any) -> None:
        if self.active:
            guard(self._callbacks.chain, serialized, inputs, run_id, known)

    def on_chat_model_start(self, serialized: Any, messages: Any, *, run_id: UUID, **known: Any) -> None:
        if self.active:
            guard(self._callbacks.model, serialized, messages, run_id, known, chat=True)

    def on_llm_start(self, serialized: Any, prompts: Any, *, run_id: UUID, **known: Any) -> None:
        if self.active:
            guard(self._callbacks.model, serialized, prompts, run_id, known, chat=False)

    def on_tool_start(self, serialized: Any, input_str: Any, *, run_id: UUID, **known: Any) -> None:
        if self.active:
            guard(self._callbacks.tool, serialized, input_str, run_id, known)

    def on_retriever_start(self, serialized: Any, query: Any, *, run_id: UUID, **known: Any) -> None:
        del serialized
        if self.active:
            guard(self._callbacks.retriever, query, run_id, known)

    def on_llm_new_token(self, token: Any, *, run_id: UUID, chunk: Any = None, **_: Any) -> None:
        del token
        if self.active:
            guard(self._callbacks.chunk, run_id, chunk)

    def on_stream_event(self, event: Any, *, run_id: UUID, **_: Any) -> None:
        del event
        if self.active:
            guard(self._callbacks.chunk, run_id, None)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **_: Any) -> None:
        if self.active:
            guard(self._callbacks.finish, run_id, outputs)

    def on_llm_end(self, response: Any, *, run_id: UUID, **_: Any) -> None:
        if self.active:
            guard(self._callbacks.finish, run_id, response)

    def on_tool_end(self, output: Any, *, run_id: UUID, **_: Any) -> None:
        if self.active:
            guard(self._callbacks.finish, run_id, output)

    def on_retriever_end(self, documents: Any, *, run_id: UUID, **_: Any) -> None:
        if self.active:
            guard(self._callbacks.finish, run_id, documents)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        if self.active:
            guard(self._callbacks.fail, run_id, error)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, response: Any = None, **_: Any) -> None:
        if self.active:
            guard(self._callbacks.fail, run_id, error, response)

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        if self.active:
            guard(self._callbacks.fail, run_id, error)

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        if self.active:
            guard(self._callbacks.fail, run_id, error)


class Hook:
    """The handler's place in LangChain's published list of hooks; as a variable's default it is in every context."""

    def __init__(self, callbacks: Callbacks, module: Any) -> None:
        self._handler = SpanwrightHandler(callbacks)
        self._hooks: list[Any] = module._configure_hooks  # noqa: SLF001 - the list behind the published function, for the removal
        self._variable: ContextVar[Any] = ContextVar("spanwright-langchain", default=self._handler)
        # Inheritable, so that a manager which is passed on explicitly carries the handler along.
        module.register_configure_hook(self._variable, inheritable=True)

    def remove(self) -> None:
        """Leave the list and fall silent in managers that still hold the handler."""
        self._handler.active = False
        self._hooks[:] = [hook for hook in self._hooks if hook[0] is not self._variable]
