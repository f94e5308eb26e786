# SPDX-License-Identifier: Apache-2.0
"""The methods that are GenAI operations, each with what describes its call, and the reader of what they return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from spanwright.instrumentors._dialects import xai_chat, xai_image
from spanwright.instrumentors._dialects.proto import get, items
from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.semconv import names as n
from spanwright.semconv.model import (
    Content,
    Document,
    FetchResponse,
    Inference,
    Request,
    Response,
    Retrieval,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.reading import Chunks
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.instrumentors.xai_sdk.servers import Hosts
    from spanwright.semconv.model import Message

    Args = tuple[Any, ...]
    Kwargs = dict[str, Any]


class Seam(NamedTuple):
    """A method to patch, in the sync and in the async package alike."""

    module: str
    target: str
    optional: bool
    method: Method


def seams(telemetry: Telemetry, hosts: Hosts) -> list[Seam]:
    """Return the methods; those that the oldest version lacks are optional."""
    calls = _Calls(hosts)
    found: list[tuple[str, str, bool, Callable[[Any, Args, Kwargs], Found]]] = [
        ("chat", "Chat.sample", False, calls.chat),
        ("chat", "Chat.sample_batch", True, calls.batch),
        ("chat", "Chat.stream", False, calls.stream),
        ("chat", "Chat.stream_batch", True, calls.stream_batch),
        ("chat", "Chat.parse", False, calls.parse),
        ("chat", "Chat.defer", False, calls.chat),
        ("chat", "Chat.defer_batch", True, calls.batch),
        ("chat", "Chat.compact", True, calls.compact),
        ("chat", "Client.compact_context", True, calls.compact_context),
        ("chat", "Client.get_stored_completion", True, calls.fetch),
        ("image", "Client.sample", False, calls.image),
        ("image", "Client.sample_batch", False, calls.image),
        ("collections", "Client.search", True, calls.search),
    ]
    return [
        Seam(module, target, optional, Method(telemetry, find)) for module, target, optional, find in found
    ]


def answered(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Read an answer before the SDK does: it may be none that can be parsed, and was paid for all the same."""
    del instance
    guard(_take_answer, *args, **kwargs)
    return wrapped(*args, **kwargs)


def _take_answer(response: Any = None, index: Any = None) -> None:
    del index
    operation = current.operation()
    # A stream starts with an answer that is empty yet.
    if operation is None or operation.reader is not _CHAT or operation.read:
        return
    if not isinstance(operation.subject, Inference) or not operation.subject.request.stream:
        operation.receive(response)


