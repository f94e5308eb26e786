# SPDX-License-Identifier: Apache-2.0
"""Spans that libraries make themselves in the words of the GenAI conventions, of today or of an older year."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.wire import count, fields, finish, get, items, string
from spanwright.semconv import names as n
from spanwright.semconv.model import (
    AgentRun,
    Content,
    Embeddings,
    Generic,
    Inference,
    Message,
    Reasoning,
    Request,
    Response,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    ToolRun,
    Usage,
    WorkflowRun,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spanwright.semconv.model import Part, Subject

_SYSTEMS = {
    "aws_bedrock": n.ProviderName.AWS_BEDROCK,
    "az.ai.inference": n.ProviderName.AZURE_AI_INFERENCE,
    "az.ai.openai": n.ProviderName.AZURE_AI_OPENAI,
    "azure.openai": n.ProviderName.AZURE_AI_OPENAI,
    "gemini": n.ProviderName.GCP_GEMINI,
    "vertex_ai": n.ProviderName.GCP_VERTEX_AI,
    "google-gla": n.ProviderName.GCP_GEMINI,
    "google-vertex": n.ProviderName.GCP_VERTEX_AI,
    "mistral": n.ProviderName.MISTRAL_AI,
    "xai": n.ProviderName.X_AI,
}
_INFERENCES = ("chat", "text_completion", "generate_content")


def subject(attributes: Mapping[str, Any]) -> Subject | None:
    """Return what a span is about, by its operation; None for what is no GenAI operation."""
    operation = string(attributes.get(n.GEN_AI_OPERATION_NAME))
    if operation in _INFERENCES:
        return Inference(
            operation,
            provider(attributes),
            request(attributes),
            response(attributes),
            string(attributes.get(n.SERVER_ADDRESS)),
            count(attributes.get(n.SERVER_PORT)),
            string(attributes.get(n.GEN_AI_CONVERSATION_ID)),
            _seconds(attributes.get(n.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK)),
        )
    if operation == "embeddings":
        return Embeddings(
            provider=provider(attributes), request=request(attributes), response=response(attributes)
        )
    if operation == "execute_tool":
        return ToolRun(
            name=string(attributes.get(n.GEN_AI_TOOL_NAME)) or "tool",
            type=string(attributes.get(n.GEN_AI_TOOL_TYPE)) or "function",
            description=string(attributes.get(n.GEN_AI_TOOL_DESCRIPTION)),
            call_id=string(attributes.get(n.GEN_AI_TOOL_CALL_ID)),
        )
    if operation == "invoke_agent":
        return AgentRun(
            name=string(attributes.get(n.GEN_AI_AGENT_NAME)),
            id=string(attributes.get(n.GEN_AI_AGENT_ID)),
            description=string(attributes.get(n.GEN_AI_AGENT_DESCRIPTION)),
            conversation_id=string(attributes.get(n.GEN_AI_CONVERSATION_ID)),
        )
    if operation == "invoke_workflow":
        return WorkflowRun(
            name=string(attributes.get(n.GEN_AI_WORKFLOW_NAME)),
            conversation_id=string(attributes.get(n.GEN_AI_CONVERSATION_ID)),
        )
    return None


def provider(attributes: Mapping[str, Any]) -> str | None:
    """Return the provider, also where it is called by its older key and value."""
    found = string(attributes.get(n.GEN_AI_PROVIDER_NAME)) or string(attributes.get("gen_ai.system"))
    return _SYSTEMS.get(found, found) if found is not None else None


def request(attributes: Mapping[str, Any]) -> Request:
    """Return what was asked for."""
    read = attributes.get
    return Request(
        model=string(read(n.GEN_AI_REQUEST_MODEL)),
        stream=read(n.GEN_AI_REQUEST_STREAM),
        max_tokens=read(n.GEN_AI_REQUEST_MAX_TOKENS),
        temperature=read(n.GEN_AI_REQUEST_TEMPERATURE),
        top_p=read(n.GEN_AI_REQUEST_TOP_P),
        top_k=read(n.GEN_AI_REQUEST_TOP_K),
        frequency_penalty=read(n.GEN_AI_REQUEST_FREQUENCY_PENALTY),
        presence_penalty=read(n.GEN_AI_REQUEST_PRESENCE_PENALTY),
        seed=read(n.GEN_AI_REQUEST_SEED),
        choices=read(n.GEN_AI_REQUEST_CHOICE_COUNT),
        stop=read(n.GEN_AI_REQUEST_STOP_SEQUENCES),
        output_type=string(read(n.GEN_AI_OUTPUT_TYPE)),
    )


def response(attributes: Mapping[str, Any]) -> Response | None:
    """Return what was answered, None while nothing is known of it."""
    read = attributes.get
    reasons = [finish(each) or "stop" for each in items(read(n.GEN_AI_RESPONSE_FINISH_REASONS))]
    used = usage(attributes)
    model, identity = string(read(n.GEN_AI_RESPONSE_MODEL)), string(read(n.GEN_AI_RESPONSE_ID))
    if not (reasons or used or model or identity):
        return None
    return Response(id=identity, model=model, finish_reasons=reasons or None, usage=used)


def usage(attributes: Mapping[str, Any]) -> Usage | None:
    """Return the token counts, also by their older names."""
    read = attributes.get
    found = Usage(
        input=_first(read(n.GEN_AI_USAGE_INPUT_TOKENS), read("gen_ai.usage.prompt_tokens")),
        output=_first(read(n.GEN_AI_USAGE_OUTPUT_TOKENS), read("gen_ai.usage.completion_tokens")),
        cache_read=count(read(n.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS)),
        cache_write=_first(
            read(n.GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS), read("gen_ai.usage.cache_creation.input_tokens")
        ),
    )
    return found if found.input is not None or found.output is not None else None


def content(attributes: Mapping[str, Any]) -> Content:
    """Return the content of a span whose messages are in today's form, as JSON or as plain data."""
    read = attributes.get
    return Content(
        system=parts(_parsed(read(n.GEN_AI_SYSTEM_INSTRUCTIONS))),
        input=messages(_parsed(read(n.GEN_AI_INPUT_MESSAGES))),
        output=messages(_parsed(read(n.GEN_AI_OUTPUT_MESSAGES))),
        tools=[_tool(each) for each in items(_parsed(read(n.GEN_AI_TOOL_DEFINITIONS)))],
        arguments=_parsed(read(n.GEN_AI_TOOL_CALL_ARGUMENTS)),
        result=_parsed(read(n.GEN_AI_TOOL_CALL_RESULT)),
    )


