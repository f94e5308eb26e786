# SPDX-License-Identifier: Apache-2.0
"""LangChain's `LLMResult`: what a model answered, whole or in part, by whatever provider."""

from __future__ import annotations

import functools
import operator
from typing import Any

from spanwright.instrumentors._dialects import openai_chat
from spanwright.instrumentors._dialects.langchain_messages import first
from spanwright.instrumentors._dialects.langchain_messages import message as read_message
from spanwright.instrumentors._dialects.wire import count, counts, fields, finish, get, items, string, texts
from spanwright.semconv.model import Message, Response, Usage

_IDS = ("id", "response_id")
_MODELS = ("model_name", "model", "model_id")
_REASONS = ("finish_reason", "stop_reason", "stopReason", "done_reason")
# Google's words; the others are in `wire`.
_FINISH = {"safety": "content_filter", "prohibited_content": "content_filter", "recitation": "content_filter"}


def response(result: Any) -> Response:
    """Read the facts of a model's result: one finish reason a choice, usage once whatever the number of choices."""
    found = choices(result)
    message = fields(get(found[0], "message")) if found else {}
    told = fields(message.get("response_metadata"))
    answered = get(result, "llm_output")
    reasons = [_reason(choice) for choice in found]
    return Response(
        id=_id(message, told),
        model=_once(first(told, _MODELS) or string(get(answered, "model_name"))),
        finish_reasons=[reason or "error" for reason in reasons] if any(reasons) else None,
        usage=usage(message, told, answered),
    )


def usage(message: dict[str, Any], told: dict[str, Any], answered: Any) -> Usage | None:
    """Read token counts: from the first choice, since each of them repeats the total, else from the result."""
    held = message.get("usage_metadata")
    if held is None:
        for found in (
            get(answered, "token_usage"),
            get(answered, "usage"),
            told.get("token_usage"),
            told.get("usage"),
        ):
            if found:
                return _wire_usage(found)
        return None
    found = fields(held)
    if found.get("total_cost") == 0:
        # The mark of an answer out of LangChain's cache, for which nothing was billed (langchain-core 0.3.81, 1.7).
        return None
    used = Usage(*counts(found, "input_tokens", "output_tokens"))
    if (read := found.get("input_token_details")) is not None:
        used.cache_read, used.cache_write, used.audio_input = counts(
            read, "cache_read", "cache_creation", "audio"
        )
    if (wrote := found.get("output_token_details")) is not None:
        used.reasoning, used.audio_output = counts(wrote, "reasoning", "audio")
    return used


def output(result: Any) -> list[Message]:
    """Read the messages of a model's result, one a choice."""
    found: list[Message] = []
    for choice in choices(result):
        held = get(choice, "message")
        read = read_message(held) if held is not None else Message("assistant", texts(get(choice, "text")))
        read.finish_reason = _reason(choice)
        if read.parts or read.finish_reason:
            found.append(read)
    return found


class Said:
    """Keeps what a model has said so far, for the answer that LangChain does not hand over when a stream breaks.

    LangChain keeps the same chunks (`ChatGenerationChunk`, or `GenerationChunk`) itself until the answer is whole.
    """

    __slots__ = ("_held",)

    def __init__(self, *, content: bool) -> None:
        del content
        self._held: list[Any] = []

    def add(self, chunk: Any) -> None:
        """Keep a chunk."""
        if chunk is not None:
            self._held.append(chunk)

    def value(self) -> Any:
        """Return the sum of the chunks as a result of one choice; None without any."""
        if not self._held:
            return None
        whole, *more = self._held
        try:
            return {"generations": [[whole + more]]}
        except TypeError:
            # The chunks of a text model are added one by one.
            return {"generations": [[functools.reduce(operator.add, more, whole)]]}


def choices(result: Any) -> list[Any]:
    """Return the answers to the first prompt (`Generation` or `ChatGeneration`); none where nothing came."""
    lists = items(get(result, "generations"))
    return list(items(lists[0])) if lists else []


def _reason(choice: Any) -> str | None:
    found = fields(choice)
    for held in (get(found.get("message"), "response_metadata"), found.get("generation_info")):
        if held and (word := _once(first(fields(held), _REASONS))) is not None:
            lower = word.lower()
            return _FINISH.get(lower) or finish(lower)
    return None


def _id(message: dict[str, Any], told: dict[str, Any]) -> str | None:
    """Return the provider's id; LangChain's own ids, which it gives to what has none, are run ids."""
    found = first(told, _IDS) or string(message.get("id"))
    return None if found is None or found.startswith(("run-", "lc_")) else _once(found)


def _once(text: str | None) -> str | None:
    """Undo what LangChain does to a field that several chunks repeat: it joins them (`stopstop`)."""
    if text is None:
        return None
    period = (text + text).find(text, 1)
    return text[:period] if period > 1 else text


def _wire_usage(held: Any) -> Usage | None:
    if get(held, "prompt_tokens") is not None:
        return openai_chat.usage(held)
    found = Usage(input=count(get(held, "input_tokens")), output=count(get(held, "output_tokens")))
    return found if found.input is not None or found.output is not None else None
