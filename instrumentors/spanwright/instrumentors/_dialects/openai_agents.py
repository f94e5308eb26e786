# SPDX-License-Identifier: Apache-2.0
"""What the OpenAI Agents SDK hands to its models and gets from them: items of the Responses API, whatever the provider."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects import openai_responses
from spanwright.instrumentors._dialects.wire import fields, get, items, string, texts
from spanwright.semconv import names as n
from spanwright.semconv.model import Content, Message, Request, Response, Text, Tool, Usage
from spanwright.semconv.serial import parsed

# What the SDK calls answers that come from an API without ids of its own.
_NO_ID = "__fake_id__"
_FUNCTION = "function"
_CALLS = ("function_call", "custom_tool_call")


def request(model: str | None, settings: Any, schema: Any, previous: Any, prompt: Any) -> Request:
    """Read what is asked for; a schema is only handed over when the output is no plain text."""
    read = fields(settings).get
    return Request(
        model=model,
        max_tokens=read("max_tokens"),
        temperature=read("temperature"),
        top_p=read("top_p"),
        frequency_penalty=read("frequency_penalty"),
        presence_penalty=read("presence_penalty"),
        output_type=n.OutputType.JSON if schema is not None else None,
        reasoning_level=string(get(read("reasoning"), "effort")),
        previous_response_id=string(previous),
        prompt_name=string(get(prompt, "id")),
        prompt_version=string(get(prompt, "version")),
    )


def provider(model: str | None) -> str:
    """Return the provider that a model's name begins with (`anthropic/claude`); without a prefix it is OpenAI's."""
    named, slash, _ = (model or "").partition("/")
    return named if slash and named else n.ProviderName.OPENAI


def content(instructions: Any, given: Any, tools: Any, handoffs: Any) -> Content:
    """Read the sensitive part of a request; a handoff is a tool to the model."""
    offered = [found for each in items(tools) if (found := _offered(each)) is not None]
    offered += [Tool(name, _FUNCTION) for each in items(handoffs) if (name := string(get(each, "tool_name")))]
    return Content(system=texts(instructions), input=history(given), tools=offered)


def history(given: Any) -> list[Message]:
    """Read the input of a run or of a model."""
    if isinstance(given, str):
        return [Message("user", [Text(given)])] if given else []
    return [openai_responses.item(each) for each in items(given)]


def response(value: Any) -> Response:
    """Read the facts of the SDK's own answer, or of the response that ends a stream."""
    if get(value, "object") is None:
        return Response(id=string(get(value, "response_id")), usage=usage(get(value, "usage")))
    found = openai_responses.response(value)
    found.usage = usage(get(value, "usage"))
    found.finish_reasons = None
    if found.id == _NO_ID:
        # Made up by the SDK, model and all.
        found.id = found.model = None
    return found


def finish_reasons(value: Any) -> list[str] | None:
    """Return why an answer ended: the SDK's own says no more than whether there are calls in it."""
    if get(value, "status") is not None:
        return openai_responses.response(value).finish_reasons
    output = items(get(value, "output"))
    called = any(get(each, "type") in _CALLS for each in output)
    return (["tool_call"] if called else ["stop"]) if output else None


def usage(value: Any) -> Usage | None:
    """Read token counts; the SDK counts nothing at all as zeros."""
    found = openai_responses.usage(value)
    return found if found is not None and (found.input or found.output) else None


def output(value: Any) -> list[Message]:
    """Read the answer's items."""
    found = openai_responses.output(value)
    for each in found:
        each.finish_reason = each.finish_reason or (finish_reasons(value) or [None])[0]
    return found


def heard(text: Any) -> list[Message]:
    """Read what was transcribed; it is empty where the application keeps it out of traces."""
    return history(string(text))


def spoken(text: str | None) -> list[Message]:
    """Read what was said in the end."""
    return [Message("assistant", [Text(text)], finish_reason="stop")] if text else []


def arguments(value: Any) -> Any:
    """Read a tool's arguments."""
    return parsed(value)


def result(value: Any) -> Any:
    """Read what a tool returned."""
    return parsed(value)


def _offered(tool: Any) -> Tool | None:
    """Read a tool; one of the provider's own is of the kind that it is called by, and its name is a property."""
    own = string(get(tool, "name"))
    name = own or string(getattr(tool, "name", None))
    if name is None:
        return None
    return Tool(name, string(get(tool, "type")) or (_FUNCTION if own is not None else name))
