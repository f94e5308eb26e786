# SPDX-License-Identifier: Apache-2.0
"""The wire of Cohere: chat of both versions, generation, embeddings, reranking and classification."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from spanwright.console.provider import Wire
from spanwright.console.provider.embeddings import closeness, vector
from spanwright.console.provider.prompt import Prompt, from_chat
from spanwright.console.provider.request import DONE, Answer, frame, streamed_answer
from spanwright.console.provider.shape import dump, mapping, sequence, string, true, whole
from spanwright.console.provider.tokens import count, words
from spanwright.console.provider.turn import Turn, take_turn

if TYPE_CHECKING:
    from spanwright.console.provider.calls import Call
    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Request
    from spanwright.console.provider.state import State
    from spanwright.console.provider.wire import Endpoint

TEMPLATE = 66
"""Tokens of the prompt around the caller's, which are seen by the model and not billed."""
_FINISH = {"stop": "COMPLETE", "length": "MAX_TOKENS", "tool_calls": "TOOL_CALL"}
_MESSAGES = {
    401: "invalid api token",
    404: "model '{model}' not found, make sure the correct model ID was used and that you have access to it.",
    429: "You are past the per minute request limit of your key, please wait and try again later.",
    500: "internal server error, this has been reported to our developers.",
}
_ROLES = {"USER": "user", "CHATBOT": "assistant", "SYSTEM": "system", "TOOL": "tool"}


def refuse(request: Request, status: int) -> Answer:
    told = _MESSAGES.get(status, "invalid request").format(model=request.model)
    given = _whole({"id": identity("error", request.raw.hex()), "message": told})
    given.status = status
    if status == 429 or status >= 500:
        given.headers["retry-after"] = "0"
    return given


def identity(*seed: object) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "/".join(map(str, seed))))


def _whole(data: dict[str, Any]) -> Answer:
    return Answer(dump(data).encode())


def _usage(turn: Turn, prompt: Prompt, reply: Reply) -> dict[str, Any]:
    """What version 2 calls `usage` and what version 1 has within `meta`."""
    if reply.usage is not None:
        return dict(reply.usage)
    billed = sum(count(line.text) for line in prompt.lines) + count(prompt.tool_text)
    made = turn.usage.completion
    return {
        "billed_units": {"input_tokens": billed, "output_tokens": made},
        "tokens": {"input_tokens": billed + TEMPLATE, "output_tokens": made + 13},
        "cached_tokens": turn.usage.cached,
    }


def _turn(body: dict[str, Any], model: str, reply: Reply, state: State, seed: str) -> tuple[Turn, Prompt]:
    told = {**body, "stop": body.get("stop_sequences"), "tool_choice": None}
    if isinstance(body.get("tool_choice"), str):
        told["tool_choice"] = body["tool_choice"].lower()
    prompt = from_chat(told, model)
    return take_turn(prompt, told, reply, state, seed), prompt


# --- version 2


def chat(request: Request, reply: Reply, state: State) -> Answer:
    body = request.fields
    seed = state.seed(request)
    turn, prompt = _turn(body, request.model, reply, state, seed)
    usage = _usage(turn, prompt, reply)
    reason = _FINISH.get(turn.finish, turn.finish)
    answer = identity("chat", seed)
    if true(body.get("stream")):
        return streamed_answer([*map(_event, _events(answer, turn, body, reason, usage)), DONE])
    message: dict[str, Any] = {"role": "assistant"}
    if turn.calls:
        message["tool_plan"] = _plan(turn.calls)
    if content := _content(turn):
        message["content"] = content
    if turn.calls:
        message["tool_calls"] = [_call(each) for each in turn.calls]
    if cited := _citations(turn, body):
        message["citations"] = cited
    return _whole({"id": answer, "message": message, "finish_reason": reason, "usage": usage})


def _content(turn: Turn) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if turn.reasoning:
        found.append({"type": "thinking", "thinking": turn.reasoning})
    if turn.text is not None:
        found.append({"type": "text", "text": turn.text})
    return found


def _plan(calls: list[Call]) -> str:
    return f"I will use the {' and '.join(call.name for call in calls)} tool."


def _call(call: Call) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _citations(turn: Turn, body: dict[str, Any]) -> list[dict[str, Any]]:
    if not turn.text or not sequence(body.get("documents")):
        return []
    word = words(turn.text)[0]
    source = {"type": "document", "id": "doc:0", "document": {"id": "doc:0"}}
    return [{"start": 0, "end": len(word), "text": word, "sources": [source], "type": "TEXT_CONTENT"}]