class _Calls:
    """Describes calls; each method takes the instance and the arguments of one of the SDK's."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts

    def chat(self, chat: Any, args: Args, kwargs: Kwargs) -> Found:
        del args, kwargs
        return self._chat(chat)

    def batch(self, chat: Any, args: Args, kwargs: Kwargs) -> Found:
        return self._chat(chat, choices=_number(*args, **kwargs))

    def stream(self, chat: Any, args: Args, kwargs: Kwargs) -> Found:
        del args, kwargs
        return self._chat(chat, stream=True)

    def stream_batch(self, chat: Any, args: Args, kwargs: Kwargs) -> Found:
        return self._chat(chat, choices=_number(*args, **kwargs), stream=True)

    def parse(self, chat: Any, args: Args, kwargs: Kwargs) -> Found:
        del args, kwargs
        subject, reader, content = self._chat(chat)
        subject.request.output_type = n.OutputType.JSON
        return subject, reader, content

    def compact(self, chat: Any, args: Args, kwargs: Kwargs) -> Found:
        del args, kwargs
        body = getattr(chat, "_proto", None)
        return self._compacted(chat, get(body, "model"), get(body, "messages"))

    def compact_context(self, client: Any, args: Args, kwargs: Kwargs) -> Found:
        def bound(model: Any = None, messages: Any = None) -> Found:
            return self._compacted(client, model, messages)

        return bound(*args, **kwargs)

    def fetch(self, client: Any, args: Args, kwargs: Kwargs) -> Found:
        server = self._hosts.of(getattr(client, "_stub", None))
        subject = FetchResponse(
            provider=server.provider,
            response_id=string(_response_id(*args, **kwargs)),
            address=server.address,
            port=server.port,
        )
        return subject, _CHAT, None

    def image(self, client: Any, args: Args, kwargs: Kwargs) -> Found:
        body = _image(*args, **kwargs)
        subject = self._inference(client, xai_image.request(body), n.OperationName.GENERATE_CONTENT)
        return subject, _IMAGE, lambda: xai_image.content(body)

    def search(self, client: Any, args: Args, kwargs: Kwargs) -> Found:
        server = self._hosts.of(getattr(client, "_documents_stub", None))
        query, collections, limit = _search(*args, **kwargs)
        subject = Retrieval(
            provider=server.provider,
            data_source_id=",".join(each for each in items(collections) if isinstance(each, str)) or None,
            top_k=limit,
            address=server.address,
            port=server.port,
        )
        return subject, _Searched(subject), lambda: Content(query=string(query))

    def _chat(
        self, chat: Any, *, choices: int | None = None, stream: bool | None = None
    ) -> tuple[Inference, _Reader, Callable[[], Content]]:
        body = getattr(chat, "_proto", None)
        request = xai_chat.request(body)
        request.choices, request.stream = choices, stream
        subject = self._inference(chat, request)
        subject.conversation_id = string(getattr(chat, "_conversation_id", None))
        return subject, _CHAT, lambda: xai_chat.content(body)

    def _compacted(self, owner: Any, model: Any, messages: Any) -> Found:
        subject = self._inference(owner, Request(model=string(model)))
        return subject, _CHAT, lambda: xai_chat.content({"messages": messages})

    def _inference(self, owner: Any, request: Request, operation: str = n.OperationName.CHAT) -> Inference:
        server = self._hosts.of(getattr(owner, "_stub", None))
        return Inference(operation, server.provider, request, None, server.address, server.port)


def _number(n: Any = None, **_: Any) -> int | None:
    return n if isinstance(n, int) else None


def _response_id(response_id: Any = None) -> Any:
    return response_id


def _image(prompt: Any = None, model: Any = None, n: Any = None, **more: Any) -> dict[str, Any]:
    return {**more, "prompt": prompt, "model": model, "n": n}


def _search(query: Any = None, collection_ids: Any = None, limit: Any = None, **_: Any) -> Args:
    return query, collection_ids, limit


def _message(value: Any) -> Any:
    """Return the protobuf message of what a method returned: it may stand first in a list or a pair."""
    held = items(value)
    first = held[0] if held else value
    return getattr(first, "proto", first)


class _Reader:
    """Reads what the methods of chats or images return."""

    __slots__ = ("_dialect",)

    def __init__(self, dialect: Any) -> None:
        self._dialect = dialect

    def response(self, value: Any) -> Response:
        """Read the facts of an answer."""
        return self._dialect.response(_message(value))

    def output(self, value: Any) -> Sequence[Message]:
        """Read the messages of an answer."""
        return self._dialect.output(_message(value))

    def chunks(self, *, content: bool) -> Chunks:
        """Return a new keeper of the pairs that a stream yields."""
        return _Pairs(content=content)


class _Pairs(xai_chat.Chunks):
    """Keeps the chunks of the pairs (what came so far, the chunk) that a stream yields."""

    __slots__ = ()

    def add(self, chunk: Any) -> None:
        """Take one pair, whose chunk is a list in a batch: one view a choice on the same message."""
        _, chunk = chunk
        super().add(_message(chunk))


class _Searched(_Reader):
    """Reads what a search has found into its retrieval."""

    __slots__ = ("_subject",)

    def __init__(self, subject: Retrieval) -> None:
        super().__init__(xai_chat)
        self._subject = subject

    def output(self, value: Any) -> Sequence[Message]:
        """Read the documents."""
        if self._subject.content is not None:
            self._subject.content.documents = list(_documents(value))
        return ()


def _documents(value: Any) -> Iterable[Document]:
    for match in items(get(value, "matches")):
        score = get(match, "score")
        yield Document(
            string(get(match, "chunk_id")) or string(get(match, "file_id")),
            score if isinstance(score, float) else None,
            string(get(match, "chunk_content")),
        )


_CHAT, _IMAGE = _Reader(xai_chat), _Reader(xai_image)
