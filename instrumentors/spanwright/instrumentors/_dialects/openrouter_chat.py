# SPDX-License-Identifier: Apache-2.0
"""OpenRouter's chat completions: OpenAI's wire, with the upstream provider, the cost, and errors inside of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import openai_chat
from spanwright.instrumentors._dialects.wire import count, fields, get, items, string

if TYPE_CHECKING:
    from spanwright.semconv.model import Request, Response

__all__ = ["Chunks", "answered_refinements", "content", "output", "refinements", "request", "response"]

content = openai_chat.content
output = openai_chat.output

# The conventions have no name for either yet.
PROVIDER, COST = "openrouter.provider.name", "openrouter.usage.cost"


def request(body: Any) -> Request:
    """Read what was asked for."""
    found = openai_chat.request(body)
    found.top_k = body.get("top_k")
    if isinstance(found.stop, str):
        found.stop = [found.stop]
    if found.reasoning_level is None:
        found.reasoning_level = get(body.get("reasoning"), "effort")
    return found


def refinements(body: Any) -> dict[str, Any]:
    """Return nothing: what OpenRouter adds it adds to answers."""
    del body
    return {}


def response(value: Any) -> Response:
    """Read the facts of an answer; an upstream that fails after the headers leaves its error in the body."""
    found = openai_chat.response(value)
    error = get(value, "error")
    if error is None:
        error = next((get(each, "error") for each in items(get(value, "choices")) if _failed(each)), None)
    if error is not None:
        found.error = _code(error)
        found.finish_reasons = found.finish_reasons or ["error"]
    found.extra = answered_refinements(value)
    return found


def answered_refinements(value: Any) -> dict[str, Any] | None:
    """Read which provider answered behind the gateway, and what it has cost, in US dollars."""
    extra: dict[str, Any] = {}
    if (provider := string(get(value, "provider"))) is not None:
        extra[PROVIDER] = provider
    cost = get(get(value, "usage"), "cost")
    if isinstance(cost, (int, float)) and not isinstance(cost, bool):
        extra[COST] = float(cost)
    return extra or None


def _failed(choice: Any) -> bool:
    return bool(fields(get(choice, "error")))


def _code(error: Any) -> str:
    kind = string(get(get(error, "metadata"), "error_type"))
    code = get(error, "code")
    return kind or string(code) or str(count(code) or "error")


class Chunks(openai_chat.Chunks):
    """Tells the provider besides, which every chunk names."""

    __slots__ = ()

    def value(self) -> dict[str, Any]:
        """Return the answer in the shape of an unstreamed one."""
        provider = get(self._first, "provider")
        return {
            **super().value(),
            "provider": provider if provider is not None else get(self._last, "provider"),
        }
