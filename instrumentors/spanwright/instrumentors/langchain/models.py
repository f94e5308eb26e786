# SPDX-License-Identifier: Apache-2.0
"""What a model run asks for: provider, model and parameters, from an allow-list."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects import langchain_messages as dialect
from spanwright.instrumentors._dialects.openai_chat import tool
from spanwright.instrumentors._dialects.wire import fields, get, items, string
from spanwright.instrumentors._families.bases import base
from spanwright.instrumentors.langchain.graphs import thread
from spanwright.semconv import names as n
from spanwright.semconv.model import Content, Inference, Message, Request, Text

_PROVIDERS = {
    "amazon_bedrock": n.ProviderName.AWS_BEDROCK,
    "aws": n.ProviderName.AWS_BEDROCK,
    "bedrock": n.ProviderName.AWS_BEDROCK,
    "azure": n.ProviderName.AZURE_AI_OPENAI,
    "azure_openai": n.ProviderName.AZURE_AI_OPENAI,
    "azureopenai": n.ProviderName.AZURE_AI_OPENAI,
    "azure_ai": n.ProviderName.AZURE_AI_INFERENCE,
    "google_anthropic_vertex": n.ProviderName.GCP_VERTEX_AI,
    "google_genai": n.ProviderName.GCP_GEMINI,
    "googlegenerativeai": n.ProviderName.GCP_GEMINI,
    "google_vertexai": n.ProviderName.GCP_VERTEX_AI,
    "vertexai": n.ProviderName.GCP_VERTEX_AI,
    "huggingface_hub": "huggingface",
    "huggingfaceendpoint": "huggingface",
    "huggingfacehub": "huggingface",
    "ibm": n.ProviderName.IBM_WATSONX_AI,
    "watsonx": n.ProviderName.IBM_WATSONX_AI,
    "mistral": n.ProviderName.MISTRAL_AI,
    "mistralai": n.ProviderName.MISTRAL_AI,
    "moonshot": n.ProviderName.MOONSHOT_AI,
    "together": "together_ai",
    "tongyi": "dashscope",
    "xai": n.ProviderName.X_AI,
}
_MODEL = ("model", "model_name", "model_id", "deployment_name")
_LIMIT = (
    "max_completion_tokens",
    "max_tokens",
    "max_output_tokens",
    "max_tokens_to_sample",
    "num_predict",
    "max_new_tokens",
)
_BASES = ("openai_api_base", "azure_endpoint", "anthropic_api_url", "base_url")
_STOP = ("stop", "stop_sequences")
_CHOICES = ("n", "candidate_count")


def inference(operation: str, serialized: Any, metadata: dict[str, Any], kwargs: dict[str, Any]) -> Inference:
    """Read a model run as it is announced."""
    params = _params(kwargs)
    address, port, provider = base(fields(get(serialized, "kwargs")), _BASES)
    return Inference(
        operation,
        provider or _provider(serialized, metadata, params, kwargs),
        _request(params, metadata),
        address=address,
        port=port,
        conversation_id=thread(metadata),
    )


def chat_content(messages: Any, kwargs: dict[str, Any]) -> Content:
    """Read what a chat model is sent."""
    tools = items(_params(kwargs).get("tools"))
    batch = items(messages)
    return Content(
        input=[dialect.message(each) for each in (items(batch[0]) if batch else ())],
        tools=[tool(each) for each in tools if isinstance(each, dict)],
    )


def text_content(prompts: Any) -> Content:
    """Read what a text model is sent."""
    return Content(input=[Message("user", [Text(each)]) for each in items(prompts) if isinstance(each, str)])


def _params(kwargs: dict[str, Any]) -> dict[str, Any]:
    return fields(kwargs.get("invocation_params"))


def _provider(
    serialized: Any, metadata: dict[str, Any], params: dict[str, Any], kwargs: dict[str, Any]
) -> str | None:
    """Return the provider by LangChain's word for it, else by the class that is called."""
    path = items(get(serialized, "id"))
    named = (
        string(metadata.get("ls_provider"))
        or string(path[-1] if path else None)
        or string(params.get("_type"))
    )
    named = named or string(get(serialized, "name")) or string(kwargs.get("name"))
    if named is None:
        return None
    known = named.lower().removeprefix("chat").removesuffix("-chat").removesuffix("chat") or named.lower()
    return _PROVIDERS.get(known, known)


def _request(params: dict[str, Any], metadata: dict[str, Any]) -> Request:
    read = params.get
    return Request(
        model=_first(params, _MODEL, string) or string(metadata.get("ls_model_name")),
        max_tokens=_first(params, _LIMIT) or metadata.get("ls_max_tokens"),
        temperature=_either(read("temperature"), metadata.get("ls_temperature")),
        top_p=read("top_p"),
        top_k=read("top_k"),
        frequency_penalty=read("frequency_penalty"),
        presence_penalty=read("presence_penalty"),
        seed=read("seed"),
        choices=_first(params, _CHOICES),
        stop=_first(params, _STOP) or metadata.get("ls_stop"),
        output_type=_output_type(params),
        reasoning_level=string(read("reasoning_effort")) or string(get(read("reasoning"), "effort")),
    )


def _output_type(params: dict[str, Any]) -> str | None:
    form = params.get("response_format")
    if form is not None:
        # A class stands for its JSON schema.
        kind = None if isinstance(form, type) else get(form, "type")
        return n.OutputType.TEXT if kind == "text" else n.OutputType.JSON
    mime = params.get("response_mime_type")
    return n.OutputType.JSON if mime == "application/json" or params.get("format") == "json" else None


def _first(held: dict[str, Any], names: tuple[str, ...], clean: Any = None) -> Any:
    for name in names:
        found = held.get(name)
        if found is not None and (clean is None or (found := clean(found)) is not None):
            return found
    return None


def _either(one: Any, other: Any) -> Any:
    return one if one is not None else other
