# SPDX-License-Identifier: Apache-2.0
"""What a call asks for and what it returns: the wire is that of OpenAI's chat completions and embeddings."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from spanwright.instrumentors._dialects import openai_chat, openai_embeddings
from spanwright.instrumentors._dialects.wire import items, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._families.servers import Servers
from spanwright.instrumentors._families.stainless import DialectReader
from spanwright.instrumentors._kernel.kinds import is_stream
from spanwright.instrumentors.azure_ai_inference import streams
from spanwright.semconv import names as n
from spanwright.semconv.model import Embeddings, Inference
from spanwright.semconv.serial import parsed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.reading import Chunks
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message, Response

    Args = tuple[Any, ...]
    Kwargs = dict[str, Any]

_CHAT = (
    "frequency_penalty",
    "max_tokens",
    "model",
    "presence_penalty",
    "response_format",
    "seed",
    "stop",
    "temperature",
    "tools",
    "top_p",
)
_EMBEDDINGS = ("dimensions", "encoding_format", "model")


class Calls:
    """The seams of the clients' methods."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._servers = Servers(n.ProviderName.AZURE_AI_INFERENCE)
        self.chat = _Call(telemetry, self._chat)
        self.embeddings = Method(telemetry, self._embeddings)

    def _chat(self, client: Any, args: Args, kwargs: Kwargs) -> Found:
        body = _body(client, _CHAT, *args, **kwargs)
        request = _READER.request(_facts(body))
        endpoint = client._config.endpoint  # noqa: SLF001 - nothing public tells where a client asks
        server = self._servers.of(client, endpoint)
        request.model = string(request.model) or _deployment(endpoint)
        subject = Inference(n.OperationName.CHAT, server.provider, request, None, server.address, server.port)
        return subject, _READER, lambda: _READER.content(_json(body))

    def _embeddings(self, client: Any, args: Args, kwargs: Kwargs) -> Found:
        body = _body(client, _EMBEDDINGS, *args, **kwargs)
        request = _EMBEDDED.request(_facts(body))
        endpoint = client._config.endpoint  # noqa: SLF001 - as above
        server = self._servers.of(client, endpoint)
        request.model = string(request.model) or _deployment(endpoint)
        subject = Embeddings(
            provider=server.provider, request=request, address=server.address, port=server.port
        )
        return subject, _EMBEDDED, None


class _Call(Method):
    """The seam of chat completions, whose streams are of the SDK's own class."""

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the operation, unless a stream will."""
        if is_stream(value):
            streams.hand(value, operation)
        else:
            operation.finish(value)


class _Reader(DialectReader):
    """Reads the SDK's models, which are mappings of the wire's JSON."""

    __slots__ = ()

    def response(self, value: Any) -> Response:
        """Read the answer's facts."""
        return super().response(_fields(value))

    def output(self, value: Any) -> Sequence[Message]:
        """Read the answer's content."""
        return super().output(_fields(value))

    def chunks(self, *, content: bool) -> Chunks:
        """Return a new keeper of updates."""
        return _Updates(content=content)


class _Updates(openai_chat.Chunks):
    """Keeps the updates of a stream."""

    __slots__ = ()

    def add(self, chunk: Any) -> None:
        """Take one update; without content its deltas, which are most of it, stay unread."""
        super().add(_fields(chunk) if self._deltas is not None else _outline(chunk))


def _body(client: Any, defaults: tuple[str, ...], /, body: Any = None, **asked: Any) -> dict[str, Any]:
    """Return what will be sent: a body of the application's own, or arguments over what the client was made with."""
    if body is not None:
        # A file is not ours to read.
        given = parsed(body.decode(errors="replace") if isinstance(body, bytes) else body)
        return dict(cast("Mapping[str, Any]", given)) if isinstance(given, Mapping) else {}
    for name in defaults:
        if asked.get(name) is None:
            # The client keeps its response format under the shape that is sent.
            kept = getattr(client, f"_internal_{name}", None)
            asked[name] = kept if kept is not None else getattr(client, f"_{name}", None)
    extras = asked.get("model_extras") or getattr(client, "_model_extras", None)
    return {**asked, **extras} if isinstance(extras, Mapping) else asked


def _facts(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body whose response format and enums are as on the wire."""
    found = {name: value.value if isinstance(value, Enum) else value for name, value in body.items()}
    form = found.get("response_format")
    if isinstance(form, str):
        found["response_format"] = {"type": form}
    elif form is not None:
        # The schema's class is no form by itself: the SDK wraps it.
        found["response_format"] = _fields(form) if _fields(form).get("type") else {"type": "json_schema"}
    return found


def _json(value: Any) -> Any:
    """Return models, which may stand anywhere in lists and dicts, as the JSON that they are sent as."""
    # What JSON is made of first: asking for the rest costs more, and there is some in every chunk.
    kind = type(value)  # pyright: ignore[reportUnknownVariableType] - anything may come
    if value is None or kind is str or kind is int or kind is float or kind is bool:
        return value
    if kind is dict:
        return {name: _json(each) for name, each in value.items()}
    if kind is list:
        return [_json(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {name: _json(each) for name, each in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_json(each) for each in cast("Sequence[Any]", value)]
    return value


def _fields(value: Any) -> dict[str, Any]:
    """Return an answer's fields as JSON; `data` are vectors, which nobody reads."""
    if not isinstance(value, Mapping):
        return {}
    held = cast("Mapping[str, Any]", value)
    return {name: each if name == "data" else _json(each) for name, each in held.items()}


def _outline(update: Any) -> dict[str, Any]:
    """Return an update's facts as JSON, and its choices with nothing that a delta holds."""
    held = _members(update)
    if "choices" in held:
        held["choices"] = list(map(_members, items(held["choices"])))
    for name in ("usage", "error"):
        if name in held:
            held[name] = _json(held[name])
    return held


def _members(value: Any) -> dict[str, Any]:
    kind = type(value)  # pyright: ignore[reportUnknownVariableType] - anything may come
    return dict(value.items()) if _is_mapping(kind) else {}  # pyright: ignore[reportUnknownArgumentType] - as above


@cache
def _is_mapping(kind: type) -> bool:
    """Tell mappings by their class: to ask this of each update costs as much as to read it."""
    return issubclass(kind, Mapping)


def _deployment(endpoint: Any) -> str | None:
    """Return the deployment that Azure OpenAI's addresses name."""
    _, found, name = endpoint.partition("/deployments/") if isinstance(endpoint, str) else ("", "", "")
    return name.partition("/")[0] or None if found else None


_READER = _Reader(openai_chat, refined=False)
_EMBEDDED = _Reader(openai_embeddings, refined=False)
