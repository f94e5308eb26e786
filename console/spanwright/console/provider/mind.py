# SPDX-License-Identifier: Apache-2.0
"""What the model says when nobody scripted it: it calls the tools that fit, then answers from them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from spanwright.console.provider.calls import Call, fitting_calls
from spanwright.console.provider.schema import Filler
from spanwright.console.provider.shape import dump
from spanwright.console.provider.stems import stems

if TYPE_CHECKING:
    from spanwright.console.provider.prompt import Prompt

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
# A sentence that tells the model what to do is no answer.
_ORDERS = ("You are", "You have", "Answer", "Use ", "Always", "Never", "Question")
_LONG = 600
"""Characters of tool results that are quoted whole; of longer ones only the best sentence."""
_LONG_QUESTION = 40
"""Words of a question that is given to be summed up."""


@dataclass(slots=True)
class Thought:
    """What the model says: calls, or a text."""

    text: str | None = None
    calls: list[Call] = field(default_factory=list[Call])


def think(prompt: Prompt) -> Thought:
    """What to say to this prompt; the same prompt always gets the same words."""
    said = _say(prompt)
    calls = fitting_calls(prompt, said)
    if calls:
        return Thought(calls=calls if prompt.parallel else calls[:1])
    if prompt.schema is None:
        return Thought(text=said)
    filler = Filler("\n".join([prompt.question, *prompt.results]), said, optional=True)
    return Thought(text=dump(filler.fill(prompt.schema) or {"answer": said}))


def _say(prompt: Prompt) -> str:
    question = prompt.question.strip()
    if prompt.results:
        joined = " ".join(map(_readable, prompt.results))
        best = _closest(question, joined, 2) if len(joined) > _LONG else ""
        return best or f"Here is what I found: {joined[:_LONG]}"
    if not question:
        return "How can I help you?"
    asked = _SENTENCE.split(question)[-1]
    before = [line.text for line in prompt.lines if line.text.strip() != question]
    told = "\n".join([*before, question.removesuffix(asked)])
    if found := _closest(asked, told, 1 if "context" in told.lower() else 2):
        return found
    if len(question.split()) > _LONG_QUESTION:
        return f"In short: {_SENTENCE.split(question)[0]}"
    return (
        f'You said: "{question}" I am a reference model and answer by rule, so take this as a friendly reply.'
    )


def _readable(result: str) -> str:
    """A tool result in words: the members of a JSON object, else the text as it is."""
    try:
        told = json.loads(result)
    except ValueError:
        return result.strip()
    if not isinstance(told, dict):
        return result.strip()
    return ", ".join(f"{key} {value}" for key, value in cast("dict[str, object]", told).items()) + "."


def _closest(question: str, text: str, least: int) -> str:
    """The sentence of a text that shares most words with the question, if it shares enough."""
    asked = stems(question)
    best, most = "", least - 1
    for sentence in _SENTENCE.split(text):
        shared = len(stems(sentence) & asked)
        if shared > most and not sentence.startswith(_ORDERS):
            best, most = sentence.strip(), shared
    return best
