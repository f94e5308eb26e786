# SPDX-License-Identifier: Apache-2.0
"""What a span says in the words of OpenInference, which Phoenix and others read.

One thing is not taken over: OpenInference sets the status OK on success, where OpenTelemetry leaves it to the
application. HTTP requests have no kind there, and none is given to them.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from spanwright.semconv import model as m
from spanwright.semconv import names as n
from spanwright.semconv.clean import integer, text
from spanwright.semconv.names import ProviderName
from spanwright.semconv.serial import dumps
from spanwright.semconv.vocabularies import flattened, sources
from spanwright.semconv.vocabularies.sources import RERANK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spanwright.semconv.billing import Cost
    from spanwright.semconv.model import Subject

_CHAIN, _RETRIEVER, _TOOL = "CHAIN", "RETRIEVER", "TOOL"
_KINDS: dict[type, str] = {
    m.Inference: "LLM",
    m.Embeddings: "EMBEDDING",
    m.Retrieval: _RETRIEVER,
    m.AgentRun: "AGENT",
    m.ToolRun: _TOOL,
    m.WorkflowRun: _CHAIN,
    m.FetchResponse: _CHAIN,
    m.Memory: _CHAIN,
    m.McpMessage: _CHAIN,
    m.Step: _CHAIN,
}
_SEARCH_MEMORY = "search_memory"
# Who serves the model, where the word is another one than ours.
_PROVIDERS = {
    ProviderName.AWS_BEDROCK: "aws",
    ProviderName.AZURE_AI_INFERENCE: "azure",
    ProviderName.AZURE_AI_OPENAI: "azure",
    ProviderName.GCP_GEMINI: "google",
    ProviderName.GCP_GEN_AI: "google",
    ProviderName.GCP_VERTEX_AI: "google",
    ProviderName.MISTRAL_AI: "mistralai",
    ProviderName.MOONSHOT_AI: "moonshot",
    "oci.generative_ai": "oracle",
    "together_ai": "together",
    ProviderName.X_AI: "xai",
    "z_ai": "zai",
}
# Whose API it is; others have no word for it.
_SYSTEMS = {
    ProviderName.ANTHROPIC: "anthropic",
    ProviderName.AZURE_AI_OPENAI: "openai",
    ProviderName.COHERE: "cohere",
    ProviderName.GCP_VERTEX_AI: "vertexai",
    ProviderName.MISTRAL_AI: "mistralai",
    ProviderName.OPENAI: "openai",
}
_PARAMETERS = {
    "model": "model",
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "max_tokens": "max_completion_tokens",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "seed": "seed",
    "stop": "stop_sequences",
    "choices": "n",
    "stream": "stream",
    "reasoning_level": "reasoning_effort",
    "output_type": "response_format",
    "encoding_formats": "encoding_formats",
}
_DETAILS = {
    "cache_read": "prompt_details.cache_read",
    "cache_write": "prompt_details.cache_write",
    "audio_input": "prompt_details.audio",
    "reasoning": "completion_details.reasoning",
    "audio_output": "completion_details.audio",
}
_TEXT, _JSON = "text/plain", "application/json"
_PARAMETERS_LIMIT = 16384


def attributes(subject: Subject, taken: Mapping[str, str], cost: Cost | None, room: int) -> dict[str, Any]:
    """Return at most `room` attributes: facts, input and output first, then single messages, tools and documents."""
    kind = _kind(subject)
    if kind is None:
        return {}
    found: dict[str, Any] = {"openinference.span.kind": kind}
    _facts(found, subject)
    if cost is not None:
        found["llm.cost.total"] = cost.total
        found["llm.cost.prompt"] = cost.input
        found["llm.cost.completion"] = cost.output
    if not taken:
        return dict(islice(found.items(), max(room, 0)))
    content = {key: _parsed(value) for key, value in taken.items()}
    _passed(found, "input", sources.first(sources.INPUTS, taken), taken, content)
    _passed(found, "output", sources.first(sources.OUTPUTS, taken), taken, content)
    if isinstance(subject, (m.ToolRun, m.McpMessage)) and (given := taken.get(n.GEN_AI_TOOL_CALL_ARGUMENTS)):
        found["tool.parameters"] = given
    if given := sources.variables(taken):
        found["llm.prompt_template.variables"] = flattened.text(given)
    found = dict(islice(found.items(), max(room, 0)))
    _single(found, subject, content, room - len(found))
    return found


def _kind(subject: Subject) -> str | None:
    if isinstance(subject, m.Retrieval) and subject.operation == RERANK:
        return "RERANKER"
    if isinstance(subject, m.Memory) and subject.operation == _SEARCH_MEMORY:
        return _RETRIEVER
    if isinstance(subject, m.McpMessage) and subject.tool:
        return _TOOL
    return _KINDS.get(type(subject))


def _facts(found: dict[str, Any], subject: Subject) -> None:
    if isinstance(subject, m.Inference):
        _model(found, subject, "llm.model_name")
        _add(found, "llm.request.model_name", subject.request.model)
        response = subject.response
        if response is not None:
            _add(found, "llm.response.model_name", response.model)
            _add(found, "llm.finish_reason", (response.finish_reasons or [None])[0])
        _usage(found, subject)
        _parameters(found, "llm.invocation_parameters", subject.request)
        _add(found, "prompt.id", subject.request.prompt_name)
        _add(found, "llm.prompt_template.version", subject.request.prompt_version)
    elif isinstance(subject, m.Embeddings):
        _model(found, subject, "embedding.model_name")
        _usage(found, subject)
        _parameters(found, "embedding.invocation_parameters", subject.request)
    elif isinstance(subject, m.Retrieval):
        if subject.operation == RERANK:
            _add(found, "reranker.model_name", subject.request.model)
            if (top := integer(subject.top_k)) is not None:
                found["reranker.top_k"] = top
    elif isinstance(subject, m.AgentRun):
        _add(found, "agent.name", subject.name)
        if subject.remote:
            # An agent of this process has its model calls beneath it, which a reader sums up.
            _usage(found, subject)
    elif isinstance(subject, m.ToolRun):
        _add(found, "tool.name", subject.name)
        _add(found, "tool.description", subject.description)
        _add(found, "tool.id", subject.call_id)
        _add(found, "agent.name", subject.agent_name)
    elif isinstance(subject, m.McpMessage):
        _add(found, "tool.name", subject.tool)
        _add(found, "prompt.id", subject.prompt)
    _add(found, "session.id", sources.conversation(subject))


def _model(found: dict[str, Any], subject: m.Inference | m.Embeddings, key: str) -> None:
    answered = subject.response.model if subject.response is not None else None
    _add(found, key, answered or subject.request.model)
    provider = text(subject.provider)
    if provider is not None:
        found["llm.provider"] = _PROVIDERS.get(provider, provider)
        _add(found, "llm.system", _SYSTEMS.get(provider))


def _usage(found: dict[str, Any], subject: m.Inference | m.Embeddings | m.AgentRun) -> None:
    used = sources.usage(subject)
    if used is None:
        return
    if used.input is not None:
        found["llm.token_count.prompt"] = used.input
    if used.output is not None:
        found["llm.token_count.completion"] = used.output
    if used.input is not None or used.output is not None:
        found["llm.token_count.total"] = (used.input or 0) + (used.output or 0)
    for slot, key in _DETAILS.items():
        if count := getattr(used, slot):
            found[f"llm.token_count.{key}"] = count


def _parameters(found: dict[str, Any], key: str, request: m.Request) -> None:
    given = {name: getattr(request, slot) for slot, name in _PARAMETERS.items()}
    known = {name: value for name, value in given.items() if value is not None and value != ()}
    if known:
        found[key] = dumps(known, _PARAMETERS_LIMIT)


def _passed(
    found: dict[str, Any], side: str, key: str | None, taken: Mapping[str, str], content: dict[str, Any]
) -> None:
    """Add input or output as one value: a single text as it is, anything else as JSON."""
    if key is None:
        return
    said = _text_of(content[key])
    found[f"{side}.value"] = taken[key] if said is None else said
    plain = said is not None or not isinstance(content[key], (dict, list))
    found[f"{side}.mime_type"] = _TEXT if plain else _JSON


def _text_of(messages: Any) -> str | None:
    """Return what is said when it is one message of one text."""
    try:
        ((part,),) = (message["parts"] for message in messages)
        content = part["content"] if part["type"] == "text" else None
    except (KeyError, TypeError, ValueError):
        return None
    return content if isinstance(content, str) else None


def _single(found: dict[str, Any], subject: Subject, content: dict[str, Any], room: int) -> None:
    """Add messages, tools and documents one by one, as far as there is room."""
    if isinstance(subject, m.Inference):
        answered = flattened.ends(flattened.messages(content.get(n.GEN_AI_OUTPUT_MESSAGES)), room)
        found.update(flattened.numbered("llm.output_messages", answered))
        room -= sum(map(len, answered))
        asked = flattened.system(content.get(n.GEN_AI_SYSTEM_INSTRUCTIONS))
        asked += flattened.messages(content.get(n.GEN_AI_INPUT_MESSAGES))
        # The one attribute that tells how many messages have found no place needs one itself.
        kept = asked if sum(map(len, asked)) <= room else flattened.ends(asked, room - 1)
        found.update(flattened.numbered("llm.input_messages", kept))
        room -= sum(map(len, kept))
        if len(kept) < len(asked) and room > 0:
            found["metadata"] = flattened.text({"input_messages_left_out": len(asked) - len(kept)})
            room -= 1
        offered = flattened.first(flattened.tools(content.get(n.GEN_AI_TOOL_DEFINITIONS)), room)
        found.update(flattened.numbered("llm.tools", offered))
    elif isinstance(subject, (m.Retrieval, m.Memory)):
        given = content.get(n.GEN_AI_RETRIEVAL_DOCUMENTS) or content.get(n.GEN_AI_MEMORY_RECORDS)
        ranked = isinstance(subject, m.Retrieval) and subject.operation == RERANK
        prefix = "reranker.output_documents" if ranked else "retrieval.documents"
        found.update(flattened.numbered(prefix, flattened.first(flattened.documents(given), room)))


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _add(found: dict[str, Any], key: str, value: object) -> None:
    if (clean := text(value)) is not None:
        found[key] = clean
