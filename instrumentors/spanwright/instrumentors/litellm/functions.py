# SPDX-License-Identifier: Apache-2.0
"""LiteLLM's functions that ask a model, and what each of them is."""

from __future__ import annotations

import sys
from functools import partial
from types import AsyncGeneratorType, GeneratorType
from typing import TYPE_CHECKING, Any, cast

from spanwright.instrumentors._dialects import (
    litellm_chat,
    litellm_responses,
    openai_completions,
    openai_embeddings,
    openai_media,
    rerank,
)
from spanwright.instrumentors._families.stainless import DialectReader
from spanwright.instrumentors._kernel.call import traced
from spanwright.instrumentors._kernel.generated import generated
from spanwright.instrumentors._kernel.kinds import is_stream
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors.litellm.providers import Asked, asked, settled
from spanwright.instrumentors.litellm.readers import Kept, Ranked
from spanwright.instrumentors.litellm.routes import route
from spanwright.semconv import names as n
from spanwright.semconv.model import Embeddings, Inference, Retrieval

if TYPE_CHECKING:
    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Begun, Wrapper
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.instrumentors.litellm.streams import Streams

# Function without its `a` -> operation, dialect, output type.
_KINDS: dict[str, tuple[str, Any, str | None]] = {
    "completion": (n.OperationName.CHAT, litellm_chat, None),
    "text_completion": (n.OperationName.TEXT_COMPLETION, openai_completions, None),
    "responses": (n.OperationName.CHAT, litellm_responses, None),
    "embedding": (n.OperationName.EMBEDDINGS, openai_embeddings, None),
    "rerank": (rerank.OPERATION, None, None),
    "image_generation": (n.OperationName.GENERATE_CONTENT, openai_media, n.OutputType.IMAGE),
    "transcription": (n.OperationName.GENERATE_CONTENT, openai_media, n.OutputType.TEXT),
    "speech": (n.OperationName.GENERATE_CONTENT, openai_media, n.OutputType.SPEECH),
}


def _twins(*names: str) -> tuple[str, ...]:
    return tuple(twin for name in names for twin in (name, f"a{name}"))


MODULES = {
    "litellm.main": _twins("completion", "text_completion", "embedding", "transcription", "speech"),
    "litellm.responses.main": _twins("responses"),
    "litellm.rerank_api.main": _twins("rerank"),
    "litellm.images.main": _twins("image_generation"),
}
# The asynchronous functions call the synchronous ones with one of these set, and await what those return; a text
# completion calls a completion.
_INSIDE = frozenset(
    {
        *("acompletion", "text_completion", "atext_completion", "aembedding", "aresponses"),
        *("arerank", "aimg_generation", "atranscription", "aspeech"),
    }
)
_REFINED = frozenset({n.ProviderName.OPENAI, n.ProviderName.AZURE_AI_OPENAI})


class Functions:
    """Makes the wrapper of each function."""

    def __init__(self, telemetry: Telemetry, streams: Streams) -> None:
        self._telemetry = telemetry
        self._streams = streams

    def wrapper(self, name: str, original: Any) -> Wrapper:
        """Return the wrapper of the function that the library calls by this name."""
        kind = name if name in _KINDS else name.removeprefix("a")
        return traced(Function(self._telemetry, self._streams, kind, original))


class Function:
    """The seam of one function."""

    def __init__(self, telemetry: Telemetry, streams: Streams, kind: str, original: Any) -> None:
        code = original.__code__
        self._telemetry = telemetry
        self._streams = streams
        self._kind = kind
        self._operation, dialect, self._output_type = _KINDS[kind]
        self._names: tuple[str, ...] = code.co_varnames[: code.co_argcount]
        self._readers = {refined: DialectReader(dialect, refined=refined) for refined in (False, True)}

    def begin(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Begun | None:
        """Open the operation of one attempt."""
        del instance
        if not _INSIDE.isdisjoint(kwargs) and any(kwargs.get(each) is True for each in _INSIDE):
            return None
        body = {**dict(zip(self._names, args, strict=False)), **kwargs}
        if self._kind == "completion" and (body.get("fallbacks") or _fallbacks()):
            operation = route(self._telemetry, body.get("model"))
            return None if operation is None else (operation, args, kwargs)
        told = asked(body)
        subject, reader, content = self._described(body, told)
        operation = open_operation(self._telemetry, subject, reader, content=content)
        if operation is None:
            return None
        operation.noted = partial(settled, told)
        return operation, args, kwargs

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the operation, unless a stream will."""
        if operation.reader is None:
            operation.finish()
        elif isinstance(value, (GeneratorType, AsyncGeneratorType)):
            return generated(value, operation)
        elif is_stream(value):
            self._handed(operation, value)
        else:
            operation.finish(value)
        return None

    def _handed(self, operation: Operation, stream: Any) -> None:
        # Now, since the library's record of the call may lead to the stream, which would then never be dropped.
        if operation.noted is not None:
            operation.noted(operation)
        kept = getattr(stream, "chunks", None)
        if kept is None:
            kept = getattr(getattr(stream, "completion_stream", None), "chunks", None)
        if isinstance(kept, list) and operation.reader is not None:
            operation.reader = Kept(operation.reader, cast("list[Any]", kept))
        self._streams.hand(stream, operation)

    def _described(self, body: dict[str, Any], told: Asked) -> Found:
        reader = self._readers[told.provider in _REFINED]
        provider, address, port = told.provider, told.address, told.port
        if self._kind == "rerank":
            request = rerank.request(body)
            request.model = told.model
            subject = Retrieval(
                rerank.OPERATION, provider, request, top_k=rerank.top(body), address=address, port=port
            )
            return subject, Ranked(subject, body), lambda: rerank.content(body)
        request = reader.request(body)
        request.model = told.model
        if self._kind == "embedding":
            return Embeddings(provider=provider, request=request, address=address, port=port), reader, None
        found = Inference(self._operation, provider, request, None, address, port)
        if self._output_type is not None:
            request.output_type = self._output_type
        elif self._kind == "responses":
            found.conversation_id = litellm_responses.conversation(body)
        return found, reader, lambda: reader.content(body)


def _fallbacks() -> Any:
    return getattr(sys.modules.get("litellm"), "model_fallbacks", None)
