# SPDX-License-Identifier: Apache-2.0
"""One turn of the model: what it says and what that costs, before it takes the shape of an endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spanwright.console.provider.calls import Call
from spanwright.console.provider.mind import think
from spanwright.console.provider.shape import Json, dump, identity, mapping, sequence, whole
from spanwright.console.provider.tokens import Usage, count, effort_tokens, shorten

if TYPE_CHECKING:
    from spanwright.console.provider.prompt import Prompt
    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.state import State

SNAPSHOTS = {
    "gpt-3.5-turbo": "gpt-3.5-turbo-0125",
    "gpt-4": "gpt-4-0613",
    "gpt-4o": "gpt-4o-2024-08-06",
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-4.1": "gpt-4.1-2025-04-14",
    "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
    "gpt-4.1-nano": "gpt-4.1-nano-2025-04-14",
    "gpt-5": "gpt-5-2025-08-07",
    "gpt-5-mini": "gpt-5-mini-2025-08-07",
    "gpt-5-nano": "gpt-5-nano-2025-08-07",
    "gpt-5.5": "gpt-5.5-2026-04-23",
    "o3": "o3-2025-04-16",
    "o4-mini": "o4-mini-2025-04-16",
}
_REFUSABLE = ("refuse to answer",)
REFUSAL = "I'm sorry, but I can't help with that request."


@dataclass(slots=True)
class Turn:
    """What the model said."""

    text: str | None = None
    calls: list[Call] = field(default_factory=list[Call])
    refusal: str | None = None
    reasoning: str | None = None
    finish: str = "stop"
    usage: Usage = field(default_factory=Usage)


def take_turn(prompt: Prompt, body: Json, reply: Reply, state: State, seed: str) -> Turn:
    """Lets the model speak: as scripted where the reply says something, else by its own mind."""
    turn = _spoken(prompt, reply)
    for at, call in enumerate(turn.calls):
        call.id = call.id or identity("call_", seed, at)
    usage = turn.usage
    usage.reasoning = effort_tokens(prompt.model, _effort(body))
    if turn.reasoning and not usage.reasoning:
        usage.reasoning = count(turn.reasoning)
    limit = whole(
        body.get("max_completion_tokens") or body.get("max_tokens") or body.get("max_output_tokens"), 10**9
    )
    _cut(turn, body, limit)
    usage.prompt, usage.audio_in = prompt.size, prompt.audio
    usage.cached, usage.written = state.cache(prompt.model, prompt.texts)
    usage.cached = min(usage.cached, usage.prompt)
    usage.completion = min(limit, usage.reasoning + spoken_tokens(turn))
    if turn.calls:
        turn.finish = "function_call" if turn.calls[0].kind == "legacy" else "tool_calls"
    turn.finish = reply.finish_reason or turn.finish
    return turn


def spoken_tokens(turn: Turn) -> int:
    """The tokens of everything that the model said aloud."""
    said = [turn.text or "", turn.refusal or "", *(f"{call.name} {call.arguments}" for call in turn.calls)]
    return sum(map(count, said))


def _spoken(prompt: Prompt, reply: Reply) -> Turn:
    if reply.text is not None or reply.tool_calls or reply.refusal is not None:
        calls = [
            Call(
                call.name,
                call.arguments if isinstance(call.arguments, str) else dump(dict(call.arguments)),
                call.kind,
                call.id,
            )
            for call in reply.tool_calls
        ]
        return Turn(reply.text, calls, reply.refusal, reply.reasoning)
    if any(word in prompt.question.lower() for word in _REFUSABLE):
        return Turn(refusal=REFUSAL, reasoning=reply.reasoning)
    thought = think(prompt)
    return Turn(thought.text, thought.calls, reasoning=reply.reasoning)


def _effort(body: Json) -> object:
    return mapping(body.get("reasoning")).get("effort") or body.get("reasoning_effort")


def _cut(turn: Turn, body: Json, limit: int) -> None:
    """Ends the text at a stop sequence or at the token limit, which reasoning counts against."""
    turn.usage.reasoning = min(turn.usage.reasoning, limit)
    if turn.text is None:
        return
    stop = body.get("stop")
    for word in [stop] if isinstance(stop, str) else sequence(stop):
        turn.text = turn.text.split(word, 1)[0]
    kept = shorten(turn.text, limit - turn.usage.reasoning)
    if kept != turn.text:
        turn.text, turn.finish = kept, "length"
