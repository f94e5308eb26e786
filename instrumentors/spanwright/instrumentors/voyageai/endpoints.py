# SPDX-License-Identifier: Apache-2.0
"""The endpoints of Voyage's API, asked for by a client's method or by a resource of the module."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from spanwright.instrumentors._dialects import rerank, voyage
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._families.ranking import ranked
from spanwright.instrumentors._families.servers import Servers
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.semconv import names as n
from spanwright.semconv.model import Embeddings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.reading import Chunks
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message, Response

_PROVIDER = "voyage"
_DEFAULT_MODEL = "VOYAGE_EMBED_DEFAULT_MODEL"
# `OBJECT_NAME` of a resource is the endpoint's path.
_EMBEDDINGS = ("embeddings", "multimodalembeddings", "contextualizedembeddings")


def _embed(
    texts: Any, model: Any = None, input_type: Any = None, truncation: Any = None, *rest: Any, **named: Any
) -> dict[str, Any]:
    """Bind `embed`."""
    del texts, input_type, truncation
    return {"model": model or getattr(sys.modules["voyageai"], _DEFAULT_MODEL, None), **_kinds(rest, named)}


def _multimodal(
    inputs: Any, model: Any, input_type: Any = None, truncation: Any = None, *rest: Any, **named: Any
) -> dict[str, Any]:
    """Bind `multimodal_embed`."""
    del inputs, input_type, truncation
    return {"model": model, **_kinds(rest, named)}


def _contextualized(
    inputs: Any, model: Any, input_type: Any = None, *rest: Any, **named: Any
) -> dict[str, Any]:
    """Bind `contextualized_embed`."""
    del inputs, input_type
    return {"model": model, **_kinds(rest, named)}


def _kinds(rest: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """Bind what all of them end with: the type of the numbers and how many of them."""
    return {**dict(zip(("output_dtype", "output_dimension"), rest, strict=False)), **named}


def _rerank(
    query: Any, documents: Any, model: Any, top_k: Any = None, truncation: Any = None
) -> dict[str, Any]:
    """Bind `rerank`."""
    del truncation
    return {"query": query, "documents": documents, "model": model, "top_k": top_k}


_METHODS: dict[str, tuple[str, Callable[..., dict[str, Any]]]] = {
    "embed": ("embeddings", _embed),
    "multimodal_embed": ("embeddings", _multimodal),
    "contextualized_embed": ("embeddings", _contextualized),
    "rerank": (rerank.OPERATION, _rerank),
}


class Endpoints:
    """Describes a call of a client's method or of a resource of the module."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._servers = Servers(_PROVIDER)

    def methods(self) -> Iterator[tuple[str, Method]]:
        """Yield the clients' methods with their seams."""
        for name, (endpoint, bind) in _METHODS.items():
            yield name, Method(self._telemetry, partial(self._asked, endpoint, bind))

    def resource(self) -> Method:
        """Return the seam of what every request passes, a class method of each resource."""
        return Method(self._telemetry, self._requested)

    def converted(
        self, wrapped: Callable[..., Any], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Take the answer of a request where every resource has it: a client's method drops the model that answered."""
        del instance
        value = wrapped(*args, **kwargs)
        guard(self._take, value)
        return value

    def _take(self, value: Any) -> None:
        operation = self._current()
        if operation is not None:
            operation.receive(value)

    def _current(self) -> Operation | None:
        """Return the operation around a request, if it is one of ours and not of a framework that asks Voyage."""
        operation = current.operation()
        return operation if operation is not None and operation.telemetry is self._telemetry else None

    def _asked(
        self,
        endpoint: str,
        bind: Callable[..., dict[str, Any]],
        client: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Found | None:
        body = bind(*args, **kwargs)
        if endpoint != rerank.OPERATION and _is_local(body.get("model")):
            return None
        return self._found(endpoint, body, client._params)  # noqa: SLF001 - where the client keeps its address

    def _requested(self, resource: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Found | None:
        del args
        if self._current() is not None:
            # The request of a client's method, whose operation reads the answer; see `converted`.
            return None
        endpoint = getattr(resource, "OBJECT_NAME", None)
        return self._found(endpoint, kwargs, kwargs) if isinstance(endpoint, str) else None

    def _found(self, endpoint: str, body: dict[str, Any], options: dict[str, Any]) -> Found | None:
        base = options.get("base_url") or options.get("api_base")
        base = base or getattr(sys.modules["voyageai"], "api_base", None)
        server = self._servers.of(None, base or "https://api.voyageai.com/v1")
        provider, address, port = server.provider, server.address, server.port
        # The path and the operation happen to have one name.
        if endpoint == rerank.OPERATION:
            return ranked(body, provider, address, port, _rankings)
        if endpoint not in _EMBEDDINGS:
            return None
        request = voyage.request(body)
        return Embeddings(n.OperationName.EMBEDDINGS, provider, request, None, address, port), Answer(), None


def _is_local(model: Any) -> bool:
    """Tell a model that runs in this process: no server is asked for it, and no operation of a provider made."""
    module = sys.modules.get("voyageai.local.helpers")
    return module is not None and bool(module.is_local_model(model))


def _plain(value: Any) -> Any:
    """Return an answer as plain data: the SDK's answers are dicts with attributes, its rankings named tuples."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_plain(each) for each in cast("list[Any]", value)]
    return value._asdict() if hasattr(value, "_asdict") else value


def _rankings(value: Any) -> Any:
    """Return the answer of a reranking as plain data: a client's method returns it as an object."""
    if isinstance(value, dict):
        return _plain(value)
    return {"results": _plain(getattr(value, "results", ()))}


class Answer:
    """Reads the answer of an embedding, whose vectors are no content."""

    __slots__ = ()

    def response(self, value: Any) -> Response:
        """Read the facts."""
        if isinstance(value, dict):
            told = cast("dict[str, Any]", value)
            return voyage.response({"model": told.get("model"), "usage": _plain(told.get("usage"))})
        return voyage.response(value)

    def output(self, value: Any) -> Sequence[Message]:
        """Return nothing."""
        del value
        return ()

    def chunks(self, *, content: bool) -> Chunks:
        """Never called: nothing of it is streamed."""
        raise NotImplementedError
