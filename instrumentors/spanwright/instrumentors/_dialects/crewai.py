# SPDX-License-Identifier: Apache-2.0
"""What CrewAI hands to its models, agents and tools and gets from them: messages like those of OpenAI's chat."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects import openai_chat
from spanwright.instrumentors._dialects.wire import count, fields, get, items, string, texts
from spanwright.semconv import names as n
from spanwright.semconv.model import (
    Content,
    Document,
    Generic,
    Message,
    Request,
    Text,
    ToolCall,
    Usage,
)
from spanwright.semconv.serial import parsed

# The framework's names of providers whose names in the conventions are others.
_NAMES = {
    "azure": n.ProviderName.AZURE_AI_INFERENCE,
    "azure_openai": n.ProviderName.AZURE_AI_OPENAI,
    "aws": n.ProviderName.AWS_BEDROCK,
    "bedrock": n.ProviderName.AWS_BEDROCK,
    "claude": n.ProviderName.ANTHROPIC,
    "gemini": n.ProviderName.GCP_GEMINI,
    "google": n.ProviderName.GCP_GEMINI,
    "mistral": n.ProviderName.MISTRAL_AI,
    "vertex_ai": n.ProviderName.GCP_VERTEX_AI,
    "watsonx": n.ProviderName.IBM_WATSONX_AI,
    "xai": n.ProviderName.X_AI,
}
_MARK = "Tool Description: "
_FINGERPRINTS = "security_context"


def provider(name: str | None, model: str | None, *, routed: bool) -> tuple[str, str | None]:
    """Return provider and model; `routed` by LiteLLM, the model's name begins with its provider."""
    if routed:
        named, slash, rest = (model or "").partition("/")
        name, model = (named, rest) if slash and named and rest else (n.ProviderName.OPENAI, model)
    name = name or n.ProviderName.OPENAI
    return _NAMES.get(name, name), model


def request(model: str | None, settings: Any, schema: Any = None) -> Request:
    """Read what is asked for from the framework's model object; a schema is given when the output is no plain text."""
    # Newer versions say there what holds for this very call.
    stop = getattr(settings, "stop_sequences", None) or getattr(settings, "stop", None)
    form = schema if schema is not None else getattr(settings, "response_format", None)
    return Request(
        model=model,
        max_tokens=count(getattr(settings, "max_tokens", None)),
        temperature=getattr(settings, "temperature", None),
        top_p=getattr(settings, "top_p", None),
        top_k=getattr(settings, "top_k", None),
        frequency_penalty=getattr(settings, "frequency_penalty", None),
        presence_penalty=getattr(settings, "presence_penalty", None),
        seed=getattr(settings, "seed", None),
        choices=getattr(settings, "n", None),
        stop=[stop] if isinstance(stop, str) else list(items(stop)) or None,
        reasoning_level=string(getattr(settings, "reasoning_effort", None)),
        output_type=n.OutputType.JSON if form is not None else None,
    )


def content(given: Any, tools: Any) -> Content:
    """Read the sensitive part of a request."""
    return Content(input=messages(given), tools=[openai_chat.tool(each) for each in items(tools)])


def messages(given: Any) -> list[Message]:
    """Read messages, or a question that is a text."""
    if isinstance(given, str):
        return _said("user", given)
    return [openai_chat.message(each) for each in items(given)]


def output(value: Any) -> list[Message]:
    """Read the answer of a model."""
    if isinstance(value, str):
        return [Message("assistant", [Text(value)], None, "stop")] if value else []
    if calls := items(value):
        read = [_tool_call(each) for each in calls]
        return [Message("assistant", [each for each in read if each is not None], None, "tool_call")]
    found = fields(value)
    return [Message("assistant", [Generic("object", {"content": found})], None, "stop")] if found else []


