# SPDX-License-Identifier: Apache-2.0
"""Embeddings: `POST /embeddings`; texts that share words are close to each other, so that retrieval works."""

from __future__ import annotations

import base64
import hashlib
import math
import struct
from typing import TYPE_CHECKING, cast

from spanwright.console.provider.errors import missing
from spanwright.console.provider.request import whole_answer
from spanwright.console.provider.shape import sequence, whole
from spanwright.console.provider.stems import stems
from spanwright.console.provider.tokens import count

if TYPE_CHECKING:
    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Answer, Request
    from spanwright.console.provider.state import State

_SIZES = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
_PER_WORD = 4
"""Dimensions that one word is spread over, so that two words rarely fall together."""


def embed(request: Request, reply: Reply, _state: State) -> Answer:
    """Answers an embedding request: one text, several, one list of tokens, or several."""
    body = request.fields
    if not request.model:
        return missing("model")
    if not body.get("input"):
        return missing("input")
    size = whole(body.get("dimensions"), _SIZES.get(request.model, 1536))
    texts, tokens = _texts(body["input"])
    vectors = [vector(text, size) for text in texts]
    binary = body.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": at, "embedding": _encode(each) if binary else each}
        for at, each in enumerate(vectors)
    ]
    usage = (
        dict(reply.usage) if reply.usage is not None else {"prompt_tokens": tokens, "total_tokens": tokens}
    )
    return whole_answer(
        {"object": "list", "data": data, "model": reply.model or request.model, "usage": usage},
        headers={"openai-model": request.model},
    )


def vector(text: str, size: int) -> list[float]:
    """A hashed bag of words of length one."""
    values = [0.0] * size
    for word in sorted(stems(text)) or [text]:
        digest = hashlib.sha256(word.encode()).digest()
        for at in range(_PER_WORD):
            place, sign = struct.unpack_from(">IB", digest, at * 5)
            values[place % size] += 1.0 if sign % 2 else -1.0
    length = math.sqrt(sum(value * value for value in values)) or 1.0
    # Rounded to single precision, so that floats and base64 carry the very same numbers.
    return list(struct.unpack(f"<{size}f", struct.pack(f"<{size}f", *(value / length for value in values))))


def closeness(one: str, other: str, size: int = 256) -> float:
    """The cosine of two texts."""
    return sum(left * right for left, right in zip(vector(one, size), vector(other, size), strict=True))


def _encode(values: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()


def _texts(given: object) -> tuple[list[str], int]:
    """The texts to embed and their tokens; tokens are read as words."""
    if isinstance(given, str):
        return [given], count(given)
    items = sequence(given)
    if items and isinstance(items[0], int):
        return [" ".join(map(str, items))], len(items)
    texts: list[str] = []
    tokens = 0
    for item in items:
        text = item if isinstance(item, str) else " ".join(map(str, cast("list[int]", item)))
        texts.append(text)
        tokens += count(text) if isinstance(item, str) else len(sequence(item))
    return texts, tokens
