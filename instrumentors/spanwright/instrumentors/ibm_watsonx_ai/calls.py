# SPDX-License-Identifier: Apache-2.0
"""What the SDK's methods ask for, read from their arguments and from what the model was made with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import watsonx_chat, watsonx_text
from spanwright.instrumentors._dialects.wire import fields, get, items, string
from spanwright.instrumentors._families.ranking import ranked
from spanwright.instrumentors._families.servers import Servers
from spanwright.instrumentors.ibm_watsonx_ai.readers import Reader
from spanwright.instrumentors.ibm_watsonx_ai.streams import Texts
from spanwright.semconv import names as n
from spanwright.semconv.model import Embeddings, Inference, Request

if TYPE_CHECKING:
    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._families.servers import Server

    Args = tuple[Any, ...]
    Kwargs = dict[str, Any]

_SERVERS = Servers(n.ProviderName.IBM_WATSONX_AI)
_CHAT = Reader(watsonx_chat, watsonx_chat.Chunks)
_TEXTS = Reader(watsonx_text, Texts)
_ANSWERS = Reader(watsonx_text, watsonx_text.Answers)


def chat(model: Any, args: Args, kwargs: Kwargs) -> Found:
    """Read a chat."""
    return _chat(model, None, *args, **kwargs)


def chat_stream(model: Any, args: Args, kwargs: Kwargs) -> Found:
    """Read a chat that is streamed."""
    return _chat(model, True, *args, **kwargs)  # noqa: FBT003 - beside arguments that are not ours


def generate(model: Any, args: Args, kwargs: Kwargs) -> Found:
    """Read a generation of one text, or of one for each prompt of a list."""
    return _text(model, None, _ANSWERS, *args, **kwargs)


def text_stream(model: Any, args: Args, kwargs: Kwargs) -> Found:
    """Read a generation whose text is streamed."""
    return _text(model, True, _TEXTS, *args, **kwargs)  # noqa: FBT003 - as above


def always(model: Any, args: Args, kwargs: Kwargs) -> bool:
    """Tell that a call returns a generator."""
    del model, args, kwargs
    return True


def parallel(model: Any, args: Args, kwargs: Kwargs) -> bool:
    """Tell whether a generation returns its answers one by one, as they come."""
    del model
    return _in_parallel(*args, **kwargs)


def embeddings(model: Any, args: Args, kwargs: Kwargs) -> Found:
    """Read embeddings; vectors and texts are no content."""
    del args, kwargs
    at = _server(model)
    request = Request(model=string(model.model_id))
    return Embeddings(provider=at.provider, request=request, address=at.address, port=at.port), _ANSWERS, None


def rerank(model: Any, args: Args, kwargs: Kwargs) -> Found:
    """Read a reranking."""
    query, inputs, params = _ranked(*args, **kwargs)
    options = get(_parameters(model, params), "return_options")
    top = get(options, "top_n")
    body = {"model": string(model.model_id), "query": query, "documents": inputs, "top_n": top}
    at = _server(model)
    return ranked(body, at.provider, at.address, at.port, _scored)


def _chat(
    model: Any,
    stream: bool | None,
    /,
    messages: Any = None,
    params: Any = None,
    tools: Any = None,
    *_: Any,
    **__: Any,
) -> Found:
    body = {**_parameters(model, params), "messages": messages, "tools": tools, "stream": stream}
    body["model_id"] = _name(model)
    return _inference(model, n.OperationName.CHAT, body, _CHAT)


def _text(
    model: Any,
    stream: bool | None,
    reader: Reader,
    /,
    prompt: Any = None,
    params: Any = None,
    *_: Any,
    **__: Any,
) -> Found:
    body = {"model_id": _name(model), "input": prompt, "parameters": _parameters(model, params)}
    found = _inference(model, n.OperationName.TEXT_COMPLETION, body, reader)
    found[0].request.stream = stream
    return found


def _inference(model: Any, operation: str, body: dict[str, Any], reader: Reader) -> Any:
    at = _server(model)
    subject = Inference(operation, at.provider, reader.request(body), None, at.address, at.port)
    return subject, reader, lambda: reader.content(body)


def _in_parallel(
    prompt: Any = None,
    params: Any = None,
    guardrails: Any = None,
    guardrails_hap_params: Any = None,
    guardrails_pii_params: Any = None,
    concurrency_limit: Any = None,
    async_mode: Any = None,
    *_: Any,
    **__: Any,
) -> bool:
    del prompt, params, guardrails, guardrails_hap_params, guardrails_pii_params, concurrency_limit
    return bool(async_mode)


def _ranked(query: Any = None, inputs: Any = None, params: Any = None, *_: Any, **__: Any) -> Any:
    return query, items(inputs), params


def _scored(value: Any) -> dict[str, Any]:
    """Return a ranking with the name that scores have elsewhere."""
    told = [{**fields(each), "relevance_score": get(each, "score")} for each in items(get(value, "results"))]
    return {"results": told}


def _parameters(model: Any, params: Any) -> dict[str, Any]:
    """Return the settings of a call, else those that the model was made with: a dict, or a schema's fields."""
    return fields(params if params is not None else getattr(model, "params", None))


def _name(model: Any) -> str | None:
    """Return the model's name; a deployment has none, and its answers tell it."""
    return string(getattr(model, "model_id", None))


def _server(model: Any) -> Server:
    client = model._client  # noqa: SLF001 - nothing public tells where a model asks
    return _SERVERS.of(client, client.credentials.url)
