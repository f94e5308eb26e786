# SPDX-License-Identifier: Apache-2.0
"""Hugging Face's own servers beside chat, which is OpenAI's: text generation, vectors, pictures, speech, summaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.console.provider import Wire
from spanwright.console.provider.embeddings import vector
from spanwright.console.provider.prompt import from_chat
from spanwright.console.provider.request import Answer, frame, streamed_answer
from spanwright.console.provider.shape import Json, dump, mapping, sequence, string
from spanwright.console.provider.tokens import words
from spanwright.console.provider.turn import Turn, take_turn

if TYPE_CHECKING:
    from spanwright.console.provider import Reply, Request
    from spanwright.console.provider.state import State

PNG = b"\x89PNG\r\n\x1a\n"
_ERRORS = {
    401: "Invalid credentials in Authorization header",
    404: "Model not found",
    429: "Rate limit reached. You reached free usage limit (reset hourly).",
}


def refuse(request: Request, status: int) -> Answer:
    """Answers an error as the servers do: one text."""
    del request
    told = _ERRORS.get(status, "Internal Server Error")
    return Answer(dump({"error": told}).encode(), status=status)


def generate(request: Request, reply: Reply, state: State) -> Answer:
    """Answers a text generation of a TGI server."""
    body = request.fields
    wanted = mapping(body.get("parameters"))
    asked = {"messages": [{"role": "user", "content": body.get("inputs")}], "stop": wanted.get("stop")}
    asked["max_tokens"] = wanted.get("max_new_tokens")
    turn = take_turn(from_chat(asked, "tgi"), asked, reply, state, state.seed(request))
    if body.get("stream"):
        return _events(turn, reply)
    told: Json = {"generated_text": turn.text or ""}
    if wanted.get("details"):
        told["details"] = {**_details(turn), "prefill": [], "tokens": []}
    return Answer(dump([told]).encode())


def extract(request: Request, reply: Reply, state: State) -> Answer:
    """Answers a feature extraction: the vectors and nothing else."""
    del reply, state
    given = request.fields.get("inputs")
    texts = [given] if isinstance(given, str) else [string(each) for each in sequence(given)]
    return Answer(dump([vector(text, 8) for text in texts]).encode())


def draw(request: Request, reply: Reply, state: State) -> Answer:
    """Answers a picture."""
    del request, reply, state
    return Answer(PNG, kind="image/png")


def speak(request: Request, reply: Reply, state: State) -> Answer:
    """Answers speech."""
    del request, reply, state
    return Answer(b"fLaC", kind="audio/flac")


def summarize(request: Request, reply: Reply, state: State) -> Answer:
    """Answers a summary."""
    del request, state
    return Answer(dump([{"summary_text": reply.text or "In short."}]).encode())


def classify(request: Request, reply: Reply, state: State) -> Answer:
    """Answers a classification."""
    del request, reply, state
    return Answer(dump([[{"label": "POSITIVE", "score": 0.9}]]).encode())


def _details(turn: Turn) -> Json:
    reason = {"stop": "eos_token"}.get(turn.finish, turn.finish)
    return {"finish_reason": reason, "generated_tokens": turn.usage.completion, "seed": None}


def _events(turn: Turn, reply: Reply) -> Answer:
    pieces = words(turn.text or "")
    frames = [
        frame(
            {
                "index": at,
                "token": {"id": at, "text": piece, "logprob": -0.1, "special": False},
                "generated_text": turn.text if at == len(pieces) else None,
                "details": {**_details(turn), "input_length": turn.usage.prompt}
                if at == len(pieces)
                else None,
            }
        )
        for at, piece in enumerate(pieces, 1)
    ]
    if reply.finish_reason == "overloaded":
        frames = [frames[0], frame({"error": "Model is overloaded", "error_type": "overloaded"})]
    return streamed_answer(frames)


WIRE = Wire(
    routes=[
        ("POST", "/tgi", generate),
        ("POST", "/vectors", extract),
        ("POST", "/pictures", draw),
        ("POST", "/speech", speak),
        ("POST", "/summaries", summarize),
        ("POST", "/classes", classify),
    ],
    refuse=refuse,
    # These servers have one model each, and nobody names it.
    model=lambda request: string(request.fields.get("inputs")) if request.path == "/tgi" else "",
)
