# SPDX-License-Identifier: Apache-2.0
"""The endpoints of Cohere's API that are GenAI operations, and what each of them is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import (
    cohere_chat,
    cohere_chat_v1,
    cohere_embed,
    cohere_generate,
    rerank,
)
from spanwright.instrumentors._dialects.wire import fields, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._families.ranking import ranked
from spanwright.instrumentors._families.servers import Server, Servers
from spanwright.instrumentors._kernel.generated import generated
from spanwright.semconv import names as n
from spanwright.semconv.model import Embeddings, Inference

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.reading import Chunks
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message, Response

# Method -> operation, dialect. No operation of the conventions is a classification or a reranking; their enum is open.
_METHODS: dict[str, dict[str, tuple[str, Any]]] = {
    "v1": {
        "chat": (n.OperationName.CHAT, cohere_chat_v1),
        "chat_stream": (n.OperationName.CHAT, cohere_chat_v1),
        "generate": (n.OperationName.TEXT_COMPLETION, cohere_generate),
        "generate_stream": (n.OperationName.TEXT_COMPLETION, cohere_generate),
        "classify": ("classification", cohere_generate),
        "embed": (n.OperationName.EMBEDDINGS, cohere_embed),
        "rerank": (rerank.OPERATION, rerank),
    },
    "v2": {
        "chat": (n.OperationName.CHAT, cohere_chat),
        "chat_stream": (n.OperationName.CHAT, cohere_chat),
        "embed": (n.OperationName.EMBEDDINGS, cohere_embed),
        "rerank": (rerank.OPERATION, rerank),
    },
}
# Clients of clouds rewrite each request in a hook of their HTTP client; the module of the hook tells which cloud it is,
# and the address of the client is not the one that is asked.
_CLOUDS = {"cohere.aws_client": n.ProviderName.AWS_BEDROCK, "cohere.oci_client": "oci.generative_ai"}
_SAGEMAKER = "aws.sagemaker"


class Endpoints:
    """Describes a call by the method's name and the arguments, all of which are keywords."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._servers = Servers(n.ProviderName.COHERE)

    def seams(self, version: str) -> Iterator[tuple[str, Method]]:
        """Yield the methods of a version of the API with their seams."""
        for name, (operation, dialect) in _METHODS[version].items():
            find = partial(self._find, operation, dialect, name.endswith("_stream"))
            yield name, Method(self._telemetry, find)

    @staticmethod
    def hand(operation: Operation, value: Any) -> None:
        """Observe the stream within the response that a raw client's context manager gave."""
        value._data = generated(value._data, operation)  # noqa: SLF001 - the one place that holds the stream

    def _find(
        self,
        operation: str,
        dialect: Any,
        stream: bool,
        client: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Found:
        del args
        body = _body(kwargs)
        if stream:
            body["stream"] = True
        server = self._server(client)
        provider, address, port = server.provider, server.address, server.port
        if dialect is rerank:
            return ranked(body, provider, address, port, _data)
        request = dialect.request(body)
        if dialect is cohere_embed:
            return Embeddings(operation, provider, request, None, address, port), Answer(dialect), None
        conversation = string(body.get("conversation_id"))
        subject = Inference(operation, provider, request, None, address, port, conversation)
        return subject, Answer(dialect), lambda: dialect.content(body)

    def _server(self, client: Any) -> Server:
        wrapper = client._client_wrapper  # noqa: SLF001 - where Fern keeps what all clients of one user share
        cloud = _cloud(wrapper.httpx_client)
        return Server(None, None, cloud) if cloud else self._servers.of(client, wrapper.get_base_url())


def _cloud(http: Any) -> str | None:
    hooks: object = getattr(getattr(http, "httpx_client", None), "event_hooks", None)
    for hook in fields(hooks).get("request", ()):
        if (found := _CLOUDS.get(getattr(hook, "__module__", ""))) is not None:
            return _SAGEMAKER if "sagemaker" in _held(hook) else found
    return None


def _held(hook: Any) -> list[Any]:
    """Return what the hook has closed over: SageMaker and Bedrock share one, and differ in the name that it holds."""
    return [
        cell.cell_contents
        for cell in getattr(hook, "__closure__", None) or ()
        if isinstance(cell.cell_contents, str)
    ]


def _body(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return what will be sent: Fern leaves out what is an ellipsis, and adds what the request's options hold."""
    body = {name: value for name, value in kwargs.items() if value is not ... and name != "request_options"}
    body.update(fields(fields(kwargs.get("request_options")).get("additional_body_parameters")))
    return body


def _data(value: Any) -> Any:
    """Return the answer: a raw client wraps it together with the HTTP response."""
    return fields(value).get("_data", value)


class Answer:
    """A dialect as the kernel's reader."""

    __slots__ = ("_dialect",)

    def __init__(self, dialect: Any) -> None:
        self._dialect = dialect

    def response(self, value: Any) -> Response:
        """Read the answer's facts."""
        return self._dialect.response(_data(value))

    def output(self, value: Any) -> Sequence[Message]:
        """Read the answer's content."""
        return self._dialect.output(_data(value))

    def chunks(self, *, content: bool) -> Chunks:
        """Return a new keeper of chunks."""
        return self._dialect.Chunks(content=content)
