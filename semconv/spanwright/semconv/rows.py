# SPDX-License-Identifier: Apache-2.0
"""Which field of the model becomes which attribute, as tables: the field, its key, and what makes its value clean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.semconv import names as n
from spanwright.semconv.clean import integer, number, text, texts
from spanwright.semconv.model import (
    AgentRun,
    Embeddings,
    FetchResponse,
    HttpRequest,
    McpMessage,
    Memory,
    Retrieval,
    Step,
    ToolRun,
    WorkflowRun,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Row = tuple[str, str, Callable[[Any], Any]]

REQUEST: tuple[Row, ...] = (
    ("max_tokens", n.GEN_AI_REQUEST_MAX_TOKENS, integer),
    ("temperature", n.GEN_AI_REQUEST_TEMPERATURE, number),
    ("top_p", n.GEN_AI_REQUEST_TOP_P, number),
    ("top_k", n.GEN_AI_REQUEST_TOP_K, integer),
    ("frequency_penalty", n.GEN_AI_REQUEST_FREQUENCY_PENALTY, number),
    ("presence_penalty", n.GEN_AI_REQUEST_PRESENCE_PENALTY, number),
    ("seed", n.GEN_AI_REQUEST_SEED, integer),
    ("stop", n.GEN_AI_REQUEST_STOP_SEQUENCES, texts),
    ("output_type", n.GEN_AI_OUTPUT_TYPE, text),
    ("reasoning_level", n.GEN_AI_REQUEST_REASONING_LEVEL, text),
    ("previous_response_id", n.GEN_AI_REQUEST_PREVIOUS_RESPONSE_ID, text),
    ("encoding_formats", n.GEN_AI_REQUEST_ENCODING_FORMATS, texts),
    ("prompt_name", n.GEN_AI_PROMPT_NAME, text),
    ("prompt_version", n.GEN_AI_PROMPT_VERSION, text),
)


def _counted(value: int) -> int | None:
    """Return a count above zero: a zero says nothing and is left out, as the reference implementation does."""
    return value or None


# Subsets of the totals.
SUBSETS: tuple[Row, ...] = (
    ("cache_read", n.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS, _counted),
    ("cache_write", n.GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS, _counted),
    ("reasoning", n.GEN_AI_USAGE_REASONING_OUTPUT_TOKENS, _counted),
    ("text_input", n.GEN_AI_USAGE_TEXT_INPUT_TOKENS, _counted),
    ("text_output", n.GEN_AI_USAGE_TEXT_OUTPUT_TOKENS, _counted),
    ("text_cache_read", n.GEN_AI_USAGE_TEXT_CACHE_READ_INPUT_TOKENS, _counted),
    ("image_input", n.GEN_AI_USAGE_IMAGE_INPUT_TOKENS, _counted),
    ("image_output", n.GEN_AI_USAGE_IMAGE_OUTPUT_TOKENS, _counted),
    ("image_cache_read", n.GEN_AI_USAGE_IMAGE_CACHE_READ_INPUT_TOKENS, _counted),
    ("audio_input", n.GEN_AI_USAGE_AUDIO_INPUT_TOKENS, _counted),
    ("audio_output", n.GEN_AI_USAGE_AUDIO_OUTPUT_TOKENS, _counted),
    ("audio_cache_read", n.GEN_AI_USAGE_AUDIO_CACHE_READ_INPUT_TOKENS, _counted),
)
SERVER: tuple[Row, ...] = (
    ("address", n.SERVER_ADDRESS, text),
    ("port", n.SERVER_PORT, integer),
)
OWN: dict[type, tuple[Row, ...] | None] = {
    Embeddings: (("provider", n.GEN_AI_PROVIDER_NAME, text), *SERVER),
    Retrieval: (
        ("provider", n.GEN_AI_PROVIDER_NAME, text),
        ("data_source_id", n.GEN_AI_DATA_SOURCE_ID, text),
        ("top_k", n.GEN_AI_RETRIEVAL_TOP_K, integer),
        *SERVER,
    ),
    Memory: (
        ("provider", n.GEN_AI_PROVIDER_NAME, text),
        ("store_id", n.GEN_AI_MEMORY_STORE_ID, text),
        ("record_id", n.GEN_AI_MEMORY_RECORD_ID, text),
        *SERVER,
    ),
    FetchResponse: (
        ("provider", n.GEN_AI_PROVIDER_NAME, text),
        ("response_id", n.GEN_AI_RESPONSE_ID, text),
        ("stream_cursor", n.GEN_AI_REQUEST_STREAM_CURSOR, text),
        *SERVER,
    ),
    AgentRun: (
        ("name", n.GEN_AI_AGENT_NAME, text),
        ("description", n.GEN_AI_AGENT_DESCRIPTION, text),
        ("conversation_id", n.GEN_AI_CONVERSATION_ID, text),
        ("data_source_id", n.GEN_AI_DATA_SOURCE_ID, text),
    ),
    WorkflowRun: (
        ("name", n.GEN_AI_WORKFLOW_NAME, text),
        ("conversation_id", n.GEN_AI_CONVERSATION_ID, text),
    ),
    ToolRun: (
        ("name", n.GEN_AI_TOOL_NAME, text),
        ("type", n.GEN_AI_TOOL_TYPE, text),
        ("description", n.GEN_AI_TOOL_DESCRIPTION, text),
        ("call_id", n.GEN_AI_TOOL_CALL_ID, text),
        ("agent_name", n.GEN_AI_AGENT_NAME, text),
        ("conversation_id", n.GEN_AI_CONVERSATION_ID, text),
    ),
    McpMessage: (
        ("method", n.MCP_METHOD_NAME, text),
        ("tool", n.GEN_AI_TOOL_NAME, text),
        ("prompt", n.GEN_AI_PROMPT_NAME, text),
        ("request_id", n.JSONRPC_REQUEST_ID, text),
        ("resource_uri", n.MCP_RESOURCE_URI, text),
        ("protocol_version", n.MCP_PROTOCOL_VERSION, text),
        ("session_id", n.MCP_SESSION_ID, text),
        ("transport", n.NETWORK_TRANSPORT, text),
        ("network_protocol", n.NETWORK_PROTOCOL_NAME, text),
        ("network_version", n.NETWORK_PROTOCOL_VERSION, text),
    ),
    Step: None,
    HttpRequest: (
        ("method", n.HTTP_REQUEST_METHOD, text),
        ("original_method", n.HTTP_REQUEST_METHOD_ORIGINAL, text),
        ("url", n.URL_FULL, text),
        *SERVER,
        ("resend_count", n.HTTP_REQUEST_RESEND_COUNT, integer),
    ),
}
# What only a remote agent service's span carries (the internal one lost these keys in 2026).
REMOTE: tuple[Row, ...] = (
    ("provider", n.GEN_AI_PROVIDER_NAME, text),
    ("id", n.GEN_AI_AGENT_ID, text),
    ("version", n.GEN_AI_AGENT_VERSION, text),
    *SERVER,
)
# The other side of an MCP message.
MCP_CLIENT = SERVER
MCP_SERVER: tuple[Row, ...] = (("address", n.CLIENT_ADDRESS, text), ("port", n.CLIENT_PORT, integer))