def _event(data: dict[str, Any]) -> bytes:
    return frame(data, data["type"])


def _events(
    answer: str, turn: Turn, body: dict[str, Any], reason: str, usage: dict[str, Any]
) -> list[dict[str, Any]]:
    def event(kind: str, message: dict[str, Any] | None = None, index: int | None = None) -> dict[str, Any]:
        at = {} if index is None else {"index": index}
        return {"type": kind, **at, **({} if message is None else {"delta": {"message": message}})}

    empty: dict[str, Any] = {
        "role": "assistant",
        "content": [],
        "tool_plan": "",
        "tool_calls": [],
        "citations": [],
    }
    found = [{"id": answer, **event("message-start", empty)}]
    if turn.calls:
        found += [event("tool-plan-delta", {"tool_plan": word}) for word in words(_plan(turn.calls))]
    for index, block in enumerate(_content(turn)):
        kind = block["type"]
        found.append(event("content-start", {"content": {"type": kind, kind: ""}}, index))
        found += [event("content-delta", {"content": {kind: word}}, index) for word in words(block[kind])]
        found.append(event("content-end", None, index))
    for index, cited in enumerate(_citations(turn, body)):
        found += [event("citation-start", {"citations": cited}, index), event("citation-end", None, index)]
    for index, call in enumerate(turn.calls):
        told = _call(call)
        told["function"] = {"name": call.name, "arguments": ""}
        found.append(event("tool-call-start", {"tool_calls": told}, index))
        found += [
            event(
                "tool-call-delta",
                {"tool_calls": {"function": {"arguments": call.arguments[at : at + 5]}}},
                index,
            )
            for at in range(0, len(call.arguments), 5)
        ]
        found.append(event("tool-call-end", None, index))
    found.append({"type": "message-end", "delta": {"finish_reason": reason, "usage": usage}})
    return found


# --- version 1


def chat_v1(request: Request, reply: Reply, state: State) -> Answer:
    body = request.fields
    seed = state.seed(request)
    turn, prompt = _turn(_as_messages(body), request.model, reply, state, seed)
    reason = {"TOOL_CALL": "COMPLETE"}.get(
        _FINISH.get(turn.finish, turn.finish), _FINISH.get(turn.finish, turn.finish)
    )
    calls = [{"name": call.name, "parameters": _parsed(call.arguments)} for call in turn.calls]
    generation = identity("generation", seed)
    told: dict[str, Any] = {
        "response_id": identity("response", seed),
        "text": turn.text or (_plan(turn.calls) if calls else ""),
        "generation_id": generation,
        "chat_history": [
            *sequence(body.get("chat_history")),
            {"role": "USER", "message": body.get("message")},
        ],
        "finish_reason": reason,
        "meta": {"api_version": {"version": "1"}, **_usage(turn, prompt, reply)},
    }
    if calls:
        told["tool_calls"] = calls
    if not true(body.get("stream")):
        return _whole(told)
    events: list[dict[str, Any]] = [{"event_type": "stream-start", "generation_id": generation}]
    events += [{"event_type": "text-generation", "text": word} for word in words(told["text"])]
    if calls:
        events.append({"event_type": "tool-calls-generation", "tool_calls": calls})
    events.append({"event_type": "stream-end", "finish_reason": reason, "response": told})
    return _lines(events)


def _lines(events: list[dict[str, Any]]) -> Answer:
    last = len(events) - 1
    frames = [dump({"is_finished": at == last, **event}).encode() + b"\n" for at, event in enumerate(events)]
    return Answer(frames=frames, kind="application/stream+json")


def _parsed(arguments: str) -> Any:
    import json

    return json.loads(arguments)


def _as_messages(body: dict[str, Any]) -> dict[str, Any]:
    """A prompt of version 1 as messages with tools, for the model to read."""
    said = [
        {"role": _ROLES.get(string(each.get("role")), "user"), "content": each.get("message")}
        for each in map(mapping, sequence(body.get("chat_history")))
    ]
    if isinstance(body.get("preamble"), str):
        said.insert(0, {"role": "system", "content": body["preamble"]})
    if body.get("message"):
        said.append({"role": "user", "content": body["message"]})
    said += [
        {"role": "tool", "content": dump(mapping(each).get("outputs"))}
        for each in sequence(body.get("tool_results"))
    ]
    tools = [
        {
            "type": "function",
            "function": {
                "name": tool.get("name"),
                "description": tool.get("description"),
                "parameters": {"type": "object", "properties": mapping(tool.get("parameter_definitions"))},
            },
        }
        for tool in map(mapping, sequence(body.get("tools")))
    ]
    return {**body, "messages": said, "tools": tools}