def messages(value: Any) -> list[Message]:
    """Return messages in today's form."""
    return [
        Message(
            string(get(each, "role")) or "user",
            parts(get(each, "parts")),
            string(get(each, "name")),
            finish(get(each, "finish_reason")),
        )
        for each in items(value)
    ]


def parts(value: Any) -> list[Part]:
    """Return parts in today's form; one of a type that is not known keeps what it holds."""
    return [_part(each) for each in items(value)]


def _part(value: Any) -> Part:
    kind, held = string(get(value, "type")), get(value, "content")
    if kind == "text" and isinstance(held, str):
        return Text(held)
    if kind in ("reasoning", "thinking") and isinstance(held, str):
        return Reasoning(held)
    if kind == "tool_call":
        return ToolCall(
            string(get(value, "name")) or "tool",
            string(get(value, "id")),
            _parsed(get(value, "arguments")),
        )
    if kind == "tool_call_response":
        found = fields(value)
        return ToolResponse(found.get("response", found.get("result")), string(get(value, "id")))
    return Generic(kind or "unknown", value)


def _tool(value: Any) -> Tool:
    return Tool(
        string(get(value, "name")) or "tool",
        string(get(value, "type")) or "function",
        string(get(value, "description")),
        get(value, "parameters"),
    )


def _parsed(value: Any) -> Any:
    """Return what a string of JSON holds; any other value is returned as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _first(*found: Any) -> int | None:
    return next((value for each in found if (value := count(each)) is not None), None)


def _seconds(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
