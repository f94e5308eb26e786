# SPDX-License-Identifier: Apache-2.0
"""Amazon Bedrock's wire: Converse, InvokeModel of six families, agents, knowledge bases, and streams of AWS events.

Models as everywhere (`error:<status>`, `flaky:...`), and besides `odd:mid-stream-error`. A refusal under a guardrail
is the guardrail's. What agents and knowledge bases say is what the model says.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from spanwright.console.provider import Wire
from spanwright.console.provider.prompt import from_chat
from spanwright.console.provider.request import Answer
from spanwright.console.provider.shape import Json, hexadecimal, mapping, sequence, string
from spanwright.console.provider.tokens import words
from spanwright.console.provider.turn import take_turn
from wires import bedrock_bodies
from wires.frames import event, exception

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spanwright.console.provider import Reply, Request
    from spanwright.console.provider.state import State
    from spanwright.console.provider.turn import Turn

_MODEL = re.compile(r"/model/(?P<model>.+)/[a-z-]+")
_ERRORS = {
    400: ("ValidationException", "The provided model identifier is invalid."),
    401: ("UnrecognizedClientException", "The security token included in the request is invalid."),
    403: ("AccessDeniedException", "You don't have access to the model with the specified model ID."),
    404: ("ResourceNotFoundException", "Could not resolve the foundation model from the model identifier."),
    408: ("ModelTimeoutException", "Model has timed out in processing the request."),
    424: ("ModelErrorException", "The system encountered an unexpected error during processing."),
    429: ("ThrottlingException", "Too many requests, please wait before trying again."),
    500: ("InternalServerException", "The system encountered an unexpected error during processing."),
    503: ("ServiceUnavailableException", "Bedrock is unable to process your request."),
}
_REASONS = {"stop": "end_turn", "tool_calls": "tool_use", "length": "max_tokens"}
_BLOCKED = "Sorry, the guardrail does not allow this."
_PADDING = "abcdefghijklmnopqrstuvwxyz"


def model(request: Request) -> str:
    """The model that the path names; knowledge bases name it in the body, agents by their own id."""
    found = _MODEL.fullmatch(request.path)
    if found:
        return found.group("model")
    if request.path.startswith("/agents/"):
        return string(request.fields.get("foundationModel")) or request.path.split("/")[2]
    return string(_generation(request.fields).get("modelArn")) or request.path.split("/")[2]


def refuse(request: Request, status: int) -> Answer:
    """An error as the service writes it: its code in a header, its message in the body."""
    code, message = _ERRORS.get(status, _ERRORS[500])
    told = {
        "x-amzn-ErrorType": f"{code}:http://internal.amazon.com/coral/com.amazon.bedrock/",
        "x-amzn-RequestId": _id(request.path, code),
    }
    return Answer(json.dumps({"message": message}).encode(), status=status, headers=told)


def converse(request: Request, reply: Reply, state: State) -> Answer:
    """`POST /model/{id}/converse`."""
    turn, seed = _turn(_chat(request.fields), request, reply, state)
    return _whole(_answer(turn, request.fields, reply), seed)


def converse_stream(request: Request, reply: Reply, state: State) -> Answer:
    """`POST /model/{id}/converse-stream`."""
    turn, seed = _turn(_chat(request.fields), request, reply, state)
    told = _events(_answer(turn, request.fields, reply))
    return _streamed(request, (event(name, {**data, "p": _PADDING}) for name, data in told), seed)


def invoke(request: Request, reply: Reply, state: State) -> Answer:
    """`POST /model/{id}/invoke`."""
    family = bedrock_bodies.family(model(request))
    turn, seed = _turn(family.asked(request.fields), request, reply, state)
    told = family.answer(turn, request.fields, seed)
    if guarded := request.headers.get("x-amzn-bedrock-guardrailidentifier"):
        told["amazon-bedrock-guardrailAction"] = "INTERVENED" if turn.refusal and guarded else "NONE"
    answer = _whole(told, seed)
    answer.headers |= {
        "X-Amzn-Bedrock-Input-Token-Count": str(turn.usage.prompt),
        "X-Amzn-Bedrock-Output-Token-Count": str(turn.usage.completion),
        "X-Amzn-Bedrock-Invocation-Latency": "12",
    }
    return answer


def invoke_stream(request: Request, reply: Reply, state: State) -> Answer:
    """`POST /model/{id}/invoke-with-response-stream`."""
    family = bedrock_bodies.family(model(request))
    turn, seed = _turn(family.asked(request.fields), request, reply, state)
    told = list(family.chunks(turn, request.fields, seed))
    told[-1] = {
        **told[-1],
        "amazon-bedrock-invocationMetrics": {
            "inputTokenCount": turn.usage.prompt,
            "outputTokenCount": turn.usage.completion,
            "invocationLatency": 12,
            "firstByteLatency": 5,
        },
    }
    answer = _streamed(request, (event("chunk", bedrock_bodies.chunk(each)) for each in told), seed)
    answer.headers["X-Amzn-Bedrock-Content-Type"] = "application/json"
    return answer


def agent(request: Request, reply: Reply, state: State) -> Answer:
    """`POST /agents/{id}/agentAliases/{alias}/sessions/{session}/text`, and agents that the request describes."""
    body = request.fields
    turn, seed = _turn(_question(body.get("inputText")), request, reply, state)
    parts = request.path.split("/")
    session = parts[2] if len(parts) == 3 else parts[6]
    frames: list[bytes] = []
    if body.get("enableTrace") is True:
        frames.append(event("trace", _trace(turn, session, parts[2])))
    if turn.calls:
        frames.append(event("returnControl", bedrock_bodies.returned(turn, seed)))
    else:
        frames += [
            event("chunk", bedrock_bodies.text(word)) for word in words(turn.text or turn.refusal or "")
        ]
    answer = _streamed(request, frames, seed)
    answer.headers |= {
        "x-amzn-bedrock-agent-content-type": "application/json",
        "x-amz-bedrock-agent-session-id": session,
    }
    return answer


def retrieve(request: Request, reply: Reply, state: State) -> Answer:
    """`POST /knowledgebases/{id}/retrieve`."""
    asked = string(mapping(request.fields.get("retrievalQuery")).get("text"))
    turn, seed = _turn(_question(asked), request, reply, state)
    found = {
        "content": {"text": turn.text or "", "type": "TEXT"},
        "location": {"type": "S3", "s3Location": {"uri": "s3://documents/reference.txt"}},
        "metadata": {"x-amz-bedrock-kb-source-uri": "s3://documents/reference.txt"},
        "score": 0.75,
    }
    return _whole({"retrievalResults": [found]}, seed)


def generate(request: Request, reply: Reply, state: State) -> Answer:
    """`POST /retrieveAndGenerate`, and its stream."""
    body = request.fields
    turn, seed = _turn(_question(mapping(body.get("input")).get("text")), request, reply, state)
    guarded = bool(mapping(_generation(body).get("generationConfiguration")).get("guardrailConfiguration"))
    blocked = guarded and turn.refusal is not None
    said = _BLOCKED if blocked else turn.text or turn.refusal or ""
    session = string(body.get("sessionId")) or _id("session", seed)
    action = {"guardrailAction": "INTERVENED" if blocked else "NONE"} if guarded else {}
    if not request.path.endswith("Stream"):
        return _whole({"citations": [], "output": {"text": said}, "sessionId": session, **action}, seed)
    frames = [event("output", {"text": word}) for word in words(said)]
    if guarded:
        frames.append(event("guardrail", {"action": action["guardrailAction"]}))
    answer = _streamed(request, frames, seed)
    answer.headers["x-amzn-bedrock-knowledge-base-session-id"] = session
    return answer


def guardrail(request: Request, reply: Reply, state: State) -> Answer:
    """`POST /guardrail/{id}/version/{version}/apply`."""
    return _whole({"usage": {}, "action": "NONE", "outputs": [], "assessments": []}, state.seed(request))


def count_tokens(request: Request, reply: Reply, state: State) -> Answer:
    """`POST /model/{id}/count-tokens`."""
    return _whole({"inputTokens": len(request.raw)}, state.seed(request))


def _turn(chat: Json, request: Request, reply: Reply, state: State) -> tuple[Turn, str]:
    seed = state.seed(request)
    return take_turn(from_chat(chat, model(request)), chat, reply, state, seed), seed


def _question(text: Any) -> Json:
    return {"messages": [{"role": "user", "content": string(text)}]}


def _generation(body: Json) -> Json:
    return mapping(mapping(body.get("retrieveAndGenerateConfiguration")).get("knowledgeBaseConfiguration"))


def _chat(body: Json) -> Json:
    """A Converse request, or the body of a Nova invocation, as the chat that the model sees."""
    return bedrock_bodies.conversation(body)


def _answer(turn: Turn, body: Json, reply: Reply) -> Json:
    """The answer of Converse."""
    guarded = turn.refusal is not None and "guardrailConfig" in body
    said = _BLOCKED if guarded else turn.text or turn.refusal
    blocks: list[Json] = []
    if turn.reasoning:
        told = {"text": turn.reasoning, "signature": "c2lnbmF0dXJl"}
        blocks.append({"reasoningContent": {"reasoningText": told}})
    if said:
        blocks.append({"text": said})
    for call in turn.calls:
        blocks.append(
            {
                "toolUse": {
                    "toolUseId": call.id.replace("call_", "tooluse_"),
                    "name": call.name,
                    "input": json.loads(call.arguments),
                }
            }
        )
    reason = "guardrail_intervened" if guarded else _REASONS.get(turn.finish, turn.finish)
    used = turn.usage
    told = {
        "inputTokens": used.prompt,
        "outputTokens": used.completion,
        "totalTokens": used.prompt + used.completion,
    }
    if "cachePoint" in json.dumps(body):
        told["inputTokens"] -= used.cached + used.written
        told |= {"cacheReadInputTokens": used.cached, "cacheWriteInputTokens": used.written}
    return {
        "metrics": {"latencyMs": 12},
        "output": {"message": {"role": "assistant", "content": blocks}},
        "stopReason": reason,
        "usage": dict(reply.usage) if reply.usage is not None else told,
    }


def _events(answer: Json) -> Iterator[tuple[str, Json]]:
    """The events of a streamed answer; only a tool's block is announced."""
    yield "messageStart", {"role": "assistant"}
    for at, block in enumerate(sequence(answer["output"]["message"]["content"])):
        if "toolUse" in block:
            called = block["toolUse"]
            start = {"toolUse": {name: called[name] for name in ("toolUseId", "name")}}
            yield "contentBlockStart", {"contentBlockIndex": at, "start": start}
        for delta in _deltas(block):
            yield "contentBlockDelta", {"contentBlockIndex": at, "delta": delta}
        yield "contentBlockStop", {"contentBlockIndex": at}
    yield "messageStop", {"stopReason": answer["stopReason"]}
    yield "metadata", {"usage": answer["usage"], "metrics": answer["metrics"]}


