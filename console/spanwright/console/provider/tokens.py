# SPDX-License-Identifier: Apache-2.0
"""Counts tokens by a rule that is stable and easy to check by hand.

A word counts one token for every six characters begun, every other mark one. A message costs four more
(three of framing and one for its role), the prompt three more, an offered tool the tokens of its JSON. An
image counts 85, audio one for every 1000 characters of base64 begun. Prompts are cached as the provider does
it: from 1024 tokens on, in blocks of 128, once the same beginning was seen.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from spanwright.console.provider.shape import Json

_PIECE = re.compile(r"\w+|[^\w\s]")
_WORD = re.compile(r"\s*\S+|\s+$")

IMAGE = 85
MESSAGE = 4
PRIMING = 3
CACHE_FROM = 1024
CACHE_BLOCK = 128
EFFORTS = {"none": 0, "minimal": 0, "low": 64, "medium": 128, "high": 256, "xhigh": 512, "max": 1024}


@dataclass(slots=True)
class Usage:
    """Tokens of one call; `cached` and `written` are part of `prompt`, `reasoning` of `completion`."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    written: int = 0
    reasoning: int = 0
    audio_in: int = 0
    audio_out: int = 0

    def chat(self) -> Json:
        """As chat completions write it."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
            "prompt_tokens_details": {
                "cached_tokens": self.cached,
                "audio_tokens": self.audio_in,
                "cache_write_tokens": self.written,
            },
            "completion_tokens_details": {
                "reasoning_tokens": self.reasoning,
                "audio_tokens": self.audio_out,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }

    def responses(self) -> Json:
        """As responses write it."""
        return {
            "input_tokens": self.prompt,
            "input_tokens_details": {"cached_tokens": self.cached, "cache_write_tokens": self.written},
            "output_tokens": self.completion,
            "output_tokens_details": {"reasoning_tokens": self.reasoning},
            "total_tokens": self.prompt + self.completion,
        }


def count(text: str) -> int:
    """The tokens of a text."""
    return sum(-(-len(piece) // 6) for piece in _PIECE.findall(text))


def words(text: str) -> list[str]:
    """The pieces in which a text is streamed: words with the space before them; joined they are the text."""
    return _WORD.findall(text)


def shorten(text: str, limit: int) -> str:
    """The longest run of whole words from the beginning that costs no more than that many tokens."""
    kept = ""
    for word in words(text):
        limit -= count(word)
        if limit < 0:
            break
        kept += word
    return kept


def effort_tokens(model: str, effort: object) -> int:
    """The reasoning tokens of an effort; models that always reason do so a little when none is named."""
    if isinstance(effort, str):
        return EFFORTS.get(effort, EFFORTS["medium"])
    thinks = re.match(r"o\d|gpt-5(-mini|-nano)?(-20\d\d|$)", model) is not None
    return EFFORTS["low"] if thinks else 0


def blocks(texts: Iterable[str]) -> Sequence[tuple[int, str]]:
    """The cacheable beginnings of a prompt: a number of tokens, and a digest of everything up to there."""
    digest, total, due = hashlib.sha256(), 0, CACHE_BLOCK
    found: list[tuple[int, str]] = []
    for text in texts:
        for word in words(text + "\n"):
            digest.update(word.encode())
            total += count(word)
            while total >= due:
                if due >= CACHE_FROM:
                    found.append((due, digest.hexdigest()))
                due += CACHE_BLOCK
    return found
