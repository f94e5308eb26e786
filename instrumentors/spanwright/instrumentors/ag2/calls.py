# SPDX-License-Identifier: Apache-2.0
"""The calls of models and tools and the questions to people that a middleware sees in a turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import ag2_events as dialect
from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._families.servers import Servers
from spanwright.instrumentors.ag2.answers import Answers, Said
from spanwright.semconv.model import Content, Inference, Step, ToolRun

if TYPE_CHECKING:
    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class Models(Method):
    """The seam of a model call: what is called is the client, bound to the tools and to the form of the answer."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._asked)
        self._servers = Servers("")

    def _asked(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        del kwargs
        turn, call = instance
        client: Any = getattr(call, "func", None)
        given: dict[str, Any] = getattr(call, "keywords", {})
        tools = given.get("tools", ())
        turn.described = dialect.described(tools)
        subject = Inference(
            provider=dialect.provider(client),
            request=dialect.request(client, turn.config, given.get("response_schema")),
        )
        url = getattr(getattr(client, "_client", None), "base_url", None)
        if url is not None:
            server = self._servers.of(client, url)
            subject.provider = server.provider or subject.provider
            subject.address, subject.port = server.address, server.port
        events, context = args
        prompt = getattr(context, "prompt", None)
        return subject, Answers(subject.provider), lambda: dialect.content(prompt, events, tools)


class Tools(Method):
    """The seam of a tool, whose failure is an answer to the model."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._called)

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the tool."""
        error = getattr(value, "error", None)
        if isinstance(error, BaseException):
            operation.fail(error)
            return
        if operation.capturing:
            operation.content().result = dialect.result(getattr(value, "result", None))
        operation.finish()

    def _called(self, turn: Any, args: Args, kwargs: Kwargs) -> Found:
        del kwargs
        call = args[0]
        name = string(getattr(call, "name", None)) or "tool"
        subject = ToolRun(
            name=name,
            type="function",
            description=turn.described.get(name),
            call_id=string(getattr(call, "id", None)),
        )
        return subject, Said(), lambda: Content(arguments=dialect.arguments(call))


class Questions(Method):
    """The seam of a question that a person is asked: a step, so that the wait is seen."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._put)

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the step; what the person said is not told."""
        del value
        operation.finish()

    def _put(self, turn: Any, args: Args, kwargs: Kwargs) -> Found:
        del turn, args, kwargs
        return Step("await_human_input"), Said(), None
