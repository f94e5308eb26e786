# SPDX-License-Identifier: Apache-2.0
"""xAI's API over gRPC, from the SDK's own proto modules, whichever version of them is installed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf.json_format import ParseDict
from xai_sdk import proto
from xai_sdk.proto import chat_pb2, chat_pb2_grpc, deferred_pb2, image_pb2, image_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Json = dict[str, Any]

# Before 1.3 the outputs of an answer were its choices.
OUTPUTS = "outputs" if hasattr(chat_pb2.GetChatCompletionResponse(), "outputs") else "choices"
# As the provider counts: the total has the reasoning beside the completion, the prompt has the cached tokens.
USAGE = {
    "prompt_tokens": 12,
    "completion_tokens": 5,
    "reasoning_tokens": 3,
    "total_tokens": 20,
    "cached_prompt_text_tokens": 4,
    "prompt_text_tokens": 12,
}
FACTS = {"id": "resp_1", "model": "grok-4-0709", "system_fingerprint": "fp_1", "usage": USAGE}
TEXT = "Hello from Grok"


def said(text: str = TEXT, **more: Any) -> Json:
    """Return an output of the model."""
    message = {"role": "ROLE_ASSISTANT", "content": text, **more}
    return {"finish_reason": "REASON_STOP", "message": message}


def answer(*outputs: Json, **more: Any) -> Any:
    """Return a whole answer."""
    found = [{"index": index, **each} for index, each in enumerate(outputs or (said(),))]
    return ParseDict(
        {**FACTS, OUTPUTS: found, **more}, chat_pb2.GetChatCompletionResponse(), ignore_unknown_fields=True
    )


def chunks(*outputs: Json) -> list[Any]:
    """Return the same as a stream: each output in pieces, its finish reason in its last one."""
    found: list[Any] = []
    for index, each in enumerate(outputs or (said(),)):
        message = dict(each["message"])
        role, text = message.pop("role"), message.pop("content", "")
        middle = len(text) // 2
        deltas: list[Json] = [{name: value} for name, value in message.items()]
        deltas += [{"content": piece} for piece in (text[:middle], text[middle:]) if piece]
        for at, delta in enumerate(deltas):
            last = at == len(deltas) - 1
            made = {"index": index, "delta": {"role": role, **delta}}
            if last:
                made["finish_reason"] = each["finish_reason"]
            found.append(
                ParseDict(
                    {**FACTS, OUTPUTS: [made]}, chat_pb2.GetChatCompletionChunk(), ignore_unknown_fields=True
                )
            )
    return found


class Xai:
    """A gRPC server on loopback; `say` queues what it answers, else it greets. A model's name can ask for trouble:

    `error:<STATUS>` ends with that status, `odd:mid-stream-error` does so within the stream, `odd:hold` sends one chunk
    and then waits until the client is gone.
    """

    def __init__(self) -> None:
        self.requests: list[tuple[Any, dict[str, Any]]] = []
        self.left = threading.Event()
        self._said: list[Any] = []
        self._polled = 0
        self._server = grpc.server(ThreadPoolExecutor(4))
        chat_pb2_grpc.add_ChatServicer_to_server(_chat(self), self._server)
        image_pb2_grpc.add_ImageServicer_to_server(_image(self), self._server)
        if hasattr(proto, "documents_pb2_grpc"):
            proto.documents_pb2_grpc.add_DocumentsServicer_to_server(_documents(self), self._server)
        # The SDK speaks to `localhost` with the credentials of this machine, the one way before 1.4.
        self.port = self._server.add_secure_port("localhost:0", grpc.local_server_credentials())
        self.host = f"localhost:{self.port}"

    def __enter__(self) -> Xai:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(None).wait()

    def say(self, *answers: Any) -> None:
        """Queue answers: messages, or for a stream lists of them."""
        self._said += answers

    def next(self, otherwise: Callable[[], Any]) -> Any:
        """Return the next answer."""
        return self._said.pop(0) if self._said else otherwise()

    def take(self, request: Any, context: Any) -> None:
        """Keep a request, and refuse it where it asks for that."""
        self.requests.append((request, dict(context.invocation_metadata())))
        model = getattr(request, "model", "")
        if model.startswith("error:"):
            context.abort(grpc.StatusCode[model.partition(":")[2]], "it was asked for: SECRET")

    def pending(self) -> bool:
        """Tell whether a deferred answer is still to be waited for: at the first question."""
        self._polled += 1
        return self._polled == 1


def _chat(xai: Xai) -> Any:
    class Chat(chat_pb2_grpc.ChatServicer):
        def GetCompletion(self, request: Any, context: Any) -> Any:
            xai.take(request, context)
            return xai.next(lambda: answer(*[said()] * (request.n or 1)))

        def GetCompletionChunk(self, request: Any, context: Any) -> Iterator[Any]:
            xai.take(request, context)
            for chunk in xai.next(lambda: chunks(*[said()] * (request.n or 1))):
                yield chunk
                if request.model == "odd:mid-stream-error":
                    context.abort(grpc.StatusCode.INTERNAL, "it was asked for: SECRET")
                if request.model == "odd:hold":
                    context.add_callback(xai.left.set)
                    xai.left.wait(60)

        def StartDeferredCompletion(self, request: Any, context: Any) -> Any:
            xai.take(request, context)
            return deferred_pb2.StartDeferredResponse(request_id="deferred_1")

        def GetDeferredCompletion(self, request: Any, context: Any) -> Any:
            if xai.pending():
                return chat_pb2.GetDeferredCompletionResponse(status=deferred_pb2.DeferredStatus.PENDING)
            return chat_pb2.GetDeferredCompletionResponse(
                status=deferred_pb2.DeferredStatus.DONE, response=answer(said(), said())
            )

        def GetStoredCompletion(self, request: Any, context: Any) -> Any:
            xai.take(request, context)
            return answer()

        def CompactContext(self, request: Any, context: Any) -> Any:
            xai.take(request, context)
            given = {"id": "compact_1", "encrypted_content": "c2VhbGVk", "usage": USAGE}
            return ParseDict(given, chat_pb2.CompactContextResponse())

    return Chat()


def _image(xai: Xai) -> Any:
    class Image(image_pb2_grpc.ImageServicer):
        def GenerateImage(self, request: Any, context: Any) -> Any:
            xai.take(request, context)
            pictures = [{"url": f"https://images.test/{at}.png"} for at in range(request.n or 1)]
            given: Json = {"model": "grok-imagine-image", "images": pictures}
            if "usage" in image_pb2.ImageResponse.DESCRIPTOR.fields_by_name:
                given["usage"] = {"prompt_tokens": 7, "completion_tokens": 100, "total_tokens": 107}
            return ParseDict(given, image_pb2.ImageResponse())

    return Image()


def _documents(xai: Xai) -> Any:
    class Documents(proto.documents_pb2_grpc.DocumentsServicer):
        def Search(self, request: Any, context: Any) -> Any:
            xai.take(request, context)
            match = {
                "file_id": "file_1",
                "chunk_id": "chunk_1",
                "chunk_content": "Found SECRET",
                "score": 0.5,
            }
            return ParseDict({"matches": [match]}, proto.documents_pb2.SearchResponse())

    return Documents()
