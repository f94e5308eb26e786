# SPDX-License-Identifier: Apache-2.0
"""The wire of Anthropic's API, also as Bedrock, Vertex and Foundry serve it: field names and order as recorded."""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from spanwright.console.provider import Wire
from spanwright.console.provider.prompt import from_chat
from spanwright.console.provider.request import Answer, streamed_answer, whole_answer
from spanwright.console.provider.shape import dump, identity, mapping, sequence, string
from spanwright.console.provider.tokens import count, words
from spanwright.console.provider.turn import take_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.console.provider import Reply, Request
    from spanwright.console.provider.state import State
    from spanwright.console.provider.turn import Turn

    Json = dict[str, Any]

_ERRORS = {
    400: ("invalid_request_error", "messages: at least one message is required"),
    401: ("authentication_error", "invalid x-api-key"),
    403: ("permission_error", "Your API key does not have permission to use the specified resource."),
    404: ("not_found_error", "model: {model}"),
    413: ("request_too_large", "Request exceeds the maximum size"),
    429: ("rate_limit_error", "This request would exceed your rate limit."),
    500: ("api_error", "Internal server error"),
    529: ("overloaded_error", "Overloaded"),
}
_STOPS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}
_SIGNATURE = "c2lnbmF0dXJl"


def refuse(request: Request, status: int) -> Answer:
    """Answer with an HTTP status in the error body of the API; it is worth a retry after a millisecond."""
    kind, message = _ERRORS.get(status, ("api_error", "The request failed."))
    told = {"type": kind, "message": message.format(model=_model(request))}
    key = identity("req_", request.raw, status)
    retried = status in (408, 409, 429) or status >= 500
    headers = {"request-id": key, "x-should-retry": str(retried).lower()}
    if retried:
        headers["retry-after-ms"] = "1"
    return whole_answer({"type": "error", "error": told, "request_id": key}, status, headers)


def messages(request: Request, reply: Reply, state: State) -> Answer:
    """Answer a message, whole or as a stream of events."""
    body, model = request.fields, _model(request)
    if not sequence(body.get("messages")):
        return refuse(request, 400)
    seed = state.seed(request)
    whole = _message(body, model, reply, state, seed)
    headers = {"request-id": identity("req_", seed)}
    if body.get("stream") is not True and "stream" not in request.path.lower():
        given = whole_answer(whole, headers=headers)
        given.body = dump(whole).encode()
        return given
    events = list(_events(whole))
    if model == "odd:mid-stream-error":
        kind, message = _ERRORS[529]
        error = {"type": "error", "error": {"type": kind, "message": message}}
        # As many events as a recorded one had: the start of the message and of its first block.
        events = [*events[:4], error]
    if request.path.startswith("/model/"):
        return Answer(
            frames=[_binary(each) for each in events],
            kind="application/vnd.amazon.eventstream",
            headers=headers,
        )
    given = streamed_answer([_frame(each, number) for number, each in enumerate(events)])
    given.headers = headers
    return given


def complete(request: Request, reply: Reply, state: State) -> Answer:
    """Answer a legacy text completion."""
    body, seed = request.fields, state.seed(request)
    prompt = from_chat({"messages": [{"role": "user", "content": body.get("prompt")}]}, _model(request))
    limits = {"max_tokens": body.get("max_tokens_to_sample"), "stop": body.get("stop_sequences")}
    turn = take_turn(prompt, limits, reply, state, seed)
    reason = "max_tokens" if turn.finish == "length" else "stop_sequence"
    head: Json = {"type": "completion", "id": identity("compl_", seed), "model": _model(request)}
    ending = {"stop_reason": reason, "stop": "\n\nHuman:" if reason == "stop_sequence" else None}
    log = {"log_id": head["id"]}
    if body.get("stream") is not True:
        return whole_answer({**head, "completion": turn.text, **ending, **log})
    pieces: list[Json] = [
        {**head, "completion": each, "stop_reason": None, "stop": None, **log}
        for each in words(turn.text or "")
    ]
    pieces.append({**head, "completion": "", **ending, **log})
    return streamed_answer([_frame(each, 0) for each in [pieces[0], {"type": "ping"}, *pieces[1:]]])


def count_tokens(request: Request, reply: Reply, state: State) -> Answer:
    """Count the tokens of a prompt."""
    return whole_answer({"input_tokens": from_chat(_chat(request.fields), _model(request)).size})


