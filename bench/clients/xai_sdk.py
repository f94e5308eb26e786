# SPDX-License-Identifier: Apache-2.0
"""xAI's SDK, on channels of gRPC that carry messages as bytes, and no further."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import xai_sdk
from google.protobuf.json_format import ParseDict
from xai_sdk.chat import system, user
from xai_sdk.proto import chat_pb2

from clients import Case
from clients.memory import words
from spanwright.instrumentors.xai_sdk import XaiInstrumentor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

INSTRUMENTOR = XaiInstrumentor
DISTRIBUTIONS = ("xai-sdk",)
_USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
_FACTS = {"id": "r1", "model": "grok-4-0709", "system_fingerprint": "fp_1", "usage": _USAGE}
_ROLE = {"role": "ROLE_ASSISTANT"}


def _bytes(kind: Any, **output: Any) -> bytes:
    return ParseDict({**_FACTS, "outputs": [{"index": 0, **output}]}, kind()).SerializeToString()


_ANSWER = _bytes(
    chat_pb2.GetChatCompletionResponse,
    finish_reason="REASON_STOP",
    message={**_ROLE, "content": "Hello to you."},
)
_CHUNKS = [
    *(_bytes(chat_pb2.GetChatCompletionChunk, delta={**_ROLE, "content": word}) for word in words()[1:]),
    _bytes(chat_pb2.GetChatCompletionChunk, delta=_ROLE, finish_reason="REASON_STOP"),
]


class Memory(grpc.Channel):
    """A channel whose other end is here."""

    def unary_unary(
        self, method: str, request_serializer: Any, response_deserializer: Any, *_: Any, **__: Any
    ) -> Callable[..., Any]:
        """Return what makes a call."""

        def called(request: Any, *args: Any, **kwargs: Any) -> Any:
            request_serializer(request)
            return response_deserializer(_ANSWER)

        return called

    def unary_stream(
        self, method: str, request_serializer: Any, response_deserializer: Any, *_: Any, **__: Any
    ) -> Callable[..., Any]:
        """Return what makes a call that is answered in pieces."""

        def called(request: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
            request_serializer(request)
            return map(response_deserializer, _CHUNKS)

        return called

    def stream_unary(self, *_: Any, **__: Any) -> Any:
        """Return nothing: no call of these is made."""

    stream_stream = stream_unary
    subscribe = unsubscribe = close = stream_unary

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *args: object) -> None:
        pass


class AsyncMemory(Memory):
    """Its asynchronous twin."""

    def unary_unary(
        self, method: str, request_serializer: Any, response_deserializer: Any, *_: Any, **__: Any
    ) -> Callable[..., Any]:
        """Return what makes a call."""

        async def called(request: Any, *args: Any, **kwargs: Any) -> Any:
            request_serializer(request)
            return response_deserializer(_ANSWER)

        return called

    def unary_stream(
        self, method: str, request_serializer: Any, response_deserializer: Any, *_: Any, **__: Any
    ) -> Callable[..., Any]:
        """Return what makes a call that is answered in pieces."""

        async def called(request: Any, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            request_serializer(request)
            for chunk in _CHUNKS:
                yield response_deserializer(chunk)

        return called


class Client(xai_sdk.Client):
    """A client with such a channel."""

    def _make_grpc_channel(self, *args: Any) -> Any:
        return Memory()


class AsyncClient(xai_sdk.AsyncClient):
    """Its asynchronous twin."""

    def _make_grpc_channel(self, *args: Any) -> Any:
        return AsyncMemory()


def cases() -> list[Case]:
    """Return the calls; a chat is made anew for each, as its messages are kept in it."""
    told: dict[str, Any] = {"api_key": "test", "api_host": "localhost:9"}
    plain, parallel = Client(**told), AsyncClient(**told)

    def chat(client: Any) -> Any:
        sent = [system("Be brief."), user("word " * 20)]
        return client.chat.create(model="grok-4-0709", messages=sent, temperature=0.5)

    async def astream() -> Any:
        return chat(parallel).stream()

    return [
        Case(
            "chat",
            lambda: chat(plain).sample(),
            lambda: chat(parallel).sample(),
            lambda: chat(plain).stream(),
            astream,
        )
    ]
