# SPDX-License-Identifier: Apache-2.0
"""Bedrock's knowledge bases: documents that are retrieved, and answers that are generated from them."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.bedrock_converse import guarded
from spanwright.instrumentors._dialects.wire import fields, get, items, string
from spanwright.semconv import names as n
from spanwright.semconv.clean import number
from spanwright.semconv.model import Content, Document, Message, Request, Response, Retrieval, Text

_SEARCHES = ("vectorSearchConfiguration", "managedSearchConfiguration")
_KINDS = ("knowledgeBaseConfiguration", "externalSourcesConfiguration")


def retrieval(body: Any) -> Retrieval:
    """Read what a search asks for."""
    config = body.get("retrievalConfiguration")
    limits = [get(get(config, name), "numberOfResults") for name in _SEARCHES]
    return Retrieval(
        data_source_id=string(body.get("knowledgeBaseId")),
        top_k=next((each for each in limits if each is not None), None),
    )


def query(body: Any) -> str | None:
    """Read the text that is searched for."""
    return string(get(body.get("retrievalQuery"), "text"))


def documents(value: Any) -> list[Document]:
    """Read what was found."""
    return [_document(each) for each in items(get(value, "retrievalResults"))]


def request(body: Any) -> Request:
    """Read what an answer from a knowledge base, or from the caller's own documents, is asked with."""
    config = _config(body)
    generation = get(config, "generationConfiguration")
    told = fields(get(get(generation, "inferenceConfig"), "textInferenceConfig")).get
    base = string(get(config, "knowledgeBaseId"))
    return Request(
        model=string(get(config, "modelArn")),
        max_tokens=told("maxTokens"),
        temperature=told("temperature"),
        top_p=told("topP"),
        stop=told("stopSequences"),
        extra={
            **({n.AWS_BEDROCK_KNOWLEDGE_BASE_ID: base} if base is not None else {}),
            **(guarded(get(get(generation, "guardrailConfiguration"), "guardrailId")) or {}),
        },
    )


def session(body: Any) -> str | None:
    """Read the conversation that a request continues."""
    return string(body.get("sessionId"))


def content(body: Any) -> Content:
    """Read the sensitive part of a request."""
    asked = string(get(body.get("input"), "text"))
    return Content(input=[Message("user", [Text(asked)])] if asked is not None else ())


def response(value: Any) -> Response:
    """Read the facts of an answer: the session, and whether a guardrail stepped in."""
    return Response(finish_reasons=_reasons(value), conversation_id=string(get(value, "sessionId")))


def output(value: Any) -> list[Message]:
    """Read the text of an answer."""
    said, reasons = string(get(get(value, "output"), "text")), _reasons(value)
    if said is None and reasons is None:
        return []
    parts = [Text(said)] if said is not None else []
    return [Message("assistant", [*parts], finish_reason=reasons[0] if reasons else None)]


class Chunks:
    """Keeps what is needed of a streamed answer."""

    __slots__ = ("_action", "_texts")

    def __init__(self, *, content: bool) -> None:
        self._action: Any = None
        self._texts: list[str] | None = [] if content else None

    def add(self, chunk: Any) -> None:
        """Take one event."""
        if (said := string(get(get(chunk, "output"), "text"))) is not None and self._texts is not None:
            self._texts.append(said)
        self._action = get(get(chunk, "guardrail"), "action") or self._action

    def value(self) -> dict[str, Any]:
        """Return the answer that the events make up, in the shape of an unstreamed one."""
        return {"output": {"text": "".join(self._texts or ())}, "guardrailAction": self._action}


def _config(body: Any) -> Any:
    told = body.get("retrieveAndGenerateConfiguration")
    return next((found for name in _KINDS if (found := get(told, name)) is not None), None)


def _reasons(value: Any) -> list[str] | None:
    return ["content_filter"] if get(value, "guardrailAction") == "INTERVENED" else None


def _document(value: Any) -> Document:
    read = fields(value).get
    place = fields(read("location"))
    found = [string(get(each, name)) for each in place.values() for name in ("uri", "url", "id")]
    return Document(
        id=string(read("documentId")) or next((each for each in found if each is not None), None),
        score=number(read("score")),
        content=string(get(read("content"), "text")),
        metadata=read("metadata"),
    )
