# SPDX-License-Identifier: Apache-2.0
"""From announced runs to operations: a run that means something becomes one, plumbing passes its children on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import langchain_messages as dialect
from spanwright.instrumentors._dialects import langchain_results
from spanwright.instrumentors._dialects.wire import get, items, string
from spanwright.instrumentors._kernel import current, ending
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors._kernel.runs import Runs
from spanwright.instrumentors.langchain import graphs, models, places
from spanwright.instrumentors.langchain.errors import is_control_flow, is_interrupt
from spanwright.instrumentors.langchain.graphs import Graphs, thread
from spanwright.semconv.model import AgentRun, Content, Inference, Retrieval, Step, ToolRun, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message, Response, Subject

_FUNCTION = "function"
# The conventions' word for a tool that answers that it failed.
_TOOL_ERROR = "tool_error"


class Callbacks:
    """Follows the runs of this process, told by their ids. Every method is ours, and is to be called through `guard`."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._graphs = Graphs()
        self._verbose = telemetry.settings.langchain_verbose
        # By the numbers of their ids, whose own hash is a call of Python code; by what else an application sets as an id.
        self.runs: Runs[int] = Runs()

    # --- starts -------------------------------------------------------------------------------------------------

    def chain(self, serialized: Any, inputs: Any, run: Any, known: dict[str, Any]) -> None:
        """Start a run of anything that is no model, tool or retriever: a graph, a node, or plumbing."""
        subject: Subject | None = None
        content: Callable[[], Content] | None = None
        parent = known.get("parent_run_id")
        metadata: dict[str, Any] = known.get("metadata") or {}
        name = string(known.get("name"))
        place = places.here()
        if place is not None and place.run is None and place.owner is not None:
            subject = self._graphs.run(place.owner, metadata)
            content = lambda: Content(input=dialect.conversation(inputs))  # noqa: E731 - read only when captured
        elif graphs.is_node(name, known.get("tags"), metadata):
            subject = self._node(name or "", parent, metadata)
        if subject is None and self._verbose:
            subject = Step(name or string(get(serialized, "name")) or "runnable")
        self._start(run, parent, place, subject, content=content)

    def model(self, serialized: Any, messages: Any, run: Any, known: dict[str, Any], *, chat: bool) -> None:
        """Start a model call."""
        operation = "chat" if chat else "text_completion"
        subject = models.inference(operation, serialized, known.get("metadata") or {}, known)
        content = (
            (lambda: models.chat_content(messages, known))
            if chat
            else (lambda: models.text_content(messages))
        )
        self._start(run, known.get("parent_run_id"), places.here(), subject, ANSWERS, content)

    def tool(self, serialized: Any, given: Any, run: Any, known: dict[str, Any]) -> None:
        """Start a tool."""
        subject = ToolRun(
            name=string(get(serialized, "name")) or string(known.get("name")) or "tool",
            type=_FUNCTION,
            description=string(get(serialized, "description")),
            call_id=string(known.get("tool_call_id")),
            conversation_id=thread(known.get("metadata") or {}),
        )
        inputs = known.get("inputs")
        content = lambda: Content(arguments=inputs if inputs is not None else given)  # noqa: E731 - as above
        self._start(run, known.get("parent_run_id"), places.here(), subject, content=content)

    def retriever(self, query: Any, run: Any, known: dict[str, Any]) -> None:
        """Start a search; a vector store's retriever tells how much it looks for."""
        subject = Retrieval(top_k=get(getattr(places.owner(), "search_kwargs", None), "k"))
        content = lambda: Content(query=string(query))  # noqa: E731 - as above
        self._start(run, known.get("parent_run_id"), places.here(), subject, content=content)

    # --- in between ---------------------------------------------------------------------------------------------

    def chunk(self, run: Any, chunk: Any) -> None:
        """Note a chunk of a model's answer, None where it comes in events: only a streamed request has any."""
        operation = self.runs.get(getattr(run, "int", run))
        if operation is None:
            return
        subject = operation.subject
        if isinstance(subject, Inference) and subject.request.stream is None:
            subject.request.stream = operation.changed = True
        operation.seen(chunk)

    # --- ends ---------------------------------------------------------------------------------------------------

    def finish(self, run: Any, value: Any) -> None:
        """End a run with what it returned."""
        operation = self.runs.end(getattr(run, "int", run))
        if operation is None:
            return
        subject = operation.subject
        if isinstance(subject, Inference):
            operation.finish(value)
        elif isinstance(subject, ToolRun) and guard(_failed, operation, subject, value):
            operation.refuse(_TOOL_ERROR)
        else:
            if operation.capturing:
                guard(_take, operation, value)
            operation.finish()

    def fail(self, run: Any, error: BaseException, result: Any = None) -> None:
        """End a run with an error, unless the error only steers the graph; the run by its id, or the id's number."""
        number = getattr(run, "int", run)
        operation = self.runs.end(number)
        if operation is not None:
            if isinstance(operation.subject, Inference) and guard(langchain_results.choices, result):
                guard(operation.accept, result)
            self._fail(operation, error)
        if not isinstance(error, Exception):
            # A cancelled or abandoned run: nothing announces the end of what was going on inside.
            for inner in self.runs.end_below(number):
                self._fail(inner, error)

    def _fail(self, operation: Operation, error: BaseException) -> None:
        if isinstance(error, GeneratorExit):
            # LangChain's own generators announce their end even from inside the garbage collector.
            ending.dropped(operation)
        elif is_control_flow(error):
            if is_interrupt(error) and isinstance(operation.subject, Step):
                graphs.interrupt(operation.subject)
                operation.changed = True
            operation.finish()
        else:
            operation.fail(error)

    # --- how ----------------------------------------------------------------------------------------------------

    def has_steps(self) -> bool:
        """Return whether nodes that start here have spans: those of an agent are how it is built."""
        around = current.operation()
        return self._verbose or around is None or not isinstance(around.subject, AgentRun)

    def _node(self, name: str, parent: Any, metadata: dict[str, Any]) -> Step | None:
        """Return the step of a node; the nodes of an agent, and the one of an entrypoint, are how it is built."""
        above = self.runs.nearest(getattr(parent, "int", parent))
        whole = above.subject if above is not None else None
        if isinstance(whole, AgentRun) or (
            isinstance(whole, WorkflowRun) and whole.name == name and graphs.is_entry(metadata)
        ):
            return None
        return graphs.node(name, metadata)

    def _start(
        self,
        run: Any,
        parent: Any,
        place: places.Place | None,
        subject: Subject | None,
        reader: Any = None,
        content: Callable[[], Content] | None = None,
    ) -> None:
        operation: Operation | None = None
        number, above = getattr(run, "int", run), getattr(parent, "int", parent)
        if subject is not None:
            operation = open_operation(
                self._telemetry, subject, reader, content=content, context=self._context(above)
            )
        self.runs.start(number, above, operation)
        if place is not None and place.run is None:
            place.give(number, operation)

    def _context(self, parent: int | None) -> Context:
        """Return the innermost of two parents: the run above, and what is current here.

        The application may have opened a span inside the run above, or may have passed the run's config on to where
        something else is current (another thread, a callback of its own).
        """
        here = current.now()
        above = self.runs.nearest(parent)
        if above is None:
            return here
        around = current.operation(here)
        if around is above:
            return here
        return here if around is not None and _is_inside(around, above) else above.context


