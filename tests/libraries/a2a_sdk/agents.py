# SPDX-License-Identifier: Apache-2.0
"""A real agent behind a real server on this machine, and clients of it, in the words of the SDK's 0.3 or of its 1."""

from __future__ import annotations

import asyncio
import threading
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn
from a2a.client import ClientConfig, ClientFactory
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import (
    AgentCapabilities,
    AgentCard,
    AgentSkill,
    Message,
    Part,
    Role,
    Task,
    TaskState,
    TaskStatus,
)
from opentelemetry import trace

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST = version("a2a-sdk").startswith("0.")
NAME, HELP = "guide", "Tells the way."
SKILL: dict[str, Any] = {"id": "way", "name": "way", "description": "The way.", "tags": ["way"]}
ANSWER = "To the left."

if FIRST:
    from a2a.server.apps import A2ARESTFastAPIApplication, A2AStarletteApplication
    from a2a.types import TaskIdParams, TextPart, TransportProtocol
else:
    from a2a.server.routes import create_jsonrpc_routes, create_rest_routes
    from a2a.types import AgentInterface, CancelTaskRequest, SendMessageRequest
    from starlette.applications import Starlette


def part(text: str) -> Any:
    """Return a part that is text."""
    return Part(root=TextPart(text=text)) if FIRST else Part(text=text)


def message(text: str = "Where is the hall?", **more: Any) -> Any:
    """Return a user's message."""
    role = Role.user if FIRST else Role.ROLE_USER
    return Message(message_id="m-1", role=role, parts=[part(text)], **more)


def asked(text: str = "Where is the hall?", **more: Any) -> Any:
    """Return what a client is given to send."""
    return message(text, **more) if FIRST else SendMessageRequest(message=message(text, **more))


def cancelling(event: Any) -> Any:
    """Return what a client is given to have the task cancelled that an event tells of."""
    return TaskIdParams(id=event[0].id) if FIRST else CancelTaskRequest(id=event.task.id)


def state(name: str) -> Any:
    """Return a task's state by its name."""
    return TaskState[name] if FIRST else TaskState.Value(f"TASK_STATE_{name.upper()}")


class Guide(AgentExecutor):
    """An agent that answers as `plan` says, inside a span of the application's own."""

    def __init__(self, plan: Callable[[Any, TaskUpdater, Any], Any]) -> None:
        self.plan = plan
        self.metadata: Any = None

    async def execute(self, context: Any, event_queue: Any) -> None:
        self.metadata = context.metadata
        with trace.get_tracer("application").start_as_current_span("look up"):
            updater = TaskUpdater(event_queue, context.task_id, context.context_id)
            await self.plan(context, updater, event_queue)

    async def cancel(self, context: Any, event_queue: Any) -> None:
        await TaskUpdater(event_queue, context.task_id, context.context_id).cancel()


async def begun(context: Any, queue: Any) -> None:
    """Announce the task."""
    status = TaskStatus(state=state("submitted"))
    await queue.enqueue_event(
        Task(id=context.task_id, context_id=context.context_id, status=status, history=[context.message])
    )


async def answers(context: Any, updater: TaskUpdater, queue: Any) -> None:
    """Answer by a task with an artifact."""
    await begun(context, queue)
    await updater.add_artifact([part(ANSWER)], name="way")
    await updater.complete()


async def fails(context: Any, updater: TaskUpdater, queue: Any) -> None:
    """Fail as agents do."""
    await begun(context, queue)
    await updater.failed()


async def says(context: Any, updater: TaskUpdater, queue: Any) -> None:
    """Answer by a message alone."""
    del context
    await queue.enqueue_event(updater.new_agent_message([part(ANSWER)]))


async def waits(context: Any, updater: TaskUpdater, queue: Any) -> None:
    """Begin and work until it is cancelled."""
    await begun(context, queue)
    await updater.start_work()
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        if FIRST:
            # Who cancels hears of it from `cancel`, and who listens from here.
            await updater.cancel()
        raise


async def breaks(context: Any, updater: TaskUpdater, queue: Any) -> None:
    """Raise."""
    raise LookupError(f"no way for {context.get_user_input()}")


class House:
    """A server with a guide, by JSON-RPC at `/` and by REST at `/rest`."""

    def __init__(self, plan: Any) -> None:
        self.guide = Guide(plan)
        self._server: uvicorn.Server
        self._thread: threading.Thread
        self.url = ""
        self.wrapped: Callable[[Any], Any] = lambda app: app

    def card(self, transport: str = "JSONRPC", *, streams: bool = True) -> AgentCard:
        """Return the agent's card, which names one transport."""
        url = f"{self.url}/rest" if transport == "HTTP+JSON" else self.url
        held: dict[str, Any] = {
            "name": NAME,
            "description": HELP,
            "version": "7",
            "capabilities": AgentCapabilities(streaming=streams),
            "default_input_modes": ["text"],
            "default_output_modes": ["text"],
            "skills": [AgentSkill(**SKILL)],
        }
        if FIRST:
            return AgentCard(url=url, preferred_transport=transport, **held)
        interface = AgentInterface(url=url, protocol_binding=transport, protocol_version="1.0")
        return AgentCard(supported_interfaces=[interface], **held)

    def handler(self) -> Any:
        """Return what handles messages, whatever brings them."""
        known = () if FIRST else (self.card(),)
        return DefaultRequestHandler(self.guide, InMemoryTaskStore(), *known)

    def app(self) -> Any:
        """Return the application that the server serves."""
        handler = self.handler()
        if FIRST:
            app = A2AStarletteApplication(self.card(), handler).build()
            app.mount("/rest", A2ARESTFastAPIApplication(self.card("HTTP+JSON"), handler).build())
            return app
        routes = [*create_jsonrpc_routes(handler, "/"), *create_rest_routes(handler, path_prefix="/rest")]
        return Starlette(routes=routes)

    def __enter__(self) -> House:
        config = uvicorn.Config(
            lambda: self.wrapped(self.app()), factory=True, port=0, log_level="critical", lifespan="off"
        )
        self._server = uvicorn.Server(config)
        self._socket = config.bind_socket()
        # Who comes before the server is ready waits for it.
        self._socket.listen()
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve([self._socket])))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def client(
        self, http: httpx.AsyncClient | None, transport: str = "JSONRPC", *, streams: bool = True, **more: Any
    ) -> Any:
        """Return a client of the agent."""
        spoken: dict[str, Any] = (
            {"supported_transports": [TransportProtocol(transport)]}
            if FIRST
            else {"supported_protocol_bindings": [transport]}
        )
        config = ClientConfig(streaming=streams, httpx_client=http, **spoken, **more)
        return ClientFactory(config).create(self.card(transport))
