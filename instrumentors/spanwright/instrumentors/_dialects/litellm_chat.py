# SPDX-License-Identifier: Apache-2.0
"""LiteLLM's answers: OpenAI's chat completions, whatever the provider speaks, with a few counts in other places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import openai_chat
from spanwright.instrumentors._dialects.wire import count, fields, get, items, string
from spanwright.semconv import names as n

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.semconv.model import Request, Response, Usage

refinements = openai_chat.refinements
answered_refinements = openai_chat.answered_refinements
content = openai_chat.content
output = openai_chat.output
Chunks = openai_chat.Chunks

_DETAILS = ("prompt_tokens_details", "completion_tokens_details")


def request(body: Any) -> Request:
    """Read what was asked for; an output format may be given as a class."""
    found = openai_chat.request(body)
    if isinstance(body.get("response_format"), type):
        found.output_type = n.OutputType.JSON
    return found


def response(value: Any) -> Response:
    """Read the facts of an answer."""
    found = openai_chat.response(value)
    found.usage = usage(get(value, "usage"))
    return found


def usage(value: Any) -> Usage | None:
    """Read token counts. Anthropic's cache counts stand beside the totals, which have been made to include them."""
    found = openai_chat.usage(value)
    if found is None:
        return None
    read, given = fields(value).get, fields(get(value, "prompt_tokens_details")).get
    if found.cache_read is None:
        found.cache_read = count(read("cache_read_input_tokens"))
    if found.cache_write is None:
        written = count(given("cache_creation_tokens"))
        found.cache_write = written if written is not None else count(read("cache_creation_input_tokens"))
    if found.input is not None and (found.cache_read or 0) + (found.cache_write or 0) > found.input:
        # A part is no greater than its whole: releases until the end of 2025 left out what was written.
        found.input += found.cache_write or 0
    return found


class Counted:
    """Keeps chunks as `inner` does, but for what the library makes up in those that it hands on.

    It takes the usage out of them, and puts one in where the caller asked for it: its own estimate if the provider
    gave none. Their model is always the one that was asked for. `kept` is its own list of the chunks as they were.
    """

    __slots__ = ("_inner", "_kept", "add")

    def __init__(self, inner: Any, kept: Any) -> None:
        self._inner = inner
        self._kept = kept
        self.add = inner.add

    def value(self) -> Any:
        """Return the answer that the chunks make up."""
        return {**self._inner.value(), "usage": joined(self._kept), "model": answering(self._kept)}


def answering(chunks: Sequence[Any]) -> str | None:
    """Return the model that the provider named; newer releases keep it beside the chunks' fields."""
    for chunk in items(chunks):
        hidden: object = getattr(chunk, "_hidden_params", None)
        if (name := string(get(hidden, "provider_response_model"))) is not None:
            return name
    return None


def joined(chunks: Sequence[Any]) -> dict[str, Any] | None:
    """Join the usage of all chunks: some providers tell input and output apart, others repeat a growing total."""
    found: dict[str, Any] = {}
    for chunk in items(chunks):
        told = fields(get(chunk, "usage"))
        _grow(found, told)
        for name in _DETAILS:
            if details := fields(told.get(name)):
                _grow(found.setdefault(name, {}), details)
    return found or None


def _grow(found: dict[str, Any], told: dict[str, Any]) -> None:
    for name, value in told.items():
        number = count(value)
        if number is not None and number >= found.get(name, 0):
            found[name] = number
