# SPDX-License-Identifier: Apache-2.0
"""The wire of OpenRouter: OpenAI's, with the upstream provider, the cost, comments in streams, and its own errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from spanwright.console.provider import Wire, chat, completions, embeddings, responses
from spanwright.console.provider.request import DONE, Answer, frame, whole_answer
from spanwright.console.provider.shape import dump, identity, mapping, true
from wires.alike import ranked

if TYPE_CHECKING:
    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Request
    from spanwright.console.provider.state import State

UPSTREAM = "Reference"
PROCESSING = b": OPENROUTER PROCESSING\n\n"
_MESSAGES = {
    400: "No models provided",
    401: "User not found.",
    404: "No endpoints found for {model}.",
    429: "Provider returned error",
    500: "Internal Server Error",
}


def refuse(request: Request, status: int) -> Answer:
    error: dict[str, Any] = {
        "code": status,
        "message": _MESSAGES.get(status, "Error").format(model=request.model),
    }
    if status == 429:
        error["metadata"] = {"provider_name": UPSTREAM, "raw": f"{request.model} is rate-limited upstream."}
    return Answer(dump({"error": error, "user_id": "user_test"}).encode(), status=status)


def complete(request: Request, reply: Reply, state: State) -> Answer:
    """OpenAI's answer, with what a gateway adds; usage is always told, on a last chunk of its own."""
    asked = dict(request.fields)
    if true(asked.get("stream")):
        asked["stream_options"] = {"include_usage": True, "include_obfuscation": False}
    answer = chat.complete(_with(request, asked), reply, state)
    if answer.frames is None:
        answer.body = dump(_finished(json.loads(answer.body), request)).encode()
        return answer
    chunks = [json.loads(each[6:]) for each in answer.frames if each != DONE]
    answer.frames = [PROCESSING, *(frame(_finished(each, request)) for each in chunks), DONE]
    return answer


def embed(request: Request, reply: Reply, state: State) -> Answer:
    answer = embeddings.embed(request, reply, state)
    body = json.loads(answer.body)
    if "data" in body:
        body["id"] = identity("gen-emb-", request.raw.hex())
        body["provider"] = UPSTREAM
        body["usage"]["cost"] = 1e-06
    return Answer(dump(body).encode(), status=answer.status)


def rerank(request: Request, reply: Reply, state: State) -> Answer:
    usage = {"cost": 0.002, "search_units": 1}
    told = {"model": request.model, "provider": UPSTREAM, "results": ranked(request.fields), "usage": usage}
    return whole_answer({"id": identity("gen-rerank-", request.raw.hex()), **told})


def _with(request: Request, body: dict[str, Any]) -> Request:
    return type(request)(request.method, request.path, request.query, request.headers, request.raw, body)


def _finished(told: dict[str, Any], request: Request) -> dict[str, Any]:
    if "choices" not in told:
        return told
    told["id"] = told["id"].replace("chatcmpl-", "gen-")
    told["model"] = request.model
    told["provider"] = UPSTREAM
    told.pop("service_tier", None)
    for choice in told["choices"]:
        choice["native_finish_reason"] = choice.get("finish_reason")
        said = mapping(choice.get("delta") or choice.get("message"))
        if "reasoning_content" in said:
            said["reasoning"] = said.pop("reasoning_content")
    if told.get("usage"):
        told["usage"]["cost"] = 0.00012
        told["usage"]["is_byok"] = False
    elif "usage" in told:
        del told["usage"]
    return told


WIRE = Wire(
    routes=[
        ("POST", "/api/v1/chat/completions", complete),
        ("POST", "/api/v1/responses", responses.create),
        ("POST", "/api/v1/completions", completions.complete),
        ("POST", "/api/v1/embeddings", embed),
        ("POST", "/api/v1/rerank", rerank),
    ],
    refuse=refuse,
)