def usage(value: Any) -> Usage | None:
    """Read token counts, which the framework passes on under the names that each provider has for them."""
    read = fields(value).get

    def first(*names: str) -> int | None:
        return next((found for name in names if (found := count(read(name)))), None)

    found = Usage(
        input=first("prompt_tokens", "prompt_token_count", "input_tokens"),
        output=first("completion_tokens", "candidates_token_count", "output_tokens"),
        cache_read=first("cached_tokens", "cached_prompt_tokens", "cache_read_input_tokens"),
        cache_write=first("cache_creation_tokens", "cache_creation_input_tokens"),
        reasoning=first("reasoning_tokens"),
    )
    return found if found.input is not None or found.output is not None else None


def summed(one: Usage | None, other: Usage | None) -> Usage | None:
    """Add up what several requests of one call used."""
    if one is None or other is None:
        return one or other
    total = Usage()
    for name in Usage.__slots__:
        a, b = getattr(one, name), getattr(other, name)
        setattr(total, name, b if a is None else a if b is None else a + b)
    return total


def task(description: Any, context: Any) -> list[Message]:
    """Read a task: what is to be done, and what was found out before."""
    parts = [*texts(description), *texts(context)]
    return [Message("user", parts)] if parts else []


def inputs(given: Any) -> list[Message]:
    """Read the inputs of a crew or a flow, which are no messages."""
    return [Message("user", [Generic("inputs", {"content": given})])] if given else []


def answer(value: Any) -> list[Message]:
    """Read the answer of an agent, a crew or a flow: a text, or an object that holds it."""
    text = value if isinstance(value, str) else get(value, "raw")
    if isinstance(text, str):
        return [Message("assistant", [Text(text)], None, "stop")] if text else []
    if value is None or isinstance(value, (bytes, bool)):
        return []
    return [Message("assistant", [Generic("object", {"content": value})], None, "stop")]


def call(value: Any) -> tuple[str | None, str | None]:
    """Return name and id of a tool call, in the shape of whichever provider it came from."""
    inner = get(value, "function")
    name = string(get(inner, "name")) or string(get(value, "name"))
    return name, string(get(value, "call_id")) or string(get(value, "id")) or string(get(value, "toolUseId"))


def arguments(value: Any) -> Any:
    """Read a tool's arguments, without the fingerprints that the framework may put beside them."""
    found: Any = parsed(value)
    if get(found, _FINGERPRINTS) is None:
        return found
    return {key: each for key, each in fields(found).items() if key != _FINGERPRINTS}


def result(value: Any) -> Any:
    """Read what a tool returned."""
    return parsed(value)


def description(value: Any) -> str | None:
    """Return what the application wrote of a tool; some versions put name and arguments before it."""
    text = string(value)
    return text.rpartition(_MARK)[2].strip() or None if text is not None else None


def query(value: Any) -> str | None:
    """Return the questions of a search as one text."""
    found = [value] if isinstance(value, str) else [each for each in items(value) if isinstance(each, str)]
    return "\n".join(found) or None


def documents(value: Any) -> list[Document]:
    """Read what a search found."""
    return [
        Document(
            string(get(each, "id")),
            score if isinstance(score := get(each, "score"), float) else None,
            string(get(each, "content")) or string(get(each, "context")),
            get(each, "metadata"),
        )
        for each in items(value)
    ]


def memories(value: Any) -> list[Document]:
    """Read what a search in memory found: records with their scores."""
    return [
        Document(string(get(record, "id")), score if isinstance(score, float) else None, text)
        for each in items(value)
        for record, score in [(get(each, "record"), get(each, "score"))]
        if (text := string(get(record, "content"))) is not None
    ]


def _said(role: str, text: str) -> list[Message]:
    return [Message(role, [Text(text)])] if text else []


def _tool_call(value: Any) -> ToolCall | None:
    name, call_id = call(value)
    inner = get(value, "function")
    given = next(
        (
            found
            for held, key in ((inner, "arguments"), (value, "arguments"), (value, "input"), (value, "args"))
            if (found := get(held, key)) is not None
        ),
        None,
    )
    return ToolCall(name, call_id, parsed(given)) if name is not None else None