def _deltas(block: Json) -> Iterator[Json]:
    if "text" in block:
        yield from ({"text": word} for word in words(block["text"]))
    elif "toolUse" in block:
        given = json.dumps(block["toolUse"]["input"])
        yield from ({"toolUse": {"input": piece}} for piece in ("", given[:5], given[5:]))
    else:
        told = block["reasoningContent"]["reasoningText"]
        yield from ({"reasoningContent": {"text": word}} for word in words(told["text"]))
        yield {"reasoningContent": {"signature": told["signature"]}}


def _trace(turn: Turn, session: str, agent: str) -> Json:
    used = {"inputTokens": turn.usage.prompt, "outputTokens": turn.usage.completion}
    return {
        "agentId": agent,
        "agentVersion": "DRAFT",
        "sessionId": session,
        "trace": {"orchestrationTrace": {"modelInvocationOutput": {"metadata": {"usage": used}}}},
    }


def _whole(data: Json, seed: str) -> Answer:
    return Answer(json.dumps(data).encode(), headers={"x-amzn-RequestId": _id(seed)})


def _streamed(request: Request, frames: Iterable[bytes], seed: str) -> Answer:
    sent = list(frames)
    if model(request) == "odd:mid-stream-error":
        sent[2:] = [exception("modelStreamErrorException", "The model failed in the middle.")]
    return Answer(
        frames=sent,
        kind="application/vnd.amazon.eventstream",
        headers={"x-amzn-RequestId": _id(seed)},
    )


def _id(*seed: str) -> str:
    told = hexadecimal("", *seed)
    return "-".join((told[:8], told[8:12], told[12:16], told[16:20], told[20:32]))


WIRE = Wire(
    routes=(
        ("POST", "/model/.+/converse", converse),
        ("POST", "/model/.+/converse-stream", converse_stream),
        ("POST", "/model/.+/invoke", invoke),
        ("POST", "/model/.+/invoke-with-response-stream", invoke_stream),
        ("POST", "/model/.+/count-tokens", count_tokens),
        ("POST", "/guardrail/.+/apply", guardrail),
        ("POST", "/agents/[^/]+(/agentAliases/[^/]+/sessions/[^/]+/text)?", agent),
        ("POST", "/knowledgebases/[^/]+/retrieve", retrieve),
        ("POST", "/retrieveAndGenerate(Stream)?", generate),
    ),
    refuse=refuse,
    model=model,
)
