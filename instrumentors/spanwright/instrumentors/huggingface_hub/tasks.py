# SPDX-License-Identifier: Apache-2.0
"""The tasks of the inference clients that are GenAI operations, and what each of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import openai_chat, openai_completions, openai_embeddings, tgi
from spanwright.instrumentors._dialects.wire import fields, string, texts
from spanwright.instrumentors.huggingface_hub.answers import Answer
from spanwright.instrumentors.huggingface_hub.places import place
from spanwright.semconv import names as n
from spanwright.semconv.model import Blob, Content, Embeddings, Inference, Message, Request

if TYPE_CHECKING:
    from spanwright.instrumentors._families.methods import Found
    from spanwright.semconv.model import Part

# Task -> what is made by it. Whatever is not here (classification, search for similar texts, ...) makes nothing.
_MADE = {
    "text-to-image": n.OutputType.IMAGE,
    "image-to-image": n.OutputType.IMAGE,
    "text-to-speech": n.OutputType.SPEECH,
    "text-to-video": "video",
    "image-to-video": "video",
    "automatic-speech-recognition": n.OutputType.TEXT,
    "image-to-text": n.OutputType.TEXT,
    "summarization": n.OutputType.TEXT,
    "translation": n.OutputType.TEXT,
}
_GIVEN = {"automatic-speech-recognition": "audio"}
# What the client sends for a model where the address says which one is asked.
_NO_MODELS = ("dummy", "tgi")


def find(client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Found | None:
    """Return subject, reader and content reader of the call, or None when it is no GenAI operation."""
    asked = _asked(*args, **kwargs)
    task, url, body = string(asked.task), string(asked.url), fields(asked.json)
    if task is None or url is None:
        return None
    model = _model(asked.model, body)
    at = place(url, asked.model if isinstance(asked.model, str) else "", _chosen(client))
    path = url.partition("?")[0].rstrip("/")
    # Before 0.29 the task of a conversation was told to be `text-generation`.
    if task == "conversational" or path.endswith("/chat/completions"):
        operation, dialect = n.OperationName.CHAT, openai_chat
    elif task == "text-generation":
        operation = n.OperationName.TEXT_COMPLETION
        dialect = openai_completions if path.endswith("/completions") else tgi
    elif task == "feature-extraction":
        request = openai_embeddings.request(body)
        request.model = model
        return (
            Embeddings(provider=at.provider, request=request, address=at.address, port=at.port),
            Answer(openai_embeddings),
            None,
        )
    elif task in _MADE:
        request = Request(model=model, output_type=_MADE[task])
        subject = Inference(n.OperationName.GENERATE_CONTENT, at.provider, request, None, at.address, at.port)
        return subject, Answer(None, _MADE[task]), lambda: _given(task, body, asked.data)
    else:
        return None
    request = dialect.request(body)
    request.model = model
    subject = Inference(operation, at.provider, request, None, at.address, at.port)
    return subject, Answer(dialect), lambda: dialect.content(body)


def _asked(request_parameters: Any, *_: Any, **__: Any) -> Any:
    """Bind `_inner_post(request_parameters, *, stream)`."""
    return request_parameters


def _chosen(client: Any) -> str:
    """Return the provider that the application chose; None and `auto` leave it to Hugging Face."""
    return string(getattr(client, "provider", None)) or "auto"


def _model(mapped: Any, body: dict[str, Any]) -> str | None:
    """Return the model's name as the provider knows it; an address that stands for one is none."""
    name = string(mapped)
    if name is None or name.startswith(("http://", "https://")):
        name = string(body.get("model"))
    return None if name in _NO_MODELS else name


def _given(task: str, body: dict[str, Any], data: Any) -> Content:
    """Read what is to be made something of."""
    parts: list[Part] = texts(body.get("inputs")) or texts(body.get("prompt")) or texts(body.get("text"))
    if isinstance(data, bytes):
        # The kind of `bytes` that the client has carries more than the bytes.
        parts = [Blob(_GIVEN.get(task, "image"), bytes(data), string(getattr(data, "mime_type", None)))]
    return Content(input=[Message("user", parts)] if parts else [])