def batch(request: Request, reply: Reply, state: State) -> Answer:
    """Take a batch, which is never done."""
    counts = {"processing": 1, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
    return whole_answer(
        {
            "id": identity("msgbatch_", request.raw),
            "type": "message_batch",
            "processing_status": "in_progress",
            "request_counts": counts,
            "created_at": "2026-01-01T00:00:00Z",
            "expires_at": "2026-01-02T00:00:00Z",
            "ended_at": None,
            "archived_at": None,
            "cancel_initiated_at": None,
            "results_url": None,
        }
    )


def _message(body: Json, model: str, reply: Reply, state: State, seed: str) -> Json:
    thinking = mapping(body.get("thinking")).get("type") in ("enabled", "adaptive")
    if thinking and reply.reasoning is None:
        reply = replace(reply, reasoning="The question is plain. I answer it.")
    prompt = from_chat(_chat(body), model)
    limits = {"max_tokens": body.get("max_tokens"), "stop": body.get("stop_sequences")}
    turn = take_turn(prompt, limits, reply, state, seed)
    return {
        "model": reply.model or model,
        "id": identity("msg_", seed),
        "type": "message",
        "role": "assistant",
        "content": _blocks(turn, reply, seed),
        "stop_reason": "refusal" if turn.refusal else _STOPS.get(turn.finish, turn.finish),
        "stop_sequence": None,
        "usage": dict(reply.usage) if reply.usage is not None else _usage(body, turn),
    }


def _blocks(turn: Turn, reply: Reply, seed: str) -> list[Json]:
    blocks: list[Json] = []
    if turn.reasoning:
        blocks.append({"type": "thinking", "thinking": turn.reasoning, "signature": _SIGNATURE})
    blocks += [dict(each) for each in reply.items]
    if turn.text or turn.refusal:
        blocks.append({"type": "text", "text": turn.text or turn.refusal})
    for at, call in enumerate(turn.calls):
        blocks.append(
            {
                "type": "tool_use",
                "id": identity("toolu_", seed, at),
                "name": call.name,
                "input": _parsed(call.arguments),
                "caller": {"type": "direct"},
            }
        )
    return blocks


def _usage(body: Json, turn: Turn) -> Json:
    """Token counts; what is cached counts beside the input, and only where the request asks for it."""
    used = turn.usage
    cached, written = (used.cached, used.written) if '"cache_control"' in dump(body) else (0, 0)
    told: Json = {
        "input_tokens": used.prompt - cached - written,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": cached,
        "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0},
        "output_tokens": used.completion,
        "service_tier": "standard",
        "inference_geo": "not_available",
    }
    if turn.reasoning:
        told["output_tokens"] = max(used.completion, count(turn.reasoning))
        told["output_tokens_details"] = {"thinking_tokens": count(turn.reasoning)}
    return told


def _events(whole: Json) -> Iterator[Json]:
    """Give the events of a stream in their order, with pings where a recorded stream has them."""
    usage = mapping(whole["usage"])
    begun = {key: value for key, value in usage.items() if key != "output_tokens_details"}
    start = {**whole, "content": [], "stop_reason": None, "usage": {**begun, "output_tokens": 1}}
    yield {"type": "message_start", "message": start}
    for index, block in enumerate(whole["content"]):
        first, deltas = _deltas(block)
        yield {"type": "content_block_start", "index": index, "content_block": first}
        if index == 0:
            yield {"type": "ping"}
        for each in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": each}
        yield {"type": "content_block_stop", "index": index}
    names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")
    ended = {name: usage[name] for name in (*names, "output_tokens_details") if name in usage}
    delta = {"stop_reason": whole["stop_reason"], "stop_sequence": whole["stop_sequence"]}
    yield {"type": "message_delta", "delta": delta, "usage": ended}
    yield {"type": "message_stop"}


def _deltas(block: Json) -> tuple[Json, list[Json]]:
    """Split a block into what its start event has and its deltas; a block of another kind comes whole."""
    kind = block["type"]
    if kind == "text":
        pieces = [{"type": "text_delta", "text": each} for each in words(block["text"])]
        return {**block, "text": ""}, pieces
    if kind == "thinking":
        pieces = [{"type": "thinking_delta", "thinking": each} for each in words(block["thinking"])]
        signature = {"type": "signature_delta", "signature": block["signature"]}
        return {**block, "thinking": "", "signature": ""}, [*pieces, signature]
    if kind in ("tool_use", "server_tool_use", "mcp_tool_use"):
        text = dump(block["input"])
        cut = ["", *(text[at : at + 8] for at in range(0, len(text), 8))]
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": each} for each in cut]
    return block, []


def _chat(body: Json) -> Json:
    """Return the prompt in the shape that the reference model reads."""
    lines: list[Json] = []
    if system := _text(body.get("system")):
        lines.append({"role": "system", "content": system})
    for each in map(mapping, sequence(body.get("messages"))):
        lines += _lines(string(each.get("role")), each.get("content"))
    chat: Json = {"messages": lines}
    tools = [
        {"name": tool.get("name"), "description": tool.get("description"), "parameters": tool["input_schema"]}
        for tool in map(mapping, sequence(body.get("tools")))
        if "input_schema" in tool
    ]
    if tools:
        chat["tools"] = [{"type": "function", "function": tool} for tool in tools]
    choice = mapping(body.get("tool_choice"))
    if choice:
        chat["tool_choice"] = choice.get("name") or choice.get("type")
        chat["parallel_tool_calls"] = choice.get("disable_parallel_tool_use") is not True
    form = mapping(mapping(body.get("output_config")).get("format")) or mapping(body.get("output_format"))
    if form:
        chat["response_format"] = {"type": "json_schema", "json_schema": {"schema": form.get("schema")}}
    return chat


def _lines(role: str, content: Any) -> list[Json]:
    if isinstance(content, str):
        return [{"role": role, "content": content}]
    blocks = [mapping(each) for each in sequence(content)]
    calls = [
        {"type": "function", "function": {"name": each.get("name"), "arguments": dump(each.get("input"))}}
        for each in blocks
        if each.get("type") == "tool_use"
    ]
    lines: list[Json] = [
        {"role": "tool", "content": _text(each.get("content"))}
        for each in blocks
        if each.get("type") == "tool_result"
    ]
    told = _text(content)
    if told or calls or not lines:
        lines.insert(0, {"role": role, "content": told, **({"tool_calls": calls} if calls else {})})
    return lines


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(
        string(mapping(each).get("text")) for each in sequence(content) if "text" in mapping(each)
    )


def _parsed(arguments: str) -> Any:
    import json

    try:
        return json.loads(arguments)
    except ValueError:
        return {}


def _frame(data: Json, number: int) -> bytes:
    """Return one event; the provider pads the JSON before its last brace."""
    text = dump(data)
    return f"event: {data['type']}\ndata: {text[:-1]}{' ' * (number % 7)}}}\n\n".encode()


def _binary(data: Json) -> bytes:
    """Return one message of an AWS event stream."""
    payload = dump({"bytes": base64.b64encode(dump(data).encode()).decode(), "p": "abc"}).encode()
    headers = b"".join(
        struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", 7, len(value)) + value.encode()
        for name, value in (
            (":event-type", "chunk"),
            (":content-type", "application/json"),
            (":message-type", "event"),
        )
    )
    prelude = struct.pack("!II", len(headers) + len(payload) + 16, len(headers))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + headers + payload
    return message + struct.pack("!I", zlib.crc32(message))


def _model(request: Request) -> str:
    """Return the model: of the body, else of the path, where Bedrock and Vertex have it."""
    if request.path.startswith("/model/"):
        return unquote(request.path.split("/")[2])
    _, _, rest = request.path.partition("/publishers/anthropic/models/")
    return unquote(rest.rpartition(":")[0]) if rest else request.model


_VERTEX = (
    "/(v1/)?projects/[^/]+/locations/[^/]+/publishers/anthropic/models/[^/]+:(streamRawPredict|rawPredict)"
)
WIRE = Wire(
    routes=[
        ("POST", "(/anthropic)?/v1/messages", messages),
        ("POST", _VERTEX, messages),
        ("POST", "/model/[^/]+/invoke(-with-response-stream)?", messages),
        ("POST", "/v1/complete", complete),
        ("POST", "/v1/messages/count_tokens", count_tokens),
        ("POST", "/v1/messages/batches", batch),
    ],
    refuse=refuse,
    model=_model,
)
