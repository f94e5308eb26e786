# SPDX-License-Identifier: Apache-2.0
"""Which tools fit a question, and with which arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spanwright.console.provider.schema import Filler, names
from spanwright.console.provider.shape import dump, mapping, sequence
from spanwright.console.provider.stems import stems

if TYPE_CHECKING:
    from spanwright.console.provider.prompt import Offer, Prompt

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_CLAUSE = re.compile(r"\band\b|\bthen\b|[,;?!]|\.\s")
# Verbs that tools share: alone they are no reason to call one.
_VERBS = stems(
    "add call check create delete do edit fetch find list look lookup make open query read run save search "
    "send show start task update write"
)
_ENOUGH = 2


@dataclass(slots=True)
class Call:
    """One call of a tool, with arguments as text."""

    name: str
    arguments: str
    kind: str = "function"
    id: str = ""


def fitting_calls(prompt: Prompt, answer: str) -> list[Call]:
    """The calls to make before answering; `answer` is what would be said instead."""
    if prompt.choice == "none" or not prompt.offers:
        return []
    if prompt.choice == "all":
        return [_call(offer, prompt.question) for offer in prompt.offers]
    named = [offer for offer in prompt.offers if offer.name == prompt.choice]
    if named and not prompt.results:
        return [_call(named[0], prompt.question)]
    # A tool named like a class is the form of an answer, not a source of one.
    sources = [offer for offer in prompt.offers if not offer.name[:1].isupper()]
    made = {name for name, _ in prompt.made}
    calls = [call for call in _fitting(sources, prompt.question) if call.name not in made]
    if calls or prompt.choice != "required":
        return calls
    forms = [offer for offer in prompt.offers if offer not in sources] or prompt.offers
    return [_call(forms[0], "\n".join([prompt.question, *prompt.results]), answer)]


def _fitting(offers: list[Offer], question: str) -> list[Call]:
    calls: list[Call] = []
    for offer in _best(offers, question):
        part = _part(offer, offers, question)
        places = names(part) or names(question)
        if _wants_place(offer) and len(places) > 1:
            calls.extend(_call(offer, place) for place in places)
        else:
            calls.append(_call(offer, part if names(part) else question))
    return calls


def _best(offers: list[Offer], question: str) -> list[Offer]:
    """The tools that fit well enough; of those that fit for the same word of their names, the best."""
    said = stems(question)
    kept: dict[frozenset[str], Offer] = {}
    for offer in offers:
        score = _score(offer, question)
        reason = frozenset((_title(offer) & said) - _VERBS) or frozenset((offer.name,))
        rival = kept.get(reason)
        if score >= _ENOUGH and (rival is None or score > _score(rival, question)):
            kept[reason] = offer
    return [offer for offer in offers if offer in kept.values()]


def _score(offer: Offer, text: str) -> int:
    said, title = stems(text), _title(offer)
    about = stems(_SENTENCE.split(offer.description.strip(), maxsplit=1)[0]) - title
    score = sum(1 if word in _VERBS else 2 for word in title & said)
    return score + len((about & said) - _VERBS)


def _title(offer: Offer) -> set[str]:
    return stems(offer.name.replace("_", " "))


def _part(offer: Offer, offers: list[Offer], question: str) -> str:
    """The clauses that speak to this tool; one that speaks to no tool belongs to the clause before it."""
    kept: list[str] = []
    mine = True
    for clause in filter(None, map(str.strip, _CLAUSE.split(question))):
        scores = {each.name: _score(each, clause) for each in offers}
        best = max(scores.values())
        if best:
            mine = scores[offer.name] == best
        if mine:
            kept.append(clause)
    return ", ".join(kept)


def _wants_place(offer: Offer) -> bool:
    required = sequence(offer.parameters.get("required"))
    return len(required) == 1 and required[0] in ("city", "location", "place", "town")


def _call(offer: Offer, text: str, answer: str = "") -> Call:
    if offer.kind == "custom":
        return Call(offer.name, text, "custom")
    filled = Filler(text, answer).fill({"type": "object", **offer.parameters})
    return Call(offer.name, dump(mapping(filled)), offer.kind)
