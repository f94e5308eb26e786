# SPDX-License-Identifier: Apache-2.0
"""Bodies of a prompt and a text on Bedrock: Amazon Titan, Meta Llama, Mistral, Cohere, Anthropic's and AI21's older ones."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import count, fields, finish, get, items, string
from spanwright.semconv.model import Content, Message, Request, Response, Text, Tool, ToolCall, Usage

_PROMPTS = ("prompt", "inputText", "message")
_LIMITS = ("max_tokens", "max_gen_len", "maxTokenCount", "max_tokens_to_sample", "maxTokens")
_STOPS = ("stop", "stop_sequences", "stopSequences")
_FINISH = {
    "FINISH": "stop",
    "FINISHED": "stop",
    "COMPLETE": "stop",
    "STOP_CRITERIA_MET": "stop",
    "STOP_SEQUENCE": "stop",
    "endoftext": "stop",
    "LENGTH": "length",
    "MAX_TOKENS": "length",
    "CONTENT_FILTERED": "content_filter",
    "ERROR_TOXIC": "content_filter",
    "RAG_QUERY_WHEN_RAG_DISABLED": "error",
    "ERROR": "error",
    "ERROR_LIMIT": "error",
    "USER_CANCEL": "error",
    "TOOL_CALL": "tool_call",
}
# Where an answer has several texts, and the names of text, finish reason and id in each family.
_LISTS = ("results", "outputs", "generations", "completions")
_TEXTS = ("generation", "outputText", "text", "completion")
_REASONS = ("stop_reason", "completionReason", "finish_reason", "finishReason")


def prompt(body: Any) -> str | None:
    """Return the prompt of a body, whatever the family calls it."""
    return string(_first(body, _PROMPTS))


def is_chat(body: Any) -> bool:
    """Tell a conversation by its history: Cohere's Command R has a message where others have a prompt."""
    return string(get(body, "message")) is not None


def request(body: Any) -> Request:
    """Read what was asked for."""
    config = fields(body.get("textGenerationConfig"))
    held = {**fields(body), **config}
    stop = _first(held, _STOPS)
    return Request(
        max_tokens=_first(held, _LIMITS),
        temperature=held.get("temperature"),
        top_p=_first(held, ("top_p", "topP", "p")),
        top_k=_first(held, ("top_k", "topK", "k")),
        frequency_penalty=held.get("frequency_penalty"),
        presence_penalty=held.get("presence_penalty"),
        seed=held.get("seed"),
        choices=_first(held, ("num_generations", "numResults")),
        stop=stop,
    )


def content(body: Any) -> Content:
    """Read the sensitive part of a request; Cohere has the history beside the message."""
    before = [
        Message("assistant" if get(each, "role") == "CHATBOT" else "user", [Text(said)])
        for each in items(get(body, "chat_history"))
        if (said := string(get(each, "message"))) is not None
    ]
    asked, preamble = prompt(body), string(get(body, "preamble"))
    return Content(
        system=[Text(preamble)] if preamble is not None else (),
        input=[*before, *([Message("user", [Text(asked)])] if asked is not None else ())],
        tools=[Tool(name) for each in items(get(body, "tools")) if (name := string(get(each, "name")))],
    )


def response(value: Any) -> Response:
    """Read the facts of an answer, one finish reason a text."""
    reasons = [_reason(each) for each in _texts(value)]
    return Response(
        id=string(_first(value, ("response_id", "generation_id", "id"))),
        finish_reasons=[reason or "error" for reason in reasons] if any(reasons) else None,
        usage=_usage(value),
    )


def output(value: Any) -> list[Message]:
    """Read the texts of an answer, one message each."""
    found: list[Message] = []
    for each in _texts(value):
        said, reason = string(_first(each, _TEXTS)), _reason(each)
        told = [Text(said)] if said is not None else []
        calls = [
            ToolCall(name, arguments=get(call, "parameters"))
            for call in items(get(each, "tool_calls"))
            if (name := string(get(call, "name"))) is not None
        ]
        if told or calls or reason:
            found.append(Message("assistant", [*told, *calls], finish_reason=reason))
    return found


class Chunks:
    """Keeps what is needed of a stream: texts with content, else only what the last chunks tell."""

    __slots__ = ("_known", "_texts")

    def __init__(self, *, content: bool) -> None:
        self._known: dict[str, Any] = {}
        self._texts: list[str] | None = [] if content else None

    def add(self, chunk: Any) -> None:
        """Take one chunk; what a later one tells wins, but for what it leaves null."""
        each = _texts(chunk)[0]
        if get(chunk, "event_type") == "stream-end":
            # Cohere repeats the whole answer at the end.
            self._known.update(fields(get(chunk, "response")))
        elif self._texts is not None and (said := string(_first(each, _TEXTS))) is not None:
            self._texts.append(said)
        for held in (fields(chunk), fields(each)):
            self._known.update(
                {name: told for name, told in held.items() if told is not None and name not in _TEXTS}
            )

    def value(self) -> dict[str, Any]:
        """Return what was received, as an answer of one text."""
        known = {name: told for name, told in self._known.items() if name not in (*_LISTS, *_TEXTS)}
        return {**known, "text": "".join(self._texts or ())}


def _texts(value: Any) -> list[Any]:
    """Return the places of an answer's texts: the items of its list, else the answer itself."""
    for name in _LISTS:
        if held := items(get(value, name)):
            # AI21 has the text one level further down.
            return [{**fields(each), **fields(get(each, "data"))} for each in held]
    return [value]


def _reason(value: Any) -> str | None:
    told = _first(value, _REASONS)
    if not isinstance(told, str):
        told = get(told, "reason")
    return _FINISH.get(told, finish(told)) if isinstance(told, str) else None


def _usage(value: Any) -> Usage | None:
    given = count(_first(value, ("prompt_token_count", "inputTextTokenCount")))
    made = count(_first(value, ("generation_token_count", "totalOutputTextTokenCount")))
    if made is None:
        counts = [found for each in _texts(value) if (found := count(get(each, "tokenCount"))) is not None]
        made = sum(counts) if counts else None
    billed = get(get(value, "meta"), "billed_units")
    given = count(get(billed, "input_tokens")) if given is None else given
    made = count(get(billed, "output_tokens")) if made is None else made
    return Usage(input=given, output=made) if given is not None or made is not None else None


def _first(value: Any, names: tuple[str, ...]) -> Any:
    held = fields(value)
    return next((held[name] for name in names if held.get(name) is not None), None)
