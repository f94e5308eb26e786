# SPDX-License-Identifier: Apache-2.0
"""What Strands asks of a model, gets back, and hands to its tools: messages in the shape of Bedrock's Converse API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import bedrock_converse as converse
from spanwright.instrumentors._dialects.wire import count, fields, get, items, string
from spanwright.semconv import names as n
from spanwright.semconv.model import Content, Message, Response, Text, Usage

if TYPE_CHECKING:
    from spanwright.semconv.model import Part

# The SDK's own modules, one for each service that it can ask.
_PROVIDERS = {
    "anthropic": n.ProviderName.ANTHROPIC,
    "bedrock": n.ProviderName.AWS_BEDROCK,
    "gemini": n.ProviderName.GCP_GEMINI,
    "llamaapi": "meta",
    "llamacpp": "llamacpp",
    "mistral": n.ProviderName.MISTRAL_AI,
    "ollama": "ollama",
    "openai": n.ProviderName.OPENAI,
    "openai_responses": n.ProviderName.OPENAI,
    "sagemaker": "aws.sagemaker",
    "writer": "writer",
}
_UNKNOWN = "strands-agents"
_MODULES = "strands.models."


def provider(module: str, model: str | None) -> str:
    """Return who is asked, by the module of the model's class; a gateway's model has it before its name."""
    if not module.startswith(_MODULES):
        return _UNKNOWN
    name = module.removeprefix(_MODULES)
    head, slash, _ = (model or "").partition("/")
    return _PROVIDERS.get(name) or (head if slash and head else _UNKNOWN)


def content(messages: Any, system: Any) -> Content:
    """Read the sensitive part of a request."""
    return Content(system=_system(system), input=[converse.message(each) for each in items(messages)])


def response(usage: Any, reason: Any) -> Response:
    """Read the facts of an answer."""
    found = converse.response({"stopReason": reason})
    found.usage = _usage(usage)
    return found


def output(message: Any, reason: Any = None) -> list[Message]:
    """Read what was answered."""
    return converse.output({"output": {"message": message}, "stopReason": reason})


def prompt(given: Any) -> list[Message]:
    """Read what an agent or a team of them is asked: a text, blocks, or messages."""
    if isinstance(given, str):
        return [Message("user", [Text(given)])] if given else []
    held = items(given)
    if held and all(string(get(each, "role")) is not None for each in held):
        return [converse.message(each) for each in held]
    found = converse.message({"role": "user", "content": list(held)})
    return [found] if found.parts else []


def result(value: Any) -> Any:
    """Return what a tool has answered: its text or its data, a list of several."""
    told = [_told(each) for each in items(get(value, "content"))]
    return told[0] if len(told) == 1 else told


def _told(value: Any) -> Any:
    read = fields(value).get
    return next((found for name in ("text", "json") if (found := read(name)) is not None), value)


def _system(given: Any) -> list[Part]:
    if isinstance(given, str):
        return [Text(given)] if given else []
    return [Text(text) for each in items(given) if (text := string(get(each, "text"))) is not None]


def _usage(value: Any) -> Usage | None:
    """Read token counts; some services count cached tokens in the input, others beside it: the total tells."""
    read = fields(value).get
    given, answered = count(read("inputTokens")), count(read("outputTokens"))
    cached, written = count(read("cacheReadInputTokens")), count(read("cacheWriteInputTokens"))
    if not given and not answered:
        return None
    if given is not None and count(read("totalTokens")) != given + (answered or 0):
        given += (cached or 0) + (written or 0)
    return Usage(input=given, output=answered, cache_read=cached, cache_write=written)
