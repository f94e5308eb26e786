# SPDX-License-Identifier: Apache-2.0
"""LlamaIndex's model calls: what its model objects ask for, and answers around a provider's raw one."""

from __future__ import annotations

from collections import deque
from typing import Any

from spanwright.instrumentors._dialects.llama_index_messages import message
from spanwright.instrumentors._dialects.wire import count, fields, finish, get, items, string, texts
from spanwright.semconv.model import Message, Request, Response, Usage

_NAMES = ("model", "model_name", "model_id", "deployment_name")
_LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens", "max_new_tokens", "num_predict")
_IDS = ("id", "response_id", "generation_id")
_MODELS = ("model", "model_version", "modelVersion")
_REASONS = ("finish_reason", "stop_reason", "stopReason", "done_reason")
_PAIRS = (
    ("prompt_tokens", "completion_tokens"),
    ("input_tokens", "output_tokens"),
    ("inputTokens", "outputTokens"),
    ("prompt_token_count", "candidates_token_count"),
    ("prompt_eval_count", "eval_count"),
)
_CACHED = (
    ("prompt_tokens_details", "cached_tokens"),
    ("input_tokens_details", "cached_tokens"),
)
_THOUGHT = (
    ("completion_tokens_details", "reasoning_tokens"),
    ("output_tokens_details", "reasoning_tokens"),
)
# What of a stream's raw chunks may hold facts: the last ones have the reason and the usage.
_KEPT = 3


def model(held: dict[str, Any]) -> str | None:
    """Return the name of a model, which is `unknown` where a class has none."""
    found = _first(held, _NAMES)
    return None if found == "unknown" else found


def request(settings: dict[str, Any], asked: dict[str, Any]) -> Request:
    """Read what is asked for: the call's own arguments go before the settings of the model's object."""
    extra = fields(settings.get("additional_kwargs"))

    def read(*names: str) -> Any:
        for held in (asked, extra, settings):
            for name in names:
                if (found := held.get(name)) is not None:
                    return found
        return None

    form = read("response_format")
    stop = read("stop", "stop_sequences")
    return Request(
        model=model(asked) or model(settings),
        max_tokens=read(*_LIMITS),
        temperature=read("temperature"),
        top_p=read("top_p"),
        top_k=read("top_k"),
        frequency_penalty=read("frequency_penalty"),
        presence_penalty=read("presence_penalty"),
        seed=read("seed"),
        choices=read("n"),
        stop=[stop] if isinstance(stop, str) else stop,
        output_type="json" if form is not None and get(form, "type") != "text" else None,
        reasoning_level=string(read("reasoning_effort")),
    )


def response(value: Any) -> Response | None:
    """Read the facts of a `ChatResponse` or a `CompletionResponse`, which a provider's raw answer is kept in."""
    if value is None:
        return None
    kept = items(get(value, "kept"))
    raws = [fields(each) for each in kept] if kept else [fields(get(value, "raw"))]
    told = fields(get(value, "additional_kwargs"))
    found = Response()
    for raw in reversed(raws):
        found.id = found.id or _first(raw, _IDS)
        found.model = found.model or _first(raw, _MODELS)
        found.finish_reasons = found.finish_reasons or reasons(raw)
        found.usage = found.usage or usage(raw)
    # A stream of responses has its usage there.
    found.usage = found.usage or usage(told)
    return found


def output(value: Any) -> list[Message]:
    """Read the message of an answer."""
    if value is None:
        return []
    told = response(value)
    reason = told.finish_reasons[0] if told is not None and told.finish_reasons else None
    value = get(value, "last") if get(value, "kept") is not None else value
    held = get(value, "message")
    found = message(held) if held is not None else Message("assistant", texts(get(value, "text")))
    found.finish_reason = reason
    return [found] if found.parts or reason else []


def reasons(raw: dict[str, Any]) -> list[str] | None:
    """Read finish reasons, one a choice."""
    choices = items(raw.get("choices")) or items(raw.get("candidates"))
    each = [_reason(fields(choice)) for choice in choices] if choices else [_reason(raw)]
    return [reason or "error" for reason in each] if any(each) else None


def usage(raw: dict[str, Any]) -> Usage | None:
    """Read token counts of a raw answer, under whatever name the provider has for them."""
    for name in ("usage", "usage_metadata", "usageMetadata"):
        if (held := raw.get(name)) is not None and (found := _tokens(fields(held))) is not None:
            return found
    return _tokens(raw)


class Chunks:
    """Keeps the last answer of a stream, which has all of the message, and the raw chunks that may hold facts."""

    __slots__ = ("kept", "last")

    def __init__(self) -> None:
        self.last: Any = None
        self.kept: deque[Any] = deque(maxlen=_KEPT)

    def add(self, chunk: Any) -> None:
        """Take one chunk."""
        self.last = chunk
        self.kept.append(get(chunk, "raw"))

    def value(self) -> Any:
        """Return what was received."""
        if self.last is None:
            return None
        told = get(self.last, "additional_kwargs")
        return {"last": self.last, "kept": list(self.kept), "additional_kwargs": told}


def _reason(held: dict[str, Any]) -> str | None:
    word = _first(held, _REASONS)
    if word is None:
        name = getattr(held.get("finish_reason"), "name", None)
        word = name.lower() if isinstance(name, str) else None
    return finish(word)


def _tokens(held: dict[str, Any]) -> Usage | None:
    for one, other in _PAIRS:
        found = Usage(input=count(held.get(one)), output=count(held.get(other)))
        if found.input is not None or found.output is not None:
            found.cache_read = _detail(held, _CACHED)
            found.reasoning = _detail(held, _THOUGHT)
            _count_cached(held, found)
            return found
    return None


def _count_cached(held: dict[str, Any], found: Usage) -> None:
    """Add what Anthropic counts beside the other input, as the conventions want it."""
    read = count(held.get("cache_read_input_tokens"))
    wrote = count(held.get("cache_creation_input_tokens"))
    if found.input is not None and (read is not None or wrote is not None):
        found.cache_read, found.cache_write = read, wrote
        found.input += (read or 0) + (wrote or 0)


def _detail(held: dict[str, Any], names: tuple[tuple[str, str], ...]) -> int | None:
    for outer, inner in names:
        if (found := count(get(held.get(outer), inner))) is not None:
            return found
    return None


def _first(held: dict[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        if (found := string(held.get(name))) is not None:
            return found
    return None
