# SPDX-License-Identifier: Apache-2.0
"""The events of AG2: what a model is asked and answers, what tools return, how it is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.wire import count, fields, finish, get, items, string
from spanwright.semconv import names as n
from spanwright.semconv.model import (
    Blob,
    Content,
    File,
    Generic,
    Message,
    Part,
    Request,
    Response,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    Uri,
    Usage,
)
from spanwright.semconv.serial import parsed

if TYPE_CHECKING:
    from collections.abc import Sequence

# By the folder of the client's class; others are called as their folder is.
_PROVIDERS = {
    "bedrock": n.ProviderName.AWS_BEDROCK,
    "gemini": n.ProviderName.GCP_GEMINI,
    "mistral": n.ProviderName.MISTRAL_AI,
    "xai": n.ProviderName.X_AI,
}
# Their input counts leave out what was read from the cache and written to it.
_BESIDE = (n.ProviderName.ANTHROPIC, n.ProviderName.AWS_BEDROCK)
_LIMITS = ("max_completion_tokens", "max_output_tokens", "max_tokens", "num_predict")


def held(value: Any, name: str) -> Any:
    """Return a field of an event, of plain data, or of an object with slots."""
    return get(value, name) if fields(value) else getattr(value, name, None)


def provider(client: Any) -> str | None:
    """Return the provider by the place of a client's class."""
    for base in type(client).__mro__:
        _, marked, rest = base.__module__.partition(".config.")
        if marked and (folder := rest.partition(".")[0]):
            return _PROVIDERS.get(folder, folder)
    return None


def request(client: Any, config: Any = None, form: Any = None) -> Request:
    """Return what is asked for: the options of the client, or the model that the agent is configured for."""
    options = fields(get(client, "_create_options"))
    limit = next((found for name in _LIMITS if (found := count(options.get(name)))), None)
    streamed = options.get("stream", get(client, "_streaming"))
    return Request(
        model=string(options.get("model")) or string(get(client, "_model")) or model(config),
        stream=True if streamed is True else None,
        max_tokens=limit,
        temperature=_number(options.get("temperature")),
        top_p=_number(options.get("top_p")),
        frequency_penalty=_number(options.get("frequency_penalty")),
        presence_penalty=_number(options.get("presence_penalty")),
        seed=count(options.get("seed")),
        output_type=n.OutputType.JSON if form is not None else None,
    )


def model(config: Any) -> str | None:
    """Return the model of a configuration."""
    return string(held(config, "model"))


def response(answer: Any, provider: str | None) -> Response:
    """Return the facts of a model's answer."""
    reason = finish(get(answer, "finish_reason"))
    return Response(
        id=string(get(answer, "response_id")),
        model=string(get(answer, "model")),
        finish_reasons=[reason] if reason is not None else None,
        usage=usage(get(answer, "usage"), beside=provider in _BESIDE),
    )


def usage(value: Any, *, beside: bool = False) -> Usage | None:
    """Return token counts; `beside` adds what the provider does not count as input."""
    asked, answered = count(held(value, "prompt_tokens")), count(held(value, "completion_tokens"))
    if asked is None and answered is None:
        return None
    read, written = (
        count(held(value, "cache_read_input_tokens")),
        count(held(value, "cache_creation_input_tokens")),
    )
    if beside and asked is not None:
        asked += (read or 0) + (written or 0)
    return Usage(
        input=asked,
        output=answered,
        cache_read=read,
        cache_write=written,
        reasoning=count(held(value, "thinking_tokens")),
    )


def content(prompt: Any, events: Any, tools: Any = ()) -> Content:
    """Read the sensitive part of what is asked."""
    return Content(
        system=[Text(each) for each in items(prompt) if isinstance(each, str) and each],
        input=messages(events),
        tools=[_tool(each) for each in items(tools)],
    )


def messages(events: Any) -> list[Message]:
    """Read a history, of which one result of a tool stands alone and among those of its round."""
    told = items(events)
    rounds = {
        id(get(result, "result"))
        for each in told
        for result in items(get(each, "results"))
        if get(result, "result") is not None
    }
    found: list[Message] = []
    for each in told:
        if (parts := get(each, "parts")) is not None:
            found.append(Message("user", _inputs(parts)))
        elif get(each, "results") is not None:
            found += [_result(result) for result in items(get(each, "results"))]
        elif get(each, "parent_id") is not None and get(each, "result") is not None:
            found += [] if id(get(each, "result")) in rounds else [_result(each)]
        elif get(each, "tool_calls") is not None:
            found += [Message("assistant", said.parts) for said in output(each)]
    return [each for each in found if each.parts]


def output(answer: Any) -> list[Message]:
    """Read a model's answer."""
    text = string(get(get(answer, "message"), "content"))
    parts: list[Part] = [Text(text)] if text else []
    parts += [
        ToolCall(name, string(get(call, "id")), parsed(get(call, "arguments")))
        for call in items(get(get(answer, "tool_calls"), "calls"))
        if (name := string(get(call, "name"))) is not None
    ]
    reason = finish(get(answer, "finish_reason")) or ("tool_call" if parts and not text else "stop")
    return [Message("assistant", parts, None, reason)] if parts else []


def arguments(call: Any) -> Any:
    """Read the arguments of a call."""
    return parsed(get(call, "arguments"))


def result(value: Any) -> Any:
    """Read what a tool returned: a text, data, or several of both."""
    found = [
        part.value if isinstance(part, Generic) else part.content if isinstance(part, Text) else part
        for part in _inputs(held(value, "parts"))
    ]
    return found[0] if len(found) == 1 else found or None


def _result(event: Any) -> Message:
    return Message("tool", [ToolResponse(result(get(event, "result")), string(get(event, "parent_id")))])


def _inputs(parts: Any) -> list[Part]:
    return [found for each in items(parts) if (found := _input(each)) is not None]


def _input(value: Any) -> Part | None:
    given = fields(value)
    kind = string(getattr(given.get("kind"), "value", given.get("kind"))) or "document"
    if (text := given.get("content")) is not None:
        return Text(text) if isinstance(text, str) else None
    if (url := string(given.get("url"))) is not None:
        return Uri(kind, url)
    if (identity := string(given.get("file_id"))) is not None:
        return File(kind, identity)
    data = given.get("data")
    if isinstance(data, bytes):
        return Blob(kind, data, string(given.get("media_type")))
    return Generic("data", data) if data is not None else None


def described(tools: Sequence[Any]) -> dict[str, str]:
    """Return what tools say of themselves, by their names."""
    found = [_tool(each) for each in items(tools)]
    return {each.name: each.description for each in found if each.description}


def _tool(schema: Any) -> Tool:
    function = held(schema, "function")
    return Tool(
        string(held(function, "name")) or string(held(schema, "type")) or "tool",
        "function",
        string(held(function, "description")),
        held(function, "parameters"),
    )


def _number(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
