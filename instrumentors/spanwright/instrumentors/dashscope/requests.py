# SPDX-License-Identifier: Apache-2.0
"""The requests of DashScope's SDK that are GenAI operations, and what each of them is."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import dashscope_generation, dashscope_others, rerank
from spanwright.instrumentors._dialects.wire import fields, get, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._families.ranking import ranked
from spanwright.instrumentors._families.servers import Servers
from spanwright.semconv import names as n
from spanwright.semconv.model import Embeddings, Inference, Response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._families.servers import Server
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.semconv.model import Message

_PROVIDER = "dashscope"
# The end of the address -> operation. Whatever is not here (files, tasks that are polled, ...) is no GenAI operation.
_SERVICES = {
    "aigc/text-generation/generation": n.OperationName.CHAT,
    "aigc/multimodal-generation/generation": n.OperationName.CHAT,
    "embeddings/text-embedding/text-embedding": n.OperationName.EMBEDDINGS,
    "embeddings/multimodal-embedding/multimodal-embedding": n.OperationName.EMBEDDINGS,
    "rerank/text-rerank/text-rerank": rerank.OPERATION,
}
_SERVERS = Servers(_PROVIDER)


class Calls(Method):
    """The seam of a call whose answer may say that it failed."""

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the operation; a failure comes as an answer."""
        if (kind := dashscope_generation.failure(value)) is None:
            return super().returned(operation, value)
        operation.receive(value)
        operation.refuse(kind)
        return None


def find(sent: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Found | None:
    """Return subject, reader and content reader of what is sent, or None when it is no GenAI operation."""
    del args, kwargs
    operation = _operation(sent)
    if operation is None:
        return None
    body, server = _body(sent), _server(sent.url.partition("?")[0])
    provider, address, port = server.provider, server.address, server.port
    if operation == n.OperationName.EMBEDDINGS:
        request = dashscope_others.request(body)
        subject = Embeddings(provider=provider, request=request, address=address, port=port)
        return subject, EmbeddingsReader(), None
    if operation == rerank.OPERATION:
        return ranked(dashscope_others.ranking(body), provider, address, port, dashscope_others.rankings)
    if "messages" not in (asked := fields(body["input"])) and "prompt" not in asked:
        # Pictures and speech are made by the same service.
        operation = n.OperationName.GENERATE_CONTENT
    inference = Inference(operation, provider, dashscope_generation.request(body), None, address, port)
    incremental = get(body["parameters"], "incremental_output") is True
    return inference, GenerationReader(incremental=incremental), lambda: dashscope_generation.content(body)


def streams(sent: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Tell whether what is sent is a GenAI operation that returns a generator."""
    del args, kwargs
    return sent.stream is True and _operation(sent) is not None


def _operation(sent: Any) -> str | None:
    """Return the operation. A task that is only started here, to be polled, is none."""
    url = sent.url
    if not isinstance(url, str) or sent.async_request or str(sent.method).upper() != "POST":
        return None
    _, _, service = url.partition("?")[0].partition("/services/")
    return _SERVICES.get(service)


def _body(sent: Any) -> dict[str, Any]:
    """Return what will be sent; the header that asks for a stream stands beside the rest."""
    data = fields(getattr(sent, "data", None))
    asked = data.get("_input")
    return {
        "model": string(data.get("model")),
        "input": asked if isinstance(asked, dict) else {},
        "parameters": data.get("parameters"),
        "stream": sent.stream is True,
    }


@lru_cache(maxsize=64)
def _server(url: str) -> Server:
    """Return the server at an address; every request has a new text of the same few."""
    return _SERVERS.of(None, url)


class GenerationReader:
    """Reads the answer of a generation."""

    __slots__ = ("_incremental",)

    def __init__(self, *, incremental: bool) -> None:
        self._incremental = incremental

    def response(self, value: Any) -> Response:
        """Return the facts of an answer."""
        return dashscope_generation.response(value)

    def output(self, value: Any) -> Sequence[Message]:
        """Return the messages of an answer."""
        return dashscope_generation.output(value)

    def chunks(self, *, content: bool) -> dashscope_generation.Chunks:
        """Return a new keeper of chunks."""
        return dashscope_generation.Chunks(content=content, incremental=self._incremental)


class EmbeddingsReader:
    """Reads the answer of an embedding, whose vectors are no content."""

    __slots__ = ()

    def response(self, value: Any) -> Response:
        """Return the facts of an answer."""
        return dashscope_others.response(value)

    def output(self, value: Any) -> Sequence[Message]:
        """Return nothing."""
        del value
        return ()

    def chunks(self, *, content: bool) -> Any:
        """Never called: vectors are not streamed."""
        raise NotImplementedError
