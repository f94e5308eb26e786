# SPDX-License-Identifier: Apache-2.0
"""The endpoints of Google's API that are GenAI operations, and what each of them is.

`request(http_method, path, request_dict, http_options)` and its three variants see the JSON that will be sent and the
answer as it came: parsed up to 1.24, as an object whose `body` is the text from then on. Retries happen beneath.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import gemini_content, gemini_embeddings, gemini_media
from spanwright.instrumentors._dialects.wire import fields, get, items
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors.google_genai.servers import server
from spanwright.semconv import names as n
from spanwright.semconv.model import Embeddings, Inference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.reading import Chunks
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Content, Message, Response

    Found = tuple[Inference | Embeddings, "Answers", Callable[[], Content] | None]

_CONTENT = frozenset({"generateContent", "streamGenerateContent"})
_EMBEDDINGS = frozenset({"embedContent", "batchEmbedContents"})
# What is not here (counting tokens, files, caches, batches, tuning, ...) is no GenAI operation.
_MEDIA = {"predict": n.OutputType.IMAGE, "predictLongRunning": "video"}
_PLAIN = (dict, str)
_NAMED_BY_KIND = frozenset({"tunedModels", "endpoints"})


class Calls(Method):
    """The seam of the API client's four methods; `stream` tells which of them."""

    def __init__(self, telemetry: Telemetry, *, stream: bool) -> None:
        super().__init__(telemetry, self._described)
        self._streamed = True if stream else None

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the operation, unless a stream will; the SDK parses later, and fails on what is no JSON."""
        if isinstance(operation.reader, Answers) and not self._streamed:
            try:
                value = operation.reader.parsed(value, content=operation.capturing)
            except (ValueError, RecursionError) as error:
                operation.refuse(f"{type(error).__module__}.{type(error).__qualname__}")
                return None
        return super().returned(operation, value)

    def _described(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Found | None:
        method, path, body, options = _bound(*args, **kwargs)
        if method.lower() != "post" or not isinstance(path, str):
            return None
        place, _, verb = path.partition("?")[0].rpartition(":")
        if verb in _CONTENT:
            dialect: Any = gemini_content
        elif verb in _EMBEDDINGS or (verb == "predict" and _is_text(body)):
            dialect = gemini_embeddings
        elif verb in _MEDIA:
            dialect = gemini_media
        else:
            return None
        base, extra = _sent(instance, options)
        if extra:
            body = _merged(fields(body), extra)
        request = dialect.request(body)
        request.model, request.stream = _model(place), self._streamed
        where = server(base, vertex=bool(getattr(instance, "vertexai", None)))
        reader = Answers(dialect)
        if dialect is gemini_embeddings:
            subject = Embeddings(
                provider=where.provider, request=request, address=where.address, port=where.port
            )
            return subject, reader, None
        if dialect is gemini_media:
            request.output_type = _MEDIA[verb]
        inference = Inference(
            n.OperationName.GENERATE_CONTENT,
            where.provider,
            request,
            address=where.address,
            port=where.port,
        )
        return inference, reader, lambda: dialect.content(body)


class Answers:
    """A dialect as the kernel's reader; an answer is JSON, as a text or parsed, or holds it as its `body`."""

    __slots__ = ("_dialect",)

    def __init__(self, dialect: Any) -> None:
        self._dialect = dialect

    def parsed(self, value: Any, *, content: bool) -> Any:
        """Return the JSON of an answer; megabytes of picture are not parsed to learn nothing of them."""
        body = _body(value)
        if isinstance(body, str) and (content or self._dialect is not gemini_media):
            return json.loads(body) if body else {}
        return body

    def response(self, value: Any) -> Response | None:
        """Read the answer's facts."""
        return self._dialect.response(value)

    def output(self, value: Any) -> Sequence[Message]:
        """Read the answer's content."""
        return self._dialect.output(value)

    def chunks(self, *, content: bool) -> Chunks:
        """Return a new keeper of chunks."""
        return Bodies(content=content)


class Bodies(gemini_content.Chunks):
    """Keeps the chunks' bodies."""

    __slots__ = ()

    def add(self, chunk: Any) -> None:
        """Take one chunk."""
        super().add(_body(chunk))


def _body(value: Any) -> Any:
    return value if type(value) in _PLAIN else getattr(value, "body", None)


def _bound(
    http_method: Any, path: Any, request_dict: Any, http_options: Any = None, *_: Any
) -> tuple[Any, ...]:
    """Bind `request(http_method, path, request_dict, http_options)`."""
    return http_method, path, request_dict, http_options


def _model(place: str) -> str | None:
    """Return the model's name without where it is kept, which may name a project."""
    *before, name = place.split("/")
    if before and before[-1] in _NAMED_BY_KIND:
        return f"{before[-1]}/{name}"
    return name or None


def _is_text(body: Any) -> bool:
    """Tell texts to embed from prompts for pictures."""
    return any(get(each, "content") is not None for each in items(get(body, "instances")))


def _sent(client: Any, options: Any) -> tuple[Any, dict[str, Any]]:
    """Return the base address that this call goes to, and what is merged into its body."""
    own = fields(getattr(client, "_http_options", None))
    given = fields(options)
    return given.get("base_url") or own.get("base_url"), fields(
        given.get("extra_body") or own.get("extra_body")
    )


def _merged(body: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the SDK will send, without touching what it holds."""
    found = dict(body)
    for name, value in extra.items():
        before = found.get(name)
        found[name] = _merged(fields(before), fields(value)) if _both(before, value) else value
    return found


def _both(one: object, other: object) -> bool:
    return isinstance(one, dict) and isinstance(other, dict)