def generate(request: Request, reply: Reply, state: State) -> Answer:
    body = request.fields
    seed = state.seed(request)
    prompted = {**body, "messages": [{"role": "user", "content": body.get("prompt")}]}
    turn, prompt = _turn(prompted, request.model, reply, state, seed)
    answer, text = identity("generate", seed), turn.text or ""
    asked = max(1, whole(body.get("num_generations"), 1))
    told: dict[str, Any] = {
        "id": answer,
        "generations": [
            {"id": identity("generation", seed, at), "text": text, "finish_reason": "COMPLETE"}
            for at in range(asked)
        ],
        "prompt": body.get("prompt"),
        "meta": {"api_version": {"version": "1"}, **_usage(turn, prompt, reply)},
    }
    if not true(body.get("stream")):
        return _whole(told)
    events: list[dict[str, Any]] = [{"event_type": "text-generation", "text": word} for word in words(text)]
    events.append({"event_type": "stream-end", "finish_reason": "COMPLETE", "response": told})
    return _lines(events)


def classify(request: Request, reply: Reply, state: State) -> Answer:
    body = request.fields
    examples = [mapping(each) for each in sequence(body.get("examples"))]
    labels = sorted({string(each.get("label")) for each in examples})
    found: list[dict[str, Any]] = []
    for text in sequence(body.get("inputs")):
        best = max(examples, key=lambda each: closeness(text, string(each.get("text"))))
        said = best.get("label")
        sure = {label: {"confidence": 1.0 if label == said else 0.0} for label in labels}
        found.append(
            {
                "id": identity("class", text),
                "input": text,
                "prediction": said,
                "predictions": [said],
                "confidence": 1.0,
                "confidences": [1.0],
                "labels": sure,
                "classification_type": "single-label",
            }
        )
    meta = {"api_version": {"version": "1"}, "billed_units": {"classifications": len(found)}}
    return _whole({"id": identity("classify", state.seed(request)), "classifications": found, "meta": meta})


# --- both


def embed(request: Request, reply: Reply, state: State) -> Answer:
    body = request.fields
    version = request.path.split("/")[1]
    texts = [string(each) for each in sequence(body.get("texts"))]
    kinds = sequence(body.get("embedding_types"))
    vectors = [vector(text, whole(body.get("output_dimension"), 16)) for text in texts]
    billed = dict(reply.usage) if reply.usage is not None else {"input_tokens": sum(map(count, texts))}
    told: dict[str, Any] = {"id": identity("embed", state.seed(request)), "texts": texts}
    if kinds or version == "v2":
        told["embeddings"] = {string(kind): vectors for kind in kinds or ["float"]}
        told["response_type"] = "embeddings_by_type"
    else:
        told["embeddings"] = vectors
        told["response_type"] = "embeddings_floats"
    told["meta"] = {"api_version": {"version": version.removeprefix("v")}, "billed_units": billed}
    return _whole(told)


def rerank(request: Request, reply: Reply, state: State) -> Answer:
    body = request.fields
    query = string(body.get("query"))
    found: list[dict[str, Any]] = []
    for index, each in enumerate(sequence(body.get("documents"))):
        text = each if isinstance(each, str) else string(mapping(each).get("text"))
        result: dict[str, Any] = {"index": index, "relevance_score": round(closeness(query, text), 8)}
        if true(body.get("return_documents")):
            result["document"] = {"text": text}
        found.append(result)
    found.sort(key=lambda each: -each["relevance_score"])
    version = request.path.split("/")[1].removeprefix("v")
    meta = {"api_version": {"version": version}, "billed_units": {"search_units": 1}}
    kept = found[: whole(body.get("top_n"), len(found))]
    return _whole({"id": identity("rerank", state.seed(request)), "results": kept, "meta": meta})


_ROUTES: list[tuple[str, str, Endpoint]] = [
    ("POST", "/v2/chat", chat),
    ("POST", "/v1/chat", chat_v1),
    ("POST", "/v1/generate", generate),
    ("POST", "/v1/classify", classify),
    ("POST", "/v[12]/embed", embed),
    ("POST", "/v[12]/rerank", rerank),
]
WIRE = Wire(routes=_ROUTES, refuse=refuse)