class Answers:
    """Reads a model's result."""

    __slots__ = ()

    def response(self, value: Any) -> Response | None:
        """Read the facts."""
        return langchain_results.response(value) if value is not None else None

    def output(self, value: Any) -> Sequence[Message]:
        """Read the messages."""
        return langchain_results.output(value)

    def chunks(self, *, content: bool) -> langchain_results.Said:
        """Return a keeper of chunks."""
        return langchain_results.Said(content=content)


ANSWERS = Answers()


def _failed(operation: Operation, subject: ToolRun, value: Any) -> bool:
    """Return whether a tool says that it failed; langchain-core 0.3 tells the id of the call only with the answer."""
    if subject.call_id is None and (call := string(get(value, "tool_call_id"))) is not None:
        subject.call_id, operation.changed = call, True
    return get(value, "status") == "error" and get(value, "type") == "tool"


def _take(operation: Operation, value: Any) -> None:
    """Keep the content of what a run returned."""
    content, subject = operation.content(), operation.subject
    if isinstance(subject, ToolRun):
        content.result = dialect.answer(value)
    elif isinstance(subject, Retrieval):
        content.documents = [dialect.document(each) for each in items(value)]
    elif isinstance(subject, (AgentRun, WorkflowRun)):
        content.output = dialect.last(value)


def _is_inside(inner: Operation | None, outer: Operation) -> bool:
    """Return whether an operation that is current here was started within the other one."""
    while inner is not None and inner is not outer:
        inner = inner.outer
    return inner is outer
